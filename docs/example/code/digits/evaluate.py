"""Measure a trained model on `test.csv`, print a table, and write the numbers as JSON.

python -m digits.evaluate --data DATA --model MODEL --out digits.json
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from .data import read_labelled
from .model import CLASSES, Array, Perceptron


def confusion(labels: Array, guesses: Array) -> Array:
    """How often digit `row` was taken for digit `column`, shape (10, 10)."""
    table = np.zeros((CLASSES, CLASSES), dtype=np.int64)
    np.add.at(table, (labels, guesses), 1)
    return table


def measures(table: Array) -> dict[str, float]:
    """Accuracy and macro-averaged F1 of a confusion table, to four places."""
    right = np.diag(table)
    both = table.sum(axis=0) + table.sum(axis=1)
    f1 = np.divide(2.0 * right, both, out=np.zeros(CLASSES), where=both > 0)
    return {
        "accuracy": round(float(right.sum() / table.sum()), 4),
        "f1": round(float(f1.mean()), 4),
    }


def report(values: dict[str, float], dataset: str, split: str) -> dict[str, Any]:
    """The numbers in the shape that goes with the weights."""
    return {
        "task": "image-classification",
        "dataset": dataset,
        "split": split,
        "metrics": [
            {"type": "accuracy", "name": "Accuracy", "value": values["accuracy"]},
            {"type": "f1", "name": "F1 (macro)", "value": values["f1"]},
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="digits.evaluate", description="Measure a model.")
    parser.add_argument("--data", type=Path, required=True, help="folder with test.csv")
    parser.add_argument("--model", type=Path, required=True, help="folder of the model")
    parser.add_argument("--out", type=Path, help="file for the numbers")
    parser.add_argument("--dataset", default="@data.optical-digits", help="what to call the data")
    given = parser.parse_args()

    images, labels = read_labelled(given.data / "test.csv")
    table = confusion(labels, Perceptron.load(given.model).predict(images))
    values = measures(table)
    print("digit  images  right  recall")
    for digit, row in enumerate(table):
        share = row[digit] / max(row.sum(), 1)
        print(f"{digit:5d}  {row.sum():6d}  {row[digit]:5d}  {share:.4f}")
    print(f"accuracy {values['accuracy']:.4f}, macro F1 {values['f1']:.4f}, {len(labels)} images")
    if given.out:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(report(values, given.dataset, "test"), indent=2) + "\n"
        given.out.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
