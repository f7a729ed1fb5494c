"""What the names of a data set's files say to the Hub's viewer."""

from __future__ import annotations

import pytest

from pubflow.documents.card.configs import Config, patterns, recognised, shards_left_out

Splits = dict[str, tuple[str, ...]]


def default(splits: Splits) -> tuple[Config, ...]:
    return (Config("default", splits),)


@pytest.mark.parametrize(
    ("names", "splits"),
    [
        (["test.csv", "train.csv"], {"train": ("train.csv",), "test": ("test.csv",)}),
        (["Train.jsonl", "dev.jsonl"], {"train": ("Train.jsonl",), "validation": ("dev.jsonl",)}),
        (["my_training_set.csv"], {"train": ("my_training_set.csv",)}),
        (["eval.csv.gz", "train.csv.gz"], {"train": ("train.csv.gz",), "test": ("eval.csv.gz",)}),
        (["train.csv", "classes.csv", "LICENSE"], {"train": ("train.csv",)}),
        (
            ["train/a.parquet", "train/b.parquet", "test/a.parquet"],
            {"train": ("train/*.parquet",), "test": ("test/a.parquet",)},
        ),
        (
            ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet"],
            {"train": ("data/train-*.parquet",)},
        ),
        (
            ["train1.csv", "train2.csv", "train10.csv", "test.csv"],
            {"train": ("train*.csv",), "test": ("test.csv",)},
        ),
        (["2020/train.csv", "2021/train.csv"], {"train": ("2020/train.csv", "2021/train.csv")}),
        (["train/x.csv", "train/more/y.csv"], {"train": ("train/more/y.csv", "train/x.csv")}),
        (
            ["train_a.csv", "train_b.csv", "test.csv"],
            {"train": ("train_*.csv",), "test": ("test.csv",)},
        ),
    ],
)
def test_splits_are_recognised_by_words_in_names_and_folders(
    names: list[str], splits: Splits
) -> None:
    assert recognised(names).configs == default(splits)


def test_a_split_of_another_name_is_not_hidden_beside_the_usual_ones() -> None:
    """The Hub takes it from its parts; a head that did not name it would hide it."""
    names = ["data/train-00000-of-00001.parquet", "data/calibration-00000-of-00001.parquet"]
    [config] = recognised(names).configs
    assert list(config.splits) == ["train", "calibration"]


@pytest.mark.parametrize(
    "names",
    [
        ["shallow/train.csv", "shallow/test.csv", "deep/train.csv", "deep/test.csv"],
        ["shallow-train.csv", "shallow-test.csv", "deep-train.csv", "deep-test.csv"],
        [
            f"data/{name}/{file}"
            for name in ("shallow", "deep")
            for file in ("test.csv", "train.csv")
        ],
    ],
)
def test_tables_that_all_have_the_same_splits_are_configs(names: list[str]) -> None:
    deep, shallow = recognised(names).configs
    assert (deep.name, shallow.name) == ("deep", "shallow")
    for config in (deep, shallow):
        assert list(config.splits) == ["train", "test"]
        assert all(config.name in path for paths in config.splits.values() for path in paths)


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["data.csv"],
        ["contest.csv", "latest.csv", "testfile.csv"],
        ["train_test.csv"],
        ["train/test.csv"],
        ["train[1].csv", "test.csv"],
        [f"train/{n}/{n}.csv" for n in range(60)],
        ["train.png", "test.png"],
        ["train/cat/1.jpg", "train/metadata.jsonl", "test/2.jpg", "test/metadata.jsonl"],
        ["train/1.wav", "train/metadata.csv"],
        ["train-1.png", "test-2.png", "metadata.csv"],
    ],
)
def test_nothing_is_said_where_names_say_nothing_or_not_clearly(names: list[str]) -> None:
    assert recognised(names).configs == ()


def test_what_tells_of_pictures_or_sounds_is_no_table_and_no_second_format() -> None:
    """A viewer that is sent to `metadata.csv` shows names of pictures, and no picture."""
    names = ["train/1.jpg", "train/metadata.csv", "captions/train.parquet"]
    found = recognised(names)
    assert found.configs == default({"train": ("captions/train.parquet",)})
    assert recognised(["train/metadata.csv"]).configs == default({"train": ("train/metadata.csv",)})


def test_formats_that_no_viewer_reads_together_are_told() -> None:
    found = recognised(["train.csv", "test.parquet", "notes.json"])
    assert (found.configs, found.mixed) == ((), ("CSV", "Parquet"))


def test_a_pattern_never_takes_in_a_file_of_another_split() -> None:
    paths = ["a-train.csv", "b-train.csv"]
    assert patterns(paths, [*paths, "test.csv"]) == tuple(paths), "* would take in test.csv"


def test_parts_that_are_missing_are_told() -> None:
    names = [f"model-{n:05}-of-00003.safetensors" for n in (1, 3)]
    assert shards_left_out([*names, "train-00000-of-00001.parquet"]) == (
        "model-*-of-00003.safetensors: 2 of 3 are here",
    )
