"""The files of an artifact: all of them, read once, and nothing that could surprise."""

from __future__ import annotations

import hashlib
import os
import socket
import sqlite3
import stat
import tempfile
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pubflow.errors import Blocked
from pubflow.manifest import File
from pubflow.platform import Problem
from pubflow.tree import HashCache, changed, digests, excluded, files_below, matches, read, survey
from pubflow.tree.names import collisions, not_on_windows


def write(top: Path, *names: str) -> None:
    for name in names:
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def problems(top: Path, **options: tuple[str, ...]) -> list[str]:
    with pytest.raises(Blocked) as caught:
        files_below(top, **options)
    return [problem.what for problem in caught.value.problems]


@pytest.mark.parametrize("size", [0, 1, digests.BLOCK, digests.LARGE + 12345])
def test_three_digests_are_those_of_the_bytes(tmp_path, size):
    data = os.urandom(size)
    (tmp_path / "x").write_bytes(data)

    [file] = files_below(tmp_path)

    assert file.size == size
    assert file.sha256 == hashlib.sha256(data).hexdigest()
    assert file.md5 == hashlib.md5(data).hexdigest()
    assert file.git_sha1 == hashlib.sha1(b"blob %d\0" % size + data).hexdigest()
    assert file.source == tmp_path / "x"


def test_gits_name_is_not_taken_of_what_git_keeps_nowhere(tmp_path, monkeypatch):
    monkeypatch.setattr(digests, "PLAIN", 10)
    (tmp_path / "kept").write_bytes(b"x" * 10)
    (tmp_path / "large").write_bytes(b"x" * 11)

    kept, large = files_below(tmp_path)

    assert kept.git_sha1 == hashlib.sha1(b"blob 10\0" + b"x" * 10).hexdigest()
    assert (large.sha256, large.git_sha1) == (hashlib.sha256(b"x" * 11).hexdigest(), "")
    assert changed([kept, large]) == []


def test_names_are_sorted_and_posix(tmp_path):
    write(tmp_path, "b", "a/z", "a.txt", "-x", "ä")

    assert [file.name for file in files_below(tmp_path)] == ["-x", "a.txt", "a/z", "b", "ä"]


def test_one_file_is_a_tree_of_its_own(tmp_path):
    write(tmp_path, "only.csv", "other.csv")

    assert [file.name for file in files_below(tmp_path / "only.csv")] == ["only.csv"]


def test_junk_is_left_out_and_said(tmp_path):
    write(tmp_path, "a", ".git/config", "p/__pycache__/x", ".DS_Store", "p/Thumbs.db")
    write(tmp_path, ".ipynb_checkpoints/x", ".cache/huggingface/x", ".cache/kept", ".gitignore")

    tree = survey(tmp_path)

    assert [file.name for file in tree.files] == [".cache/kept", ".gitignore", "a"]
    assert tree.left_out == (
        ".DS_Store", ".cache/huggingface/", ".git/", ".ipynb_checkpoints/", "p/Thumbs.db",
        "p/__pycache__/",
    )  # fmt: skip


def test_what_is_excluded_is_not_even_looked_at(tmp_path):
    write(tmp_path, "a", "drafts/x")
    os.mkfifo(tmp_path / "drafts" / "pipe")

    assert [file.name for file in files_below(tmp_path, exclude=("drafts/",))] == ["a"]


def test_a_link_within_is_followed_and_its_source_is_no_link(tmp_path):
    write(tmp_path, "real/x")
    (tmp_path / "link").symlink_to("real/x")

    link, _ = files_below(tmp_path)

    assert (link.name, link.source) == ("link", tmp_path / "real" / "x")


def test_every_bad_entry_is_told_at_once(tmp_path):
    top = tmp_path / "top"
    write(tmp_path, "outside")
    write(top, "fine", ".git/config", "folder/x")
    (top / "leaves").symlink_to(tmp_path / "outside")
    (top / "nowhere").symlink_to("gone")
    (top / "loop").symlink_to("loop")
    (top / "to-folder").symlink_to("folder")
    (top / "to-junk").symlink_to(".git/config")
    os.mkfifo(top / "pipe")
    write(top, "back\\slash", "bell\a", "rtl\u202e", "CASE", "case", "x" * 250)
    with open(os.fsencode(top) + b"/bytes\xff", "wb"):
        pass
    with socket.socket(socket.AF_UNIX) as listening:
        here = Path.cwd()
        os.chdir(top)
        listening.bind("socket")
        os.chdir(here)

        found = problems(top)

    told = "\n".join(found)
    for part in (
        "leaves leads out", "nowhere leads nowhere", "loop cannot be read", "to-folder leads to a",
        "to-junk leads to a file that is left out", "named pipe", "back\\slash holds a backslash",
        "bell<U+0007> holds the hidden", "rtl<U+202E>", "bytes<U+DCFF> is not valid UTF-8",
        "CASE and case", "socket is no regular file",
    ):  # fmt: skip
        assert part in told
    assert len(found) == 12


def test_names_that_differ_in_unicode_form_collide():
    composed, parts = "é.txt", unicodedata.normalize("NFD", "é.txt")

    assert list(collisions([composed, parts, "other"])) == [(parts, composed)]
    assert list(collisions(["A/x", "a/y"])) == [("A", "a")]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        *((name, True) for name in ("aux.txt", "a/CON/b", "Nul", "com1.tar.gz", "q?.txt", "a:b")),
        *((name, True) for name in ("end.", "end /x", "COM²", "prn .txt", "a|b", "conin$")),
        *((name, False) for name in ("auxiliary.txt", "com0", "com10", "console", ".aux", "a b")),
        *((name, False) for name in ("lpt.txt", "data/é.csv", "nul-model.bin", "a'b#%[1].txt")),
    ],
)
def test_names_are_known_that_windows_keeps_for_itself(name, wanted):
    assert not_on_windows(name) is wanted


def test_a_name_longer_than_others_can_store_is_refused(tmp_path):
    from pubflow.tree.names import trouble

    assert "longer than 255 bytes" in trouble("ä" * 128)[0]
    assert trouble("a" * 255 + "/" + "b" * 255) is None


def test_an_unreadable_file_is_told(tmp_path, monkeypatch):
    write(tmp_path, "x")
    # Root reads everything, so the operating system's answer is given in its place.
    monkeypatch.setattr(os, "access", lambda path, mode: False)

    assert problems(tmp_path) == ["x cannot be read: Permission denied"]


def test_a_file_that_changes_while_it_is_read_is_told(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(bytes(3 * digests.BLOCK))

    def write_more(name: str, count: int) -> None:
        with path.open("ab") as file:
            file.write(b"more")

    with pytest.raises(Blocked) as caught:
        files_below(tmp_path, progress=write_more)
    assert "x changed while it was read" in caught.value.problems[0].what


def test_a_file_replaced_by_a_link_is_not_read(tmp_path):
    from pubflow import tree

    write(tmp_path, "x", "y")
    seen = survey(tmp_path)
    (tmp_path / "x").unlink()
    (tmp_path / "x").symlink_to("y")

    with pytest.raises(Blocked):
        tree.read(seen)


def test_progress_hears_of_every_byte(tmp_path):
    (tmp_path / "x").write_bytes(bytes(digests.LARGE + 5))
    heard: list[tuple[str, int]] = []

    files_below(tmp_path, progress=lambda name, count: heard.append((name, count)))

    assert sum(count for _, count in heard) == digests.LARGE + 5
    assert {name for name, _ in heard} == {"x"}


@pytest.fixture
def later():
    return lambda: time.time() + 60


def test_a_file_known_to_the_cache_is_not_read_again(tmp_path, later, monkeypatch):
    write(tmp_path / "t", "x")
    with HashCache(tmp_path / "c" / "hashes.db", clock=later) as cache:
        first = files_below(tmp_path / "t", cache=cache)
    monkeypatch.setattr("pubflow.tree.digest", None)

    with HashCache(tmp_path / "c" / "hashes.db", clock=later) as cache:
        assert files_below(tmp_path / "t", cache=cache) == first
        assert changed(first, cache=cache) == []


def test_the_cache_waits_for_no_disk(tmp_path, later):
    # Else each of thousands of small files would: 10 ms on a busy one.
    with HashCache(tmp_path / "hashes.db", clock=later) as cache:
        assert cache._base.execute("pragma synchronous").fetchone() == (0,)


@pytest.mark.parametrize("size", [1, digests.LARGE + 1])
def test_an_md5_is_taken_only_for_who_asks(tmp_path, later, monkeypatch, size):
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "x").write_bytes(data := os.urandom(size))
    with HashCache(tmp_path / "hashes.db", clock=later) as cache:
        with monkeypatch.context() as patch:
            patch.setattr("hashlib.md5", None)
            [without] = read(survey(tmp_path / "t"), cache=cache, md5=False)
            assert changed([without]) == []
        [whole] = read(survey(tmp_path / "t"), cache=cache)
        assert (without.md5, whole.md5) == ("", hashlib.md5(data).hexdigest())
        assert (without.sha256, without.git_sha1) == (whole.sha256, whole.git_sha1)
        assert changed([without, whole], cache=cache) == []
        assert read(survey(tmp_path / "t"), cache=cache, md5=False) == (without,)


def test_a_file_touched_just_now_is_not_remembered(tmp_path):
    write(tmp_path / "t", "x")
    with HashCache(tmp_path / "hashes.db") as cache:
        files_below(tmp_path / "t", cache=cache)

    with sqlite3.connect(tmp_path / "hashes.db") as base:
        assert base.execute("select count(*) from digests").fetchone() == (0,)


def test_a_changed_file_is_never_taken_from_the_cache(tmp_path, later):
    write(tmp_path / "t", "x")
    path = tmp_path / "t" / "x"
    with HashCache(tmp_path / "hashes.db", clock=later) as cache:
        [before] = files_below(tmp_path / "t", cache=cache)
        stamp = path.stat().st_mtime_ns
        path.write_text("y")
        os.utime(path, ns=(stamp, stamp))

        [after] = files_below(tmp_path / "t", cache=cache)

        assert after.sha256 == hashlib.sha256(b"y").hexdigest()
        assert changed([before], cache=cache) == [before]


def test_the_cache_is_private(tmp_path):
    HashCache(tmp_path / "c" / "hashes.db").close()

    assert stat.S_IMODE((tmp_path / "c" / "hashes.db").stat().st_mode) == 0o600


@pytest.mark.parametrize("data", [b"not a database" * 500, b"SQLite format 3\0" + b"\1" * 4000])
def test_a_broken_cache_is_thrown_away_without_a_word(tmp_path, later, data):
    write(tmp_path / "t", "x")
    (tmp_path / "hashes.db").write_bytes(data)

    for _ in range(2):
        with HashCache(tmp_path / "hashes.db", clock=later) as cache:
            assert len(files_below(tmp_path / "t", cache=cache)) == 1


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path, later):
    write(tmp_path, "file", "t/x")

    with HashCache(tmp_path / "file" / "hashes.db", clock=later) as cache:
        assert len(files_below(tmp_path / "t", cache=cache)) == 1


def test_changes_are_seen_without_a_cache(tmp_path):
    write(tmp_path, "same", "other", "gone", "link")
    files = files_below(tmp_path)
    (tmp_path / "other").write_text("OTHER")
    (tmp_path / "gone").unlink()
    (tmp_path / "link").unlink()
    (tmp_path / "link").symlink_to("same")

    assert sorted(file.name for file in changed(files)) == ["gone", "link", "other"]


@pytest.mark.parametrize(
    ("name", "pattern", "wanted"),
    [
        ("train-0.csv", "train-*.csv", True),
        ("a/train-0.csv", "train-*.csv", False),
        ("a/train-0.csv", "*/train-*.csv", True),
        ("a/b/train-0.csv", "**/train-*.csv", True),
        ("train-0.csv", "**/train-*.csv", True),
        ("a/b/c", "a/**/c", True),
        ("a/c", "a/**/c", True),
        ("a/b", "a/?", True),
        ("A/b", "a/b", False),
        ("a/b", "a/[!c]", True),
    ],
)
def test_a_glob_matches_a_whole_name(name, pattern, wanted):
    assert matches(name, pattern) is wanted


@pytest.mark.parametrize(
    ("name", "pattern", "wanted"),
    [
        ("paper/x.tex", "paper/", True),
        ("a/paper/x.tex", "paper/", True),
        ("a/paper/x.tex", "/paper/", False),
        ("paper", "paper/", False),
        ("papers/x", "paper/", False),
        ("notebooks/scratch/x", "notebooks/scratch/", True),
        ("a/notebooks/scratch/x", "notebooks/scratch/", False),
        ("a/b/model.ckpt", "*.ckpt", True),
        ("a/b.ckpt/x", "*.ckpt", True),
        ("a/b", "a/*", True),
        ("a/b/c", "a/**", True),
        ("b/a", "/a", False),
        ("x", "**", True),
    ],
)
def test_exclude_leaves_out_files_and_folders(name, pattern, wanted):
    assert excluded(name, (pattern,)) is wanted


@given(st.text(max_size=30), st.text(st.sampled_from("*?[]!/a.b"), max_size=40))
def test_no_pattern_takes_long_or_fails(name, pattern):
    matches(name, pattern)
    excluded(name, (pattern,))


def test_many_stars_are_matched_in_no_time():
    start = time.process_time()

    assert not matches("a" * 200, "*a" * 60 + "b")
    assert not matches("/".join("a" * 100), "/".join(["**", "a"] * 100) + "/b")

    assert time.process_time() - start < 2


NASTY = (
    """a A b.txt -rf --help .. ... a|b é con aux.txt ' " $(id) .git .env %2e%2e ~ * back\\slash"""
)
NAMES = st.sampled_from(
    [
        *NASTY.split(" "),
        *(" ", "a b", "new\nline", "tab\t", "\x1b[31m", "\x7f", "\udcff", "e\u0301"),
        *("x\u202egnp.exe", "\u200b", "\ufeff", "n" * 255, "ü" * 127),
    ]
)
LINKS = ("inside", "outside", "loop", "dangling", "up")
KINDS = st.sampled_from(("file", "file", "folder", *LINKS, "fifo", "socket", "hard", "locked"))


def grown(top: Path, outside: Path, entries: list[tuple[list[str], str]]) -> None:
    """A tree of those entries; what this file system does not take is left out."""
    (outside / "secret").write_text("a secret")
    for parts, kind in entries:
        path = top.joinpath(*(part for part in parts if part != ".."))
        if path == top:
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if kind == "folder":
                path.mkdir()
            elif kind == "fifo":
                os.mkfifo(path)
            elif kind == "socket":
                with socket.socket(socket.AF_UNIX) as made:
                    made.bind(str(path))
            elif kind == "hard":
                path.hardlink_to(outside / "secret")
            elif kind in ("file", "locked"):
                with path.open("x") as made_now:  # never into a pipe that is there already
                    made_now.write("bytes")
                path.chmod(0o000 if kind == "locked" else 0o644)
            else:
                leads = {"inside": top / "a", "outside": outside / "secret", "loop": path}
                leads |= {"dangling": top / "nothing", "up": top.parent}
                path.symlink_to(leads[kind])
        except (OSError, ValueError):
            continue


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.lists(NAMES, min_size=1, max_size=3), KINDS), max_size=8))
def test_any_tree_is_files_within_or_a_list_of_what_is_wrong(entries):
    with tempfile.TemporaryDirectory() as folder:
        top, outside = Path(folder) / "top", Path(folder) / "outside"
        top.mkdir()
        outside.mkdir()
        grown(top, outside, entries)
        files: tuple[File, ...] = ()
        problems: tuple[Problem, ...] = ()
        try:
            files = files_below(top)
        except Blocked as blocked:
            problems = blocked.problems
        for problem in problems:
            for told in (problem.where, problem.what, problem.why):
                assert told.isprintable()
        for file in files:
            assert file.source is not None
            assert file.source.resolve().is_relative_to(top.resolve())
            assert stat.S_ISREG(os.lstat(file.source).st_mode)
            assert file.name.isprintable()
            assert not {"", ".", ".."} & set(file.name.split("/"))
            assert len(file.name.rpartition("/")[2].encode()) <= 255
        folded = [unicodedata.normalize("NFC", file.name).casefold() for file in files]
        assert len(folded) == len(set(folded))
