"""publish.toml -> Manifest: every mistake at once, each with its line, and nothing sent.

The file is untrusted. It names only what lies in its own folder, servers that the person running
it allows, and never a secret; nothing in it is expanded from the environment.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic_core import PydanticCustomError

from pubflow.checks.allowed import Allowed
from pubflow.errors import Blocked, PubflowError
from pubflow.git import Checkout, server_of
from pubflow.load import checks, code, infer, people, schema, texts
from pubflow.load.artifacts import Surveyed, read_files, references
from pubflow.load.described import Reader, prose
from pubflow.load.findings import Findings, quoted
from pubflow.load.hosts import allowed_hosts, endpoint, is_loopback
from pubflow.load.reading import Source, read_source
from pubflow.load.secrets import find_secrets, masked
from pubflow.load.targets import Placed, place_all
from pubflow.load.wording import read_document
from pubflow.manifest import Artifact, Kind, License, Manifest, Paper, Release, Target
from pubflow.platform import Problem
from pubflow.tree import HashCache, read

__all__ = ["Loaded", "json_schema", "load"]

PUBLIC = "https://github.com"

_WITHOUT_MD5 = frozenset({"github", "huggingface"})
"""Platforms that know a file by its sha256 or by git's name of it."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A publish.toml that was read without an error."""

    manifest: Manifest
    notes: tuple[Problem, ...]
    """Warnings, and what was inferred and from what, in the order of the lines."""
    digest: str
    """sha256 of the file's bytes, hex."""
    allowed: tuple[Allowed, ...] = ()
    """Findings that do not count here."""
    fail_on: Literal["error", "warning", "never"] = "error"
    """How grave a problem must be to count: `[checks] fail_on`."""


def load(
    path: Path,
    *,
    hosts: frozenset[str] = frozenset(),
    env: Mapping[str, str] = os.environ,
    hashes: HashCache | None = None,
    progress: Callable[[str, int], None] | None = None,
    absent: bool = False,
) -> Loaded:
    """Read publish.toml and the files that it names.

    `hosts` are the servers, `host` or `host:port`, that the person allows besides the well-known
    ones; PUBFLOW_ALLOW_HOSTS in `env` adds to them. `hashes` remembers digests between runs;
    `progress` hears of the bytes read, (file name, bytes more). With `absent`, files of weights
    and data may be missing: enough to look at what is out already, not to release.
    Raises Blocked with all errors, as `publish.toml:12`; no file is hashed before there are none.
    """
    source = read_source(path)
    findings = Findings(source.name, source.lines)
    secrets = find_secrets(source.values, source.text, findings)
    if (number := source.values.get("schema")) != 1 and isinstance(number, int):
        # In another format the same keys may mean something else: nothing more can be said.
        what, why = f"This file has the format {number}", "this version of pubflow knows only 1"
        findings.error(("schema",), what, why, "Update pubflow, or write: schema = 1")
    else:
        document = read_document(source.values, findings)
        drafted = _draft(source, document, allowed_hosts(hosts, env), env, findings, absent)
        allowed = checks.allowed(document.checks, findings)
    if findings.errors:
        raise Blocked(masked(findings.errors, secrets))
    release, placed = drafted
    md5 = {one.surveyed.artifact.key for one in placed if one.platform not in _WITHOUT_MD5}
    files = {
        item.artifact.key: _hashed(item, findings, hashes, progress, item.artifact.key in md5)
        for item in {one.surveyed.artifact.key: one.surveyed for one in placed}.values()
    }
    if findings.errors:
        raise Blocked(findings.errors)
    artifacts = tuple(files[artifact.key] for artifact in release.artifacts)
    release = replace(release, artifacts=artifacts)
    targets = tuple(
        Target(
            artifact := files[one.surveyed.artifact.key],
            one.platform,
            release,
            one.settings,
            artifact.files,
        )
        for one in placed
    )
    made = Manifest(release, targets, source.root)
    return Loaded(made, findings.notes, source.digest, allowed, document.checks.fail_on)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of publish.toml, draft 2020-12, for editors."""
    made: dict[str, Any] = schema.Document.model_json_schema(by_alias=True)
    made = _without_null(made)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "title": "publish.toml",
    }


def _draft(
    source: Source,
    document: schema.Document,
    allowed: frozenset[str],
    env: Mapping[str, str],
    findings: Findings,
    absent: bool,
) -> tuple[Release, list[Placed]]:
    """All that can be known without reading the artifacts' bytes. Errors go to `findings`."""
    root = source.root
    checkout, remote = _git(root, _servers(document, allowed, env), findings)
    places = people.affiliations(document)
    reader = Reader(
        root, _paper(document, source, findings), places, document.defaults, source.name
    )
    reader = replace(reader, paper=_described(reader, document, findings), absent=absent)
    table = code.code_table(document, root, checkout, remote, findings)
    surveyed: list[Surveyed] = []
    if table is not None:
        surveyed.append(code.read_code(reader, table, checkout, findings))
    inherited = License()
    if any(weights.license is None for weights in document.weights.values()):
        found = surveyed[0] if surveyed else None
        inherited = code.project_license(reader, found, document.code, findings)
    for key, weights in document.weights.items():
        surveyed.append(read_files(reader, Kind.WEIGHTS, key, weights, inherited, findings))
    for key, data in document.data.items():
        surveyed.append(read_files(reader, Kind.DATA, key, data, License(), findings))
    if not surveyed and all(map(findings.sound, ("code", "weights", "data"))):
        what, why = "There is nothing to release", "there is no code, no weights and no data"
        findings.error((), what, why, "Add [code], [weights.<id>] or [data.<id>] with its path.")
    known = [item.artifact.key for item in surveyed]
    references(known, surveyed, findings)
    placed = place_all(surveyed, document, remote, allowed, env, findings)
    version = _version(document, root, checkout, surveyed, findings)
    tag = _tag(document, version, findings)
    _not_yet(document, findings)
    release = Release(
        identity=_identity(document, placed),
        version=version,
        tag=tag,
        paper=reader.paper,
        artifacts=tuple(item.artifact for item in surveyed),
        date=document.release.date,
    )
    return release, placed


def _servers(
    document: schema.Document, allowed: frozenset[str], env: Mapping[str, str]
) -> tuple[str, str]:
    """Where GitHub is for this run, and where publish.toml says that it is."""
    account, named = document.targets.github, PUBLIC
    if account is not None and account.url:
        # What is wrong with the address is told with the targets.
        with contextlib.suppress(PydanticCustomError):
            named = endpoint(account.url, allowed, server_of(env))
    return server_of(env) or named, named


def _git(
    root: Path, servers: tuple[str, str], findings: Findings
) -> tuple[Checkout | None, str | None]:
    """The checkout and its `owner/name` on GitHub. None: git could not be asked, which is told."""
    try:
        checkout = Checkout.around(root)
        if checkout is None:
            return None, ""
        server, named = servers
        remote = checkout.remote(server)
        if not remote and is_loopback(urlsplit(server).hostname or ""):
            # A stand-in plays GitHub here: the checkout still knows the real one.
            remote = checkout.remote(named)
        return checkout, remote
    except PubflowError as error:
        findings.error(("code",), error.what.rstrip("."), error.why, error.hint)
        return None, None


def _paper(document: schema.Document, source: Source, findings: Findings) -> Paper:
    given, place = document.paper, ("paper", "authors")
    tables, by = given.authors, ""
    if tables is None and findings.sound(*place):
        found, by = infer.authors(source.root)
        tables = [schema.AuthorTable.model_validate(entry) for entry in found]
    authors = people.people(tables or (), place, people.affiliations(document), findings)
    if by:
        names = ", ".join(person.display for person in authors)
        why = f"{by} says so, and [paper] names none"
        findings.note(("paper",), f"The authors are {names}", why)
    elif not authors and findings.sound(*place):
        hint = 'Add to [paper]: authors = ["Ada Lovelace <0000-0002-1825-0097>"]'
        findings.error(("paper",), "The paper has no authors", "somebody must be cited", hint)
    return Paper(
        title=given.title,
        authors=authors,
        venue=given.venue or "",
        status=given.status,
        type=given.type,
        arxiv=given.arxiv or "",
        doi=given.doi or "",
        url=given.url or "",
        keywords=tuple(given.keywords),
        grants=people.grants(given, findings),
    )


def _described(reader: Reader, document: schema.Document, findings: Findings) -> Paper:
    place = ("paper", "abstract")
    if document.paper.abstract is None or not findings.sound(*place):
        return reader.paper
    return replace(reader.paper, abstract=prose(reader, document.paper.abstract, place, findings))


def _version(
    document: schema.Document,
    root: Path,
    checkout: Checkout | None,
    surveyed: list[Surveyed],
    findings: Findings,
) -> str:
    version, place = document.defaults.version or "", ("defaults", "version")
    if not version and findings.sound(*place):
        said = infer.version(root, checkout, document.release.tag)
        if said is None:
            what, why = "The version is not known", "it names the tag and every record"
            hint = 'Add: [defaults] with version = "1.0.0"'
            findings.error(("defaults",), what, why, hint)
        else:
            version = said.value
            findings.note(("defaults",), f"The version is {version}", f"{said.by} says so")
    for item in surveyed:
        if item.table.version not in (None, version) and version:
            what = "A version of its own is not yet in this version of pubflow"
            why = f"the whole release is {version}"
            findings.error((*item.place, "version"), what, why, "Take it out.")
    return version


def _tag(document: schema.Document, version: str, findings: Findings) -> str:
    pattern, place = document.release.tag, ("release", "tag")
    tag = pattern.replace("{version}", version or "1")
    if not findings.sound(*place):
        return tag
    if "{version}" not in pattern:
        what, why = (
            f"The tag {quoted(pattern)} has no {{version}}",
            "the next release needs another",
        )
        findings.error(place, what, why, 'Write it like "v{version}".')
    elif reason := texts.ref_trouble(tag) or ("it holds { or }" if set("{}") & set(tag) else ""):
        what = f"git takes no tag {quoted(tag)}"
        findings.error(place, what, reason, 'Write it like "v{version}".')
    return tag


def _not_yet(document: schema.Document, findings: Findings) -> None:
    acceptance = document.release.acceptance
    if acceptance != "manual":
        what = f"acceptance = {quoted(acceptance)} is not yet in this version"
        why = "pubflow would not learn that the paper is accepted"
        hint = 'Write "manual", and set status in [paper] when it is.'
        findings.error(("release", "acceptance"), what, why, hint)
    if document.defaults.visibility == "public":
        what = 'visibility = "public" changes nothing'
        why = "everything is private until `pubflow release` publishes it, and then public"
        findings.note(("defaults", "visibility"), what, why)


def _identity(document: schema.Document, placed: list[Placed]) -> str:
    if document.release.id:
        return document.release.id
    for platform in ("github", "huggingface"):
        for one in placed:
            if one.platform == platform and one.settings.get("repo"):
                return str(one.settings["repo"])
    return texts.slug(document.paper.title)


def _hashed(
    item: Surveyed,
    findings: Findings,
    hashes: HashCache | None,
    progress: Callable[[str, int], None] | None,
    md5: bool,
) -> Artifact:
    if item.tree is None:
        return item.artifact
    try:
        files = read(item.tree, cache=hashes, progress=progress, md5=md5)
        return replace(item.artifact, files=files)
    except Blocked as blocked:
        for problem in blocked.problems:
            what = f"In {item.artifact.key}: {problem.what}"
            findings.error((*item.place, "path"), what, problem.why, problem.hint)
        return item.artifact


def _without_null(node: Any) -> Any:
    """TOML has no null: an optional key is one that may be left out."""
    if isinstance(node, list):
        return [_without_null(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _without_null(value) for key, value in node.items() if value is not None}
    choices = kept.get("anyOf")
    if isinstance(choices, list):
        left = [choice for choice in choices if choice != {"type": "null"}]
        if len(left) == 1:
            del kept["anyOf"]
            kept = {**left[0], **kept}
        else:
            kept["anyOf"] = left
    return kept
