"""What an author has done by hand before his release, done on the stand-ins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pubflow.http import Session
from pubflow.manifest import Manifest
from pubflow.platforms.zenodo.instance import record_id
from pubflow.rehearsal.serve import Rehearsal
from pubflow.rehearsal.zenodo.integration import HOOK
from pubflow.tokens import Secret

_RECORD: dict[str, Any] = {
    "metadata": {
        "title": "A record made by hand",
        "publication_date": "2026",
        "publisher": "Zenodo",
        "resource_type": {"id": "other"},
        "creators": [{"person_or_org": {"type": "organizational", "name": "Its author"}}],
    }
}


def done(manifest: Manifest, env: Mapping[str, str], rehearsal: Rehearsal) -> None:
    """Make what publish.toml counts on: a record that it names, Zenodo's GitHub integration."""
    for target in manifest.targets:
        if dict(target.settings.get("zenodo") or {}).get("mode") == "integration":
            _switch_on(str(target.settings["repo"]), env)
        if target.platform == "zenodo" and (named := target.settings.get("record")):
            _publish(record_id(str(named)), env, rehearsal)


def _switch_on(repo: str, env: Mapping[str, str]) -> None:
    """Zenodo's GitHub integration, for an empty repository."""
    session = Session(env["GITHUB_API_URL"], Secret(env["GITHUB_TOKEN"]), env={})
    owner, _, name = repo.partition("/")
    session.request("POST", f"/orgs/{owner}/repos", body={"name": name, "private": False})
    hook = {"config": {"url": f"https://{HOOK}/"}, "events": ["release"]}
    session.request("POST", f"/repos/{owner}/{name}/hooks", body=hook)


def _publish(number: str, env: Mapping[str, str], rehearsal: Rehearsal) -> None:
    """A record of that number with one file."""
    session = Session(env["ZENODO_URL"], Secret(env["ZENODO_TOKEN"]), env={})
    draft = f"/api/records/{number}/draft"
    rehearsal.number_next(number)
    session.request("POST", "/api/records", body=_RECORD)
    session.request("POST", f"{draft}/files", body=[{"key": "old.txt"}])
    kind = {"Content-Type": "application/octet-stream"}
    session.request("PUT", f"{draft}/files/old.txt/content", data=b"old", headers=kind)
    session.request("POST", f"{draft}/files/old.txt/commit")
    session.request("POST", f"{draft}/pids/doi")
    session.request("POST", f"{draft}/actions/publish")
