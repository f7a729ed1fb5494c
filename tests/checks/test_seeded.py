"""Every seeded secret in a large tree is found, and real programs raise no false alarm."""

from __future__ import annotations

import importlib.util
import random
import time
from pathlib import Path

import pytest
from checks.seeds import KINDS, Mint

from pubflow.checks.leaving import leaving
from pubflow.checks.names import never
from pubflow.checks.tokens_in import LARGEST, is_text, secrets_in
from pubflow.load import load

FILES = 2_000
EACH = 2
NAMED = (".env", "id_rsa", ".netrc", "credentials.json", ".npmrc", ".git-credentials", "a.sqlite")

TOML = """schema = 1
[paper]
title = "Seeded"
authors = ["Ada Lovelace"]
[defaults]
version = "1.0.0"
[targets.github]
repo = "ada/seeded"
[code]
path = "tree"
license = "MIT"
"""


def sources(package: str) -> list[Path]:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    found = sorted(Path(spec.origin).parent.rglob("*"))
    return [path for path in found if path.is_file() and "__pycache__" not in path.parts]


def ordinary() -> list[bytes]:
    """Real text to hide secrets in."""
    texts = [path.read_bytes() for path in sources("rich") + sources("huggingface_hub")]
    return [text[:6_000] for text in texts if text and is_text(text)]


def test_every_seeded_secret_in_a_tree_of_two_thousand_files_is_found(tmp_path: Path) -> None:
    chance, texts = random.Random(7), ordinary()
    (tmp_path / "publish.toml").write_text(TOML)
    seeded: dict[str, str] = {}
    where = chance.sample(range(FILES), len(KINDS) * EACH + len(NAMED))
    kinds = [kind for kind in KINDS for _ in range(EACH)]
    for number in range(FILES):
        folder = tmp_path / "tree" / f"part{number % 40}" / f"deep{number % 7}"
        folder.mkdir(parents=True, exist_ok=True)
        content = chance.choice(texts)
        name = f"f{number}{chance.choice(['.py', '.md', '.yaml', '.json', '.txt', ''])}"
        if number in where:
            turn = where.index(number)
            if turn < len(kinds):
                text, _ = KINDS[kinds[turn]](Mint(number))
                lines = content.decode("utf-8", "replace").splitlines()
                lines.insert(chance.randrange(len(lines) + 1), text)
                content = "\n".join(lines).encode()
                key = kinds[turn]
            else:
                name = key = NAMED[turn - len(kinds)]
            seeded[(folder / name).relative_to(tmp_path).as_posix()] = key
        (folder / name).write_bytes(content)
    loaded = load(tmp_path / "publish.toml", env={})

    problems = leaving(loaded.manifest, (), tmp_path / "clean.db", history=False)

    told = {problem.where.partition(":")[0] for problem in problems}
    assert len(seeded) == len(KINDS) * EACH + len(NAMED)
    assert told == set(seeded)


@pytest.mark.parametrize(
    "package", ["numpy", "pydantic", "huggingface_hub", "github", "rich", "mypy", "hypothesis"]
)
def test_a_real_package_raises_no_alarm(package: str) -> None:
    alarms: list[str] = []
    for path in sources(package):
        if never(path.name):
            alarms.append(path.name)
        if path.stat().st_size <= LARGEST:
            content = path.read_bytes()
            if is_text(content):
                alarms += [f"{path.name}:{found.line}" for found in secrets_in(content)]

    assert alarms == []


def test_looking_through_costs_less_than_a_tenth_of_a_second_for_a_megabyte() -> None:
    content = b"\n".join(ordinary())[: 2 * 1024**2]
    begun = time.process_time()

    secrets_in(content)

    assert time.process_time() - begun < 0.1 * 2 * 3  # Three times as slow a computer is let pass.
