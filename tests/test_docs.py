"""README and docs: each command in them exists with its options, and each link leads somewhere."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from pubflow.cli import app
from pubflow.load import schema

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)


def commands(page: Path) -> Iterator[list[str]]:
    """What is told to be typed: in blocks, and as ``pubflow ...`` within a sentence."""
    text = page.read_text("utf-8")
    blocks = "\n".join(block[3] for block in BLOCK.finditer(text) if block[2] == "sh")
    lines = re.findall(r"^\s*(?:\w+=\S+ )*(?:\S*/)?pubflow (.*?)(?:#.*)?$", blocks, re.MULTILINE)
    inline = re.findall(r"`pubflow ([^`]+)`", BLOCK.sub("", text))
    return (line.split() for line in (*lines, *inline))


def anchor(heading: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_exists_with_its_options(page: Path) -> None:
    known = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for name, *rest in commands(page):
        assert name in known, f"pubflow {name}"
        options = {option for each in known[name].params for option in each.opts}
        for word in rest:
            assert not word.startswith("-") or word in options, f"pubflow {name} {word}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_there(page: Path) -> None:
    for link in LINK.findall(BLOCK.sub("", page.read_text("utf-8"))):
        if "://" in link:
            continue
        name, _, part = link.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), link
        if part:
            assert part in map(anchor, HEADING.findall(there.read_text("utf-8"))), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_piece_of_publish_toml_is_accepted(page: Path) -> None:
    for block in BLOCK.finditer(page.read_text("utf-8")):
        if block[2] == "toml":
            piece = tomllib.loads(block[3])
            whole = {"schema": 1, "paper": {"title": "T"}, **piece}
            schema.Document.model_validate(whole)
