"""The example paper keeps what its pages promise: its bytes load, predict and can be made again."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "docs" / "example"
CODE = EXAMPLE / "code"
DATA = EXAMPLE / "data" / "optical-digits"
MODEL = EXAMPLE / "weights" / "optical-digits-mlp"
PIXELS = [f"p{i}" for i in range(64)]


def digits(module: str, *options: str | Path) -> str:
    """What one command of the paper's own code prints."""
    return python("-m", f"digits.{module}", *map(str, options))


def python(*arguments: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-B", *arguments],
        cwd=CODE,
        env={**clean, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def table(split: str) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The CSV read without the paper's code."""
    with (DATA / f"{split}.csv").open(newline="") as file:
        head, *rows = list(csv.reader(file))
    assert head == [*PIXELS, "label"]
    numbers = np.array(rows, dtype=np.int64)
    return numbers[:, :64], numbers[:, 64]


def measured(name: str) -> float:
    """The value of one metric in the evaluation file."""
    report = json.loads((EXAMPLE / "results" / "digits.json").read_text())
    return float({metric["type"]: metric["value"] for metric in report["metrics"]}[name])


def row(text: str, first: str) -> list[str]:
    """The cells behind `first` in a Markdown table."""
    found = re.search(rf"^\|\s*{re.escape(first)}\s*\|(.*)\|\s*$", text, re.MULTILINE)
    assert found, f"no row {first!r}"
    return [cell.strip() for cell in found[1].split("|")]


def headings(card: str) -> list[str]:
    """The headings outside of code, with their `#`s."""
    prose = re.sub(r"^```.*?^```$", "", card, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"^#+ .+$", prose, re.MULTILINE)


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    return tomllib.loads((ROOT / "publish.example.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def model_card() -> str:
    return (EXAMPLE / "cards" / "model.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def data_card() -> str:
    return (EXAMPLE / "cards" / "data.md").read_text(encoding="utf-8")


# The manifest


def test_every_path_of_the_example_manifest_exists_in_docs_example(
    manifest: dict[str, Any],
) -> None:
    paths = list(_paths(manifest))
    assert len(paths) == 7
    for path in paths:
        assert (ROOT / path).exists(), path
        assert (ROOT / path).resolve().is_relative_to(EXAMPLE), path


def _paths(table: dict[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _paths(value)
        elif key in {"path", "file", "card", "evaluation"}:
            yield value


def test_the_example_names_its_schema_owners_and_repository(manifest: dict[str, Any]) -> None:
    first = (ROOT / "publish.example.toml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "#:schema docs/publish.schema.json"
    assert {name: place.get("owner") for name, place in manifest["targets"].items()} == {
        "github": "pubflow-example",
        "huggingface": "pubflow-example",
        "zenodo": None,
    }
    assert manifest["targets"]["zenodo"]["sandbox"] is False
    assert manifest["code"]["target"]["github"]["repo"] == "pubflow-example/optical-digits"
    assert manifest["code"]["history"] == "snapshot"


def test_the_only_orcid_of_the_example_is_that_of_a_fictitious_person(
    manifest: dict[str, Any],
) -> None:
    authors = manifest["paper"]["authors"]
    assert len(authors) == 3
    # Josiah Carberry is the person whom ORCID itself invented; orcid.org/0000-0002-1825-0097.
    assert [a["orcid"] for a in authors if "orcid" in a] == ["0000-0002-1825-0097"]
    for author in authors:
        of = author["affiliation"]
        assert set([of] if isinstance(of, str) else of) <= set(manifest["affiliations"])


def test_each_split_matches_exactly_one_file(manifest: dict[str, Any]) -> None:
    data = manifest["data"]["optical-digits"]
    found = {name: list((ROOT / data["path"]).glob(glob)) for name, glob in data["splits"].items()}
    assert found == {"train": [DATA / "train.csv"], "test": [DATA / "test.csv"]}
    assert sorted(DATA.iterdir()) == [DATA / "test.csv", DATA / "train.csv"]


def test_the_example_is_under_one_megabyte_and_carries_no_citation_files() -> None:
    kept = [p for p in EXAMPLE.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    assert sum(path.stat().st_size for path in kept) < 1_000_000
    made_by_pubflow = {"CITATION.cff", "codemeta.json", ".zenodo.json"}
    assert not made_by_pubflow & {path.name for path in kept}


# The data


def test_the_splits_are_the_source_images_in_their_order() -> None:
    (train, train_labels), (test, test_labels) = table("train"), table("test")
    assert (train.shape, test.shape) == ((1437, 64), (360, 64))
    images = np.vstack([train, test]).astype(np.uint8)
    labels = np.concatenate([train_labels, test_labels]).astype(np.uint8)
    script = (EXAMPLE / "make.py").read_text(encoding="utf-8")
    source = re.search(r'SOURCE_SHA256 = "([0-9a-f]{64})"', script)
    assert source
    assert hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest() == source[1]


def test_pixels_lie_in_0_to_16_and_no_image_is_there_twice() -> None:
    images = np.vstack([table("train")[0], table("test")[0]])
    assert (images.min(), images.max()) == (0, 16)
    assert len(np.unique(images, axis=0)) == len(images) == 1797


@pytest.mark.parametrize("split", ["train", "test"])
def test_the_data_card_counts_the_images_of_each_digit(split: str, data_card: str) -> None:
    _, labels = table(split)
    file, total, *each = row(data_card, split)
    assert file == f"`{split}.csv`"
    assert int(total) == len(labels)
    assert [int(count) for count in each] == np.bincount(labels, minlength=10).tolist()


# The weights


def test_the_weights_alone_predict_the_test_split_as_the_evaluation_file_says() -> None:
    tensors = load_file(MODEL / "model.safetensors")
    images, labels = table("test")
    hidden = np.maximum(
        images / 16 @ tensors["hidden.weight"].astype(np.float64) + tensors["hidden.bias"], 0
    )
    guesses = np.argmax(hidden @ tensors["output.weight"] + tensors["output.bias"], axis=1)
    assert round(float(np.mean(guesses == labels)), 4) == measured("accuracy") > 0.9


def test_the_papers_own_evaluation_writes_the_evaluation_file_again(tmp_path: Path) -> None:
    digits("evaluate", "--data", DATA, "--model", MODEL, "--out", tmp_path / "again.json")
    again = (tmp_path / "again.json").read_bytes()
    assert again == (EXAMPLE / "results" / "digits.json").read_bytes()


def test_prediction_prints_one_digit_and_its_probability_a_line() -> None:
    lines = digits("predict", "--model", MODEL, DATA / "test.csv").split("\n")[:-1]
    _, labels = table("test")
    right = [int(line.split()[0]) == label for line, label in zip(lines, labels, strict=True)]
    assert round(sum(right) / len(right), 4) == measured("accuracy")
    assert all(0.1 <= float(line.split()[1]) <= 1 for line in lines)


def test_training_again_with_the_documented_command_gives_the_same_model(
    tmp_path: Path, model_card: str
) -> None:
    command = "python -m digits.train --data data --out model --seed 0"
    assert command in model_card
    digits("train", "--data", DATA, "--out", tmp_path, "--seed", "0")
    assert (tmp_path / "config.json").read_bytes() == (MODEL / "config.json").read_bytes()
    if (tmp_path / "model.safetensors").read_bytes() == (MODEL / "model.safetensors").read_bytes():
        return
    # Another processor or numpy may add up in another order; the outcome must still be the same.
    digits("evaluate", "--data", DATA, "--model", tmp_path, "--out", tmp_path / "again.json")
    again = json.loads((tmp_path / "again.json").read_text())["metrics"][0]["value"]
    assert again == pytest.approx(measured("accuracy"), abs=0.005)


def test_the_config_counts_the_parameters_that_are_there() -> None:
    config = json.loads((MODEL / "config.json").read_text())
    tensors = load_file(MODEL / "model.safetensors")
    assert config["parameters"] == sum(tensor.size for tensor in tensors.values()) == 4810
    assert all(tensor.dtype == np.float32 for tensor in tensors.values())
    assert all(np.isfinite(tensor).all() for tensor in tensors.values())


# The pages


def test_the_model_card_states_the_measured_values(model_card: str) -> None:
    assert row(model_card, "Accuracy") == [f"{measured('accuracy'):.4f}"]
    assert row(model_card, "F1 (macro)") == [f"{measured('f1'):.4f}"]
    printed = digits("evaluate", "--data", DATA, "--model", MODEL)
    for line in printed.splitlines()[1:11]:
        digit, *numbers = line.split()
        assert row(model_card, digit) == numbers
    size = (MODEL / "model.safetensors").stat().st_size
    assert f"{size:,} bytes" in model_card


def test_the_code_in_the_model_card_runs_as_printed(
    model_card: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = re.search(r"^```python\n(.*?)^```$", model_card, re.MULTILINE | re.DOTALL)
    assert printed
    monkeypatch.chdir(MODEL)
    names: dict[str, Any] = {}
    exec(printed[1], names)
    images, labels = table("test")
    guesses = [names["read_digit"](image) for image in images]
    assert round(float(np.mean(guesses == labels)), 4) == measured("accuracy")


def test_all_pages_state_the_comparison_that_was_measured(model_card: str, data_card: str) -> None:
    found = json.loads((EXAMPLE / "results" / "comparison.json").read_text())
    mean = {name: f"{values['mean']:.4f}" for name, values in found.items()}
    readme = (CODE / "README.md").read_text(encoding="utf-8")
    for name, line in {
        "perceptron": "perceptron, mean of seeds 0 to 9",
        "linear": "logistic regression, seeds 0 to 9",
        "perceptron, shuffled split": "perceptron, shuffled split",
    }.items():
        values = found[name]
        assert row(readme, line)[0] == (
            f"{mean[name]} ({values['lowest']:.4f} to {values['highest']:.4f})"
        )
    assert row(readme, "released weights (seed 0)")[0] == f"{measured('accuracy'):.4f}"
    abstract = (EXAMPLE / "abstract.md").read_text(encoding="utf-8")
    assert all(value in abstract for value in mean.values())
    assert mean["perceptron"] in data_card
    assert mean["perceptron, shuffled split"] in data_card
    assert mean["perceptron"] in model_card
    assert mean["linear"] in model_card


def test_the_comparison_can_be_measured_again(tmp_path: Path) -> None:
    digits("compare", "--data", DATA, "--seeds", "2", "--out", tmp_path / "again.json")
    stored = json.loads((EXAMPLE / "results" / "comparison.json").read_text())
    again = json.loads((tmp_path / "again.json").read_text())
    assert again.keys() == stored.keys()
    for name, values in again.items():
        assert values["lowest"] >= stored[name]["lowest"] - 0.005
        assert values["highest"] <= stored[name]["highest"] + 0.005


@pytest.mark.parametrize(
    ("page", "parts"),
    [
        (
            "model.md",
            [
                "## Model Details",
                "## Uses",
                "### Direct Use",
                "### Out-of-Scope Use",
                "## Bias, Risks, and Limitations",
                "### Recommendations",
                "## How to Get Started with the Model",
                "## Training Details",
                "## Evaluation",
                "## Environmental Impact",
                "## Technical Specifications",
            ],
        ),
        (
            "data.md",
            [
                "## Dataset Details",
                "## Uses",
                "### Direct Use",
                "### Out-of-Scope Use",
                "## Dataset Structure",
                "## Dataset Creation",
                "### Source Data",
                "### Annotations",
                "#### Personal and Sensitive Information",
                "## Bias, Risks, and Limitations",
                "### Recommendations",
            ],
        ),
    ],
)
def test_the_cards_are_prose_in_the_order_of_the_hubs_template(page: str, parts: list[str]) -> None:
    # The order is that of the two templates in huggingface_hub 2.4.0.
    card = (EXAMPLE / "cards" / page).read_text(encoding="utf-8")
    assert not card.startswith("---")
    assert "[More Information Needed]" not in card
    assert [part for part in headings(card) if part in parts] == parts


def test_the_cards_name_the_authors_of_the_paper(
    manifest: dict[str, Any], model_card: str, data_card: str
) -> None:
    for author in manifest["paper"]["authors"]:
        for card in (model_card, data_card):
            assert f"{author['given']} {author['family']}" in " ".join(card.split())


# The code


def test_the_papers_own_tests_pass() -> None:
    assert "passed" in python("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")


def test_a_csv_without_labels_is_read_and_one_without_a_pixel_is_refused(tmp_path: Path) -> None:
    images, _ = table("test")
    bare = tmp_path / "bare.csv"
    bare.write_text("\n".join(",".join(map(str, line)) for line in [PIXELS, *images[:3]]) + "\n")
    assert len(digits("predict", "--model", MODEL, bare).splitlines()) == 3

    bare.write_text(",".join(PIXELS[:-1]) + "\n")
    with pytest.raises(AssertionError, match="no column p63"):
        digits("predict", "--model", MODEL, bare)
