"""Train the perceptron on `train.csv` and write `model.safetensors` and `config.json`.

python -m digits.train --data DATA --out MODEL --seed 0
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from .data import read_labelled
from .model import Array, Perceptron


@dataclass(frozen=True)
class Recipe:
    """All that decides the outcome besides the data."""

    seed: int = 0
    hidden: int = 64
    epochs: int = 60
    batch: int = 32
    rate: float = 0.05
    momentum: float = 0.9
    decay: float = 1e-4


def fit(images: Array, labels: Array, recipe: Recipe, *, told: bool = False) -> Perceptron:
    """Stochastic gradient descent with momentum; one seed draws the weights and the batches."""
    rng = np.random.default_rng(recipe.seed)
    model = Perceptron.drawn(rng, pixels=images.shape[1], hidden=recipe.hidden)
    speed = {name: np.zeros_like(tensor) for name, tensor in model.tensors.items()}
    for epoch in range(1, recipe.epochs + 1):
        order = rng.permutation(len(images))
        losses = []
        for start in range(0, len(order), recipe.batch):
            chosen = order[start : start + recipe.batch]
            loss, slopes = model.gradient(images[chosen], labels[chosen], recipe.decay)
            losses.append(loss)
            for name, tensor in model.tensors.items():
                speed[name] = recipe.momentum * speed[name] - recipe.rate * slopes[name]
                tensor += speed[name]
        if told and (epoch % 10 == 0 or epoch == 1):
            print(f"epoch {epoch:3d}  loss {np.mean(losses):.4f}")
    return model


def main() -> None:
    usual = Recipe()
    parser = argparse.ArgumentParser(prog="digits.train", description="Train the perceptron.")
    parser.add_argument("--data", type=Path, required=True, help="folder with train.csv")
    parser.add_argument("--out", type=Path, required=True, help="folder for the model")
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument("--hidden", type=int, default=usual.hidden, help="0: logistic regression")
    parser.add_argument("--epochs", type=int, default=usual.epochs)
    parser.add_argument("--batch", type=int, default=usual.batch)
    parser.add_argument("--rate", type=float, default=usual.rate)
    parser.add_argument("--momentum", type=float, default=usual.momentum)
    parser.add_argument("--decay", type=float, default=usual.decay)
    given = vars(parser.parse_args())
    data, out = given.pop("data"), given.pop("out")

    recipe = Recipe(**given)
    images, labels = read_labelled(data / "train.csv")
    model = fit(images, labels, recipe, told=True)
    model.save(out, training={"images": len(images), **asdict(recipe)})
    right = float(np.mean(model.predict(images) == labels))
    print(f"{model.parameters} parameters, {right:.4f} of the training images right, in {out}")


if __name__ == "__main__":
    main()
