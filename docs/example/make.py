"""Makes the bytes of the example: the two CSV files, the weights and the measured results.

    pip install numpy safetensors scikit-learn
    python docs/example/make.py

The images come with scikit-learn (`load_digits`): 1,797 of them, which is the test part of
"Optical Recognition of Handwritten Digits", E. Alpaydin and C. Kaynak, UCI Machine Learning
Repository, 1998, doi 10.24432/C50P49, CC BY 4.0. They are split by their order in that file, the
first 1,437 to learn from and the last 360 to measure on. The rows seem to come writer by writer,
so most of the test images are by hands that the model has not seen.

Run again, it writes the same CSV files. The weights may differ in their last bits where numpy
adds up in another order. The numbers in the cards and in abstract.md are written by hand from
what this prints; tests/test_example.py compares them.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from sklearn.datasets import load_digits

HERE = Path(__file__).resolve().parent
DATA = HERE / "data" / "optical-digits"
MODEL = HERE / "weights" / "optical-digits-mlp"
TRAINING_IMAGES = 1437
SOURCE_SHA256 = "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"
"""Of the images and labels as bytes, seen in scikit-learn 1.9.1; other bytes, another paper."""


def write_data() -> None:
    """`train.csv` and `test.csv`: columns p0 to p63 (0 to 16, row by row) and label."""
    bunch = load_digits()
    images, labels = bunch.data.astype("uint8"), bunch.target.astype("uint8")
    digest = hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()
    if digest != SOURCE_SHA256:
        sys.exit(f"scikit-learn brings other images than those of the paper ({digest}).")
    head = ",".join([*(f"p{i}" for i in range(64)), "label"])
    lines = [
        ",".join(map(str, [*image, label])) for image, label in zip(images, labels, strict=True)
    ]
    parts = {"train": lines[:TRAINING_IMAGES], "test": lines[TRAINING_IMAGES:]}
    DATA.mkdir(parents=True, exist_ok=True)
    for name, rows in parts.items():
        text = "\n".join([head, *rows]) + "\n"
        (DATA / f"{name}.csv").write_text(text, encoding="utf-8", newline="\n")


def run(module: str, *options: str | Path) -> None:
    """One command of the paper's own code, as its README tells it."""
    subprocess.run(
        [sys.executable, "-m", f"digits.{module}", *map(str, options)],
        check=True,
        cwd=HERE / "code",
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )


def main() -> None:
    write_data()
    run("train", "--data", DATA, "--out", MODEL, "--seed", "0")
    run("evaluate", "--data", DATA, "--model", MODEL, "--out", HERE / "results" / "digits.json")
    run("compare", "--data", DATA, "--out", HERE / "results" / "comparison.json")


if __name__ == "__main__":
    main()
