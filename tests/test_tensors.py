"""Heads of .safetensors files, by the library that writes them and broken in many ways."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save_file

from pubflow.tensors import left_out, read
from pubflow.tree import files_below


def test_parameters_types_and_shards_are_read(tmp_path: Path) -> None:
    tensors = {"w": np.zeros((3, 4), np.float32), "b": np.zeros(4, np.float16)}
    save_file(tensors, tmp_path / "model-00001-of-00002.safetensors", {"format": "np"})
    save_file({"v": np.zeros((2, 2), np.float32)}, tmp_path / "model-00002-of-00002.safetensors")
    found = read(files_below(tmp_path))
    assert found is not None
    assert found.parameters == 20
    assert dict(found.dtypes) == {"F32": 16, "F16": 4}
    assert list(found.dtypes) == ["F32", "F16"]
    assert (found.shards, found.broken) == (2, ())


def test_a_scalar_is_one_parameter_and_an_empty_tensor_none(tmp_path: Path) -> None:
    save_file({"s": np.array(1, np.float32), "e": np.zeros(0)}, tmp_path / "m.safetensors")
    found = read(files_below(tmp_path))
    assert found is not None
    assert found.parameters == 1


def test_other_files_are_not_opened(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"\x80\x04.")
    assert read(files_below(tmp_path)) is None


def test_shards_that_an_index_names_and_that_are_not_here_are_found(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    save_file({"a": np.zeros(1)}, tmp_path / "sub/model-00001-of-00002.safetensors")
    named = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    (tmp_path / "sub/model.safetensors.index.json").write_text(json.dumps({"weight_map": named}))
    assert left_out(files_below(tmp_path)) == (
        ("sub/model.safetensors.index.json", ("model-00002-of-00002.safetensors",)),
    )
    save_file({"b": np.zeros(1)}, tmp_path / "sub/model-00002-of-00002.safetensors")
    assert left_out(files_below(tmp_path)) == ()


@pytest.mark.parametrize(
    "said", ["no JSON", "[]", "{}", '{"weight_map": []}', '{"weight_map": {"a": 1}}']
)
def test_another_index_names_no_shards(tmp_path: Path, said: str) -> None:
    (tmp_path / "search.index.json").write_text(said)
    assert left_out(files_below(tmp_path)) == ()


def framed(head: bytes) -> bytes:
    return len(head).to_bytes(8, "little") + head


def one(dtype: str, shape: list[int], offsets: list[int]) -> bytes:
    return json.dumps({"w": {"dtype": dtype, "shape": shape, "data_offsets": offsets}}).encode()


BROKEN = {
    "empty": b"",
    "short": b"\1\0",
    "too long": (10**15).to_bytes(8, "little") + b"{}",
    "no JSON": framed(b"pickle!"),
    "a list": framed(b"[]"),
    "deep": framed(b"[" * 50_000),
    "no shape": framed(json.dumps({"w": {"dtype": "F32"}}).encode()),
    "negative": framed(json.dumps({"w": {"dtype": "F32", "shape": [-1]}}).encode()),
    "no offsets": framed(json.dumps({"w": {"dtype": "F32", "shape": [2]}}).encode()) + bytes(8),
    "cut off": framed(one("F32", [2, 2], [0, 16])) + bytes(15),
    "only the head": framed(one("F32", [2, 2], [0, 16])),
    "more behind": framed(one("F32", [2, 2], [0, 16])) + bytes(17),
    "too little room": framed(one("F32", [2, 2], [0, 8])) + bytes(8),
    "larger than the world": framed(one("F32", [10**4000, 10**4000], [0, 0])),
    "more than fits": framed(one("F32", [2**62, 2**62], [0, 8])) + bytes(8),
    "a pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 12\n",
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_head_is_named_and_does_no_harm(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.safetensors").write_bytes(content)
    found = read(files_below(tmp_path))
    assert found is not None
    assert found.broken == ("model.safetensors",)
    assert found.parameters == 0


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_what_is_called_broken_no_reader_loads(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(SafetensorError):
        load_file(tmp_path / "model.safetensors")


@pytest.mark.parametrize(
    ("dtype", "shape", "size"),
    [
        ("F4", [2, 2], 2),
        ("F6_E2M3", [4], 3),
        ("F8_E5M2", [3], 3),
        ("BF16", [3], 6),
        ("BOOL", [3], 3),
        ("C64", [2], 16),
        ("I64", [], 8),
        ("F32", [0, 7], 0),
    ],
)
def test_every_type_is_read(tmp_path: Path, dtype: str, shape: list[int], size: int) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(framed(one(dtype, shape, [0, size])) + bytes(size))
    with safe_open(path, "np") as opened:
        assert list(opened.keys()) == ["w"]
    found = read(files_below(tmp_path))
    assert found is not None
    assert found.broken == ()
    assert found.parameters == math.prod(shape)
