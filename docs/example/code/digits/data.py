"""Reading the images: a CSV with columns `p0` to `p63` and `label` becomes two arrays."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

PIXELS = tuple(f"p{i}" for i in range(64))
BRIGHTEST = 16
"""A pixel counts the dark points of a 4 x 4 block, so it lies between 0 and 16."""


def read(path: Path) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any] | None]:
    """Images as floats in 0..1, shape (n, 64), row by row; labels, shape (n,), or None.

    The labels are None where the file has no column `label`. Raises ValueError, with the line,
    when a pixel is missing or is no whole number between 0 and 16.
    """
    images: list[list[int]] = []
    labels: list[int] = []
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        columns = rows.fieldnames or []
        if missing := [name for name in PIXELS if name not in columns]:
            raise ValueError(f"{path.name} has no column {missing[0]}; p0 to p63 are needed.")
        labelled = "label" in columns
        for row in rows:
            try:
                pixels = [int(row[name]) for name in PIXELS]
                label = int(row["label"]) if labelled else 0
            except (TypeError, ValueError) as error:
                raise ValueError(f"{path.name}:{rows.line_num}: a value is no number.") from error
            if not all(0 <= pixel <= BRIGHTEST for pixel in pixels):
                raise ValueError(f"{path.name}:{rows.line_num}: a pixel is not in 0 to 16.")
            images.append(pixels)
            labels.append(label)
    scaled = np.asarray(images, dtype=np.float64).reshape(-1, len(PIXELS)) / BRIGHTEST
    return scaled, np.asarray(labels, dtype=np.int64) if labelled else None


def read_labelled(path: Path) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """As `read`, for training and evaluation: ValueError if there are no labels."""
    images, labels = read(path)
    if labels is None:
        raise ValueError(f"{path.name} has no column label, so nothing can be learned from it.")
    return images, labels
