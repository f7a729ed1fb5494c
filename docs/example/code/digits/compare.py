"""Train with many seeds and compare: perceptron, linear baseline, and a shuffled split.

python -m digits.compare --data DATA --seeds 10 --out comparison.json
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from .data import read_labelled
from .model import Array
from .train import Recipe, fit

Part = tuple[Array, Array]


def score(train: Part, test: Part, recipe: Recipe) -> float:
    """The share of the test images that is read rightly after training."""
    return float(np.mean(fit(*train, recipe).predict(test[0]) == test[1]))


def shuffled(train: Part, test: Part, seed: int) -> tuple[Part, Part]:
    """The same images dealt out at random, in parts of the same sizes."""
    images, labels = (np.concatenate(parts) for parts in zip(train, test, strict=True))
    order = np.random.default_rng(seed).permutation(len(images))
    first, rest = order[: len(train[0])], order[len(train[0]) :]
    return (images[first], labels[first]), (images[rest], labels[rest])


def summary(scores: Iterable[float]) -> dict[str, Any]:
    """Mean, lowest and highest, to four places."""
    values = list(scores)
    found = {"mean": float(np.mean(values)), "lowest": min(values), "highest": max(values)}
    return {"seeds": len(values), **{name: round(value, 4) for name, value in found.items()}}


def main() -> None:
    parser = argparse.ArgumentParser(prog="digits.compare", description="Compare over seeds.")
    parser.add_argument("--data", type=Path, required=True, help="folder with both CSV files")
    parser.add_argument("--seeds", type=int, default=10, help="how many, from 0 on")
    parser.add_argument("--out", type=Path, help="file for the numbers")
    given = parser.parse_args()

    train, test = (read_labelled(given.data / f"{part}.csv") for part in ("train", "test"))
    seeds = range(given.seeds)
    found = {
        "perceptron": summary(score(train, test, Recipe(seed=seed)) for seed in seeds),
        "linear": summary(score(train, test, Recipe(seed=seed, hidden=0)) for seed in seeds),
        "perceptron, shuffled split": summary(
            score(*shuffled(train, test, seed), Recipe(seed=seed)) for seed in seeds
        ),
    }
    for name, values in found.items():
        print(
            f"{name:28s} mean {values['mean']:.4f}"
            f"  lowest {values['lowest']:.4f}  highest {values['highest']:.4f}"
        )
    if given.out:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(found, indent=2) + "\n"
        given.out.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
