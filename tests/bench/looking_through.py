"""How fast text is looked through for secrets, and what it adds to a plan of the example.

    python tests/bench/looking_through.py

Prints MB/s of `secrets_in` beside that of hashing the same bytes, and the milliseconds that
`leaving` adds to loading publish.example.toml: the first time, and when all is remembered.
"""

from __future__ import annotations

import hashlib
import importlib.util
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pubflow.checks.leaving import leaving
from pubflow.checks.tokens_in import is_text, secrets_in
from pubflow.load import load

ROOT = Path(__file__).resolve().parents[2]


def texts(package: str) -> list[bytes]:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    files = [p for p in Path(spec.origin).parent.rglob("*") if p.is_file()]
    return [content for p in files if is_text(content := p.read_bytes())]


def seconds(work: Callable[[], object], times: int = 3) -> float:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return sorted(taken)[times // 2]


def main() -> None:
    for package in ("numpy", "huggingface_hub", "mypy"):
        found = texts(package)
        size = sum(map(len, found)) / 1e6
        looked = seconds(lambda found=found: [secrets_in(one) for one in found])
        hashed = seconds(
            lambda found=found: [
                (hashlib.sha256(one), hashlib.md5(one), hashlib.sha1(one)) for one in found
            ]
        )
        print(
            f"{package}: {size:.1f} MB, {size / looked:.0f} MB/s, {looked / hashed:.1f} x hashing"
        )
    numbers = b"0.123456,17,-2.5e-3,1999-12-31\n" * 150_000
    print(f"numbers: {len(numbers) / 1e6 / seconds(lambda: secrets_in(numbers)):.0f} MB/s")
    with tempfile.TemporaryDirectory() as folder:
        memory = Path(folder) / "clean.db"
        path = ROOT / "publish.example.toml"
        loading = seconds(lambda: load(path, env={}))
        manifest = load(path, env={}).manifest
        first = seconds(lambda: leaving(manifest, (), memory, history=True), 1)
        again = seconds(lambda: leaving(manifest, (), memory, history=True))
        print(f"example: load {loading * 1e3:.0f} ms, look {first * 1e3:.1f} ms first,", end=" ")
        print(f"{again * 1e3:.1f} ms again")


if __name__ == "__main__":
    main()
