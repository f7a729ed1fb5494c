"""A stand-in with an empty world, and the steps to a published record."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rehearsal.zenodo.client import TOKEN, Answer, ask

from pubflow.rehearsal.zenodo import Zenodo


@pytest.fixture
def zenodo(tmp_path: Path) -> Zenodo:
    return Zenodo(tmp_path / "zenodo", token=TOKEN)


def body(title: str = "Digits: data", **metadata: Any) -> dict[str, Any]:
    """A complete draft, with a marker to find it by."""
    return {
        "access": {"record": "public", "files": "public"},
        "files": {"enabled": True},
        "metadata": {
            "resource_type": {"id": "dataset"},
            "title": title,
            "publication_date": "2026-11-20",
            "publisher": "Zenodo",
            "version": "1.0",
            "creators": [
                {
                    "person_or_org": {
                        "type": "personal",
                        "family_name": "Carberry",
                        "given_name": "Josiah",
                    }
                }
            ],
            "rights": [{"id": "cc-by-4.0"}],
            "identifiers": [{"scheme": "urn", "identifier": "urn:uuid:aaaa-1111"}],
            "related_identifiers": [
                {
                    "identifier": "https://github.com/acme/digits",
                    "scheme": "url",
                    "relation_type": {"id": "issupplementto"},
                }
            ],
            **metadata,
        },
    }


class Author:
    """Somebody who deposits, step by step; every step must succeed."""

    def __init__(self, zenodo: Zenodo) -> None:
        self.zenodo = zenodo

    def must(self, status: int, method: str, address: str, body: Any = None) -> Answer:
        answer = ask(self.zenodo, method, address, body)
        assert answer.status == status, answer.data[:500]
        return answer

    def draft(self, **metadata: Any) -> str:
        record: str = self.must(201, "POST", "/api/records", body(**metadata)).json["id"]
        return record

    def upload(self, record: str, key: str, data: bytes) -> dict[str, Any]:
        files = f"/api/records/{record}/draft/files"
        self.must(201, "POST", files, [{"key": key}])
        self.must(200, "PUT", f"{files}/{key}/content", data)
        entry: dict[str, Any] = self.must(200, "POST", f"{files}/{key}/commit").json
        return entry

    def publish(self, record: str) -> dict[str, Any]:
        address = f"/api/records/{record}/draft/actions/publish"
        published: dict[str, Any] = self.must(202, "POST", address).json
        return published

    def record(self, **metadata: Any) -> str:
        """The id of a published record with one file."""
        record = self.draft(**metadata)
        self.upload(record, "data.csv", b"a,b\n")
        self.publish(record)
        return record

    def found(self, query: str = "") -> list[str]:
        answer = self.must(200, "GET", f"/api/user/records?allversions=true&q={query}")
        return [hit["id"] for hit in answer.json["hits"]["hits"]]


@pytest.fixture
def author(zenodo: Zenodo) -> Author:
    return Author(zenodo)


@pytest.fixture
def truth(zenodo: Zenodo) -> Callable[[], list[dict[str, Any]]]:
    """The records in the world, as JSON would show them."""
    return lambda: json.loads(json.dumps(zenodo.world()))["records"]
