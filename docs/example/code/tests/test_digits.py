import numpy as np
import pytest
from digits.data import read
from digits.evaluate import confusion, measures
from digits.model import Perceptron
from digits.train import Recipe, fit


@pytest.mark.parametrize("hidden", [0, 5])
def test_the_gradient_is_the_slope_of_the_loss(hidden):
    rng = np.random.default_rng(1)
    model = Perceptron.drawn(rng, pixels=6, hidden=hidden)
    images, labels = rng.random((7, 6)), rng.integers(0, 10, 7)
    _, slopes = model.gradient(images, labels, decay=0.1)

    for name, tensor in model.tensors.items():
        place = tuple(size // 2 for size in tensor.shape)
        middle, step = tensor[place], 1e-6
        tensor[place] = middle + step
        above, _ = model.gradient(images, labels, decay=0.1)
        tensor[place] = middle - step
        below, _ = model.gradient(images, labels, decay=0.1)
        tensor[place] = middle
        assert slopes[name][place] == pytest.approx((above - below) / (2 * step), abs=1e-6)


def test_the_same_seed_gives_the_same_model():
    rng = np.random.default_rng(2)
    images, labels = rng.random((40, 64)), rng.integers(0, 10, 40)
    first, second = (fit(images, labels, Recipe(seed=3, epochs=2)) for _ in range(2))
    for name, tensor in first.tensors.items():
        np.testing.assert_array_equal(tensor, second.tensors[name])


def test_a_saved_model_predicts_what_it_did_before(tmp_path):
    rng = np.random.default_rng(4)
    model = Perceptron.drawn(rng)
    images = rng.random((20, 64))
    model.save(tmp_path, training={})
    loaded = Perceptron.load(tmp_path)
    np.testing.assert_allclose(loaded.probabilities(images), model.probabilities(images), atol=1e-5)


def test_measures_of_a_perfect_and_of_a_constant_guess():
    labels = np.arange(10)
    assert measures(confusion(labels, labels)) == {"accuracy": 1.0, "f1": 1.0}
    assert measures(confusion(labels, np.zeros(10, dtype=int))) == {"accuracy": 0.1, "f1": 0.0182}


def test_a_pixel_above_sixteen_is_refused_with_its_line(tmp_path):
    head = ",".join([*(f"p{i}" for i in range(64)), "label"])
    file = tmp_path / "bad.csv"
    file.write_text(f"{head}\n{'0,' * 64}3\n{'17,' * 64}3\n")
    with pytest.raises(ValueError, match=r"bad\.csv:3"):
        read(file)
