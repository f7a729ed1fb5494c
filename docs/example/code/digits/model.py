"""The network: 64 pixels, one hidden layer of rectified units, ten classes.

With no hidden units it is multinomial logistic regression, the baseline of the paper.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

CLASSES = 10
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Perceptron:
    """Weights and biases by name, `hidden.weight` (64, h), `output.weight` (h, 10), and so on."""

    tensors: dict[str, Array]

    @classmethod
    def drawn(cls, rng: np.random.Generator, *, pixels: int = 64, hidden: int = 64) -> Perceptron:
        """Random weights of variance 2 / inputs (He et al. 2015), biases zero."""
        sizes = [("output", pixels, CLASSES)]
        if hidden:
            sizes = [("hidden", pixels, hidden), ("output", hidden, CLASSES)]
        tensors: dict[str, Array] = {}
        for name, inputs, outputs in sizes:
            spread = np.sqrt(2.0 / inputs)
            tensors[f"{name}.weight"] = rng.normal(0.0, spread, size=(inputs, outputs))
            tensors[f"{name}.bias"] = np.zeros(outputs)
        return cls(tensors)

    @classmethod
    def load(cls, folder: Path) -> Perceptron:
        """The model that `save` wrote; computes in 64-bit floats again."""
        stored = load_file(folder / "model.safetensors")
        return cls({name: tensor.astype(np.float64) for name, tensor in stored.items()})

    def save(self, folder: Path, training: dict[str, Any]) -> None:
        """`model.safetensors` (32-bit floats) and `config.json`; the same model, the same bytes."""
        folder.mkdir(parents=True, exist_ok=True)
        stored = {name: tensor.astype(np.float32) for name, tensor in self.tensors.items()}
        weights = folder / "model.safetensors"
        save_file(stored, weights, metadata={"format": "np"})
        weights.chmod(0o644)  # safetensors writes it for its owner only
        config = {
            "model_type": "digits-perceptron",
            "architectures": ["Perceptron"],
            "image_size": 8,
            "num_channels": 1,
            "pixel_maximum": 16,
            "hidden_size": self.hidden,
            "hidden_act": "relu",
            "num_labels": CLASSES,
            "id2label": {str(digit): str(digit) for digit in range(CLASSES)},
            "parameters": self.parameters,
            "dtype": "float32",
            "training": training,
        }
        (folder / "config.json").write_text(
            json.dumps(config, indent=2) + "\n", encoding="utf-8", newline="\n"
        )

    @property
    def hidden(self) -> int:
        bias = self.tensors.get("hidden.bias")
        return 0 if bias is None else len(bias)

    @property
    def parameters(self) -> int:
        return sum(tensor.size for tensor in self.tensors.values())

    def probabilities(self, images: Array) -> Array:
        """How likely each digit is, shape (n, 10); every row sums to one."""
        return self._forward(images)[1]

    def predict(self, images: Array) -> Array:
        """The likeliest digit of each image, shape (n,)."""
        guesses: Array = np.argmax(self.probabilities(images), axis=1)
        return guesses

    def gradient(
        self, images: Array, labels: Array, decay: float
    ) -> tuple[float, dict[str, Array]]:
        """Mean cross-entropy plus `decay / 2` times the squared weights, and its derivatives."""
        hidden, likely = self._forward(images)
        count = len(images)
        rows = np.arange(count)
        loss = -float(np.mean(np.log(np.maximum(likely[rows, labels], 1e-300))))

        error = likely.copy()
        error[rows, labels] -= 1.0
        error /= count
        slopes = {
            "output.weight": hidden.T @ error,
            "output.bias": error.sum(axis=0),
        }
        if self.hidden:
            behind = (error @ self.tensors["output.weight"].T) * (hidden > 0.0)
            slopes["hidden.weight"] = images.T @ behind
            slopes["hidden.bias"] = behind.sum(axis=0)
        for name, tensor in self.tensors.items():
            if name.endswith("weight"):
                loss += decay / 2 * float(np.sum(tensor**2))
                slopes[name] = slopes[name] + decay * tensor
        return loss, slopes

    def _forward(self, images: Array) -> tuple[Array, Array]:
        hidden = images
        if self.hidden:
            sums = images @ self.tensors["hidden.weight"] + self.tensors["hidden.bias"]
            hidden = np.maximum(sums, 0.0)
        scores = hidden @ self.tensors["output.weight"] + self.tensors["output.bias"]
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        return hidden, scores / scores.sum(axis=1, keepdims=True)
