"""Read images from a CSV and print one digit a line, with how sure the model is.

python -m digits.predict --model MODEL images.csv
"""

from __future__ import annotations

import argparse
from pathlib import Path

from .data import read
from .model import Perceptron


def main() -> None:
    parser = argparse.ArgumentParser(prog="digits.predict", description="Read digits.")
    parser.add_argument("--model", type=Path, required=True, help="folder of the model")
    parser.add_argument("images", type=Path, help="CSV with columns p0 to p63")
    given = parser.parse_args()

    images, _ = read(given.images)
    for likely in Perceptron.load(given.model).probabilities(images):
        print(f"{likely.argmax()} {likely.max():.4f}")


if __name__ == "__main__":
    main()
