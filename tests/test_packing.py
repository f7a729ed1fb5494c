"""Many files as few: the archives are the same everywhere, and nothing in them is lost."""

from __future__ import annotations

import hashlib
import io
import json
import random
import re
import subprocess
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from pubflow import packing
from pubflow.errors import PubflowError
from pubflow.manifest import Artifact, File, Kind

FILES = {
    "README.md": b"Words.\n",
    "empty/__init__.py": b"",
    "train/ä ü (1).csv": b"1,2\n",
    "train/b.csv": b"x" * 5000,
    "zz": b"\0\1\2",
}


def an_artifact(folder: Path, files: Mapping[str, bytes]) -> Artifact:
    made = []
    for name, data in files.items():
        path = folder / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        made.append(File(name, len(data), hashlib.sha256(data).hexdigest(), "md5", source=path))
    return Artifact("data.meadows", Kind.DATA, folder, files=tuple(made))


def whole(pack: packing.Pack) -> bytes:
    return b"".join(packing.parts(pack))


def test_every_original_byte_comes_back(tmp_path: Path) -> None:
    [pack] = packing.pack(an_artifact(tmp_path, FILES)).packs

    archive = zipfile.ZipFile(io.BytesIO(whole(pack)))

    assert archive.testzip() is None
    assert {name: archive.read(name) for name in archive.namelist()} == FILES
    assert {info.external_attr >> 16 for info in archive.infolist()} == {0o100644}


def test_the_list_is_what_sha256sum_reads(tmp_path: Path) -> None:
    packed = packing.pack(an_artifact(tmp_path, FILES))
    out = tmp_path / "out"
    packing.write(packed.packs[0], tmp_path / "x.zip", File("x.zip"))
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        archive.extractall(out)
    (out / "list").write_text(packed.text, "utf-8")

    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "list"], cwd=out, capture_output=True, check=False
    )

    assert done.returncode == 0, done.stdout
    assert packed.text.count("\n") == len(FILES)


def test_the_same_files_give_the_same_bytes_whatever_their_order_and_age(tmp_path: Path) -> None:
    one = packing.pack(an_artifact(tmp_path / "a", FILES)).packs
    two = packing.pack(an_artifact(tmp_path / "b", dict(reversed(FILES.items())))).packs

    assert [whole(pack) for pack in one] == [whole(pack) for pack in two]
    # Pinned: another version of pubflow or Python must not change a released archive.
    assert hashlib.sha256(whole(one[0])).hexdigest() == (
        "4daa91640ceeec2ef31d73b6125f62ce2e9f91dcebfe3bc57f7ef4675dd6d852"
    )


def test_the_size_is_known_before_a_byte_is_read(tmp_path: Path) -> None:
    for pack in packing.pack(an_artifact(tmp_path, FILES), shard=5001).packs:
        assert pack.size == len(whole(pack))


def test_more_than_fits_into_one_archive_goes_into_several(tmp_path: Path) -> None:
    files = {f"{n:03}": b"x" * 10 for n in range(25)} | {"large.bin": b"y" * 101}

    packed = packing.pack(an_artifact(tmp_path, files), shard=100)

    names = [pack.name for pack in packed.packs]
    assert len(set(names)) == len(names) >= 3
    assert all(re.fullmatch(r"meadows-[0-9a-f]{6}\.zip", name) for name in names)
    assert all(sum(file.size for file in pack.members) <= 100 for pack in packed.packs)
    members = [file.name for pack in packed.packs for file in pack.members]
    assert members == sorted(set(files) - {"large.bin"})
    assert [file.name for file in packed.alone] == ["large.bin"]
    assert packed.count == 25


def keys(files: Mapping[str, int]) -> dict[str, str]:
    made = [File(name, size, f"{name} {size}", "md5") for name, size in files.items()]
    packed = packing.pack(Artifact("data.m", Kind.DATA, Path(), files=tuple(made)))
    assert sum(len(pack.members) for pack in packed.packs) == len(files)
    return {pack.name: pack.key for pack in packed.packs}


@pytest.mark.parametrize("change", ["grown", "gone", "new"])
@pytest.mark.parametrize("seed", range(12))
def test_a_file_that_changes_comes_or_goes_changes_no_archive_but_its_own(
    seed: int, change: str
) -> None:
    """At most three: where it was, where it is, and one that began or ended at it."""
    chance = random.Random(seed)
    sizes, at = [chance.randint(0, 2 << 20) for _ in range(1000)], chance.randrange(1000)
    before = {f"tiles/{n:04}.csv": size for n, size in enumerate(sizes)}
    after = dict(before)
    name = f"tiles/{at:04}.csv"
    if change == "gone":
        del after[name]
    else:
        after[name if change == "grown" else f"tiles/{at:04}b.csv"] = 12_345
    old, new = keys(before), keys(after)

    assert len(old) > 5
    assert len(set(new.items()) - set(old.items())) <= 3


def test_a_set_that_is_sent_quickly_is_one_archive() -> None:
    assert list(keys({f"{n}": 60_000 for n in range(1000)})) == ["m.zip"]


def test_the_largest_set_leaves_room_for_the_list() -> None:
    """200 GB, the most that a record can be given; a hundred files it can have."""
    assert len(keys({f"{n:06}": 20_000_000 for n in range(10_000)})) < 90


def test_a_large_file_of_the_same_name_is_not_overwritten(tmp_path: Path) -> None:
    files = {"Meadows.zip": b"y" * 200, "a": b"1", "b": b"2"}

    packed = packing.pack(an_artifact(tmp_path, files), shard=100)

    assert [pack.name for pack in packed.packs] == ["meadows-files.zip"]
    assert packed.listing == "meadows-files.sha256"


def test_sizes_past_four_gigabytes_are_written_as_zip64(tmp_path: Path) -> None:
    """A sparse file: its head and tail are what a reader needs."""
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(5 << 30)
    big = File("sparse", 5 << 30, "x", "x", source=path)
    small = File("z", 1, "x", "x", source=path)
    pack = packing.Pack("p.zip", (big, small))
    out = tmp_path / "p.zip"
    first, second = packing._local(big, 0), packing._local(small, 0)
    crc = zlib.crc32(b"\0")
    heads = packing._central(big, 0, 0) + packing._central(small, crc, len(first) + big.size)
    with out.open("wb") as file:
        file.write(first)
        file.seek(big.size, 1)
        file.write(second + b"\0" + heads)
        at = len(first) + big.size + len(second) + 1
        file.write(packing._end(2, len(heads), at))

    with zipfile.ZipFile(out) as archive:
        seen = [(info.filename, info.file_size) for info in archive.infolist()]
        assert archive.read("z") == b"\0"

    assert seen == [("sparse", 5 << 30), ("z", 1)]
    assert out.stat().st_size == pack.size


@pytest.mark.parametrize("limit", [packing.AT_ONCE, 100])
def test_a_file_that_changed_meanwhile_stops_everything(
    tmp_path: Path, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "AT_ONCE", limit)
    artifact = an_artifact(tmp_path, FILES)
    [pack] = packing.pack(artifact).packs
    assert whole(pack)
    (tmp_path / "in/train/b.csv").write_bytes(b"y" * 5000)

    with pytest.raises(PubflowError, match=r"b\.csv changed while"):
        whole(pack)


def test_files_larger_than_memory_allows_are_packed_to_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [pack] = packing.pack(an_artifact(tmp_path, FILES)).packs
    in_memory = whole(pack)
    monkeypatch.setattr(packing, "AT_ONCE", 100)

    assert whole(pack) == in_memory


def test_an_archive_is_promised_by_name_and_size_then_known_by_digest(tmp_path: Path) -> None:
    artifact = an_artifact(tmp_path, FILES)
    kept = tmp_path / "packs.json"

    listed, promised = packing.files_of(artifact, tmp_path / "x", ready=False)
    again, known = packing.files_of(artifact, tmp_path / "x", ready=True, kept=kept)

    assert (listed, listed.promised) == (again, False)
    assert promised.promised
    assert promised.size == known.size
    assert not known.source.exists()
    packing.write(packing.pack(artifact).packs[0], known.source, known)
    assert hashlib.md5(known.source.read_bytes()).hexdigest() == known.md5


def test_who_waits_hears_of_the_bytes_that_an_archive_takes(tmp_path: Path) -> None:
    artifact = an_artifact(tmp_path, FILES)
    heard: list[tuple[str, int]] = []

    packing.files_of(artifact, tmp_path / "x", ready=True, told=lambda *said: heard.append(said))

    name = next(one.name for one in packing.pack(artifact).packs)
    assert sum(size for at, size in heard if at == name) == packing.pack(artifact).packs[0].size


def test_digests_that_are_kept_are_not_taken_again(tmp_path: Path) -> None:
    artifact = an_artifact(tmp_path, FILES)
    kept = tmp_path / "packs.json"
    first = packing.files_of(artifact, tmp_path / "x", ready=True, kept=kept)
    for file in artifact.files:
        file.source.unlink()

    assert packing.files_of(artifact, tmp_path / "y", ready=True, kept=kept) == first
    kept.write_text("broken")
    with pytest.raises(PubflowError):
        packing.files_of(artifact, tmp_path / "y", ready=True, kept=kept)
    kept.write_text(json.dumps({}))
    changed = replace(artifact, files=artifact.files[1:])
    assert packing.pack(changed).packs[0].key != packing.pack(artifact).packs[0].key
