"""The pages for people, without a login: a private repository is not there at all.

They hold what a reader of a paper looks for: description, topics, the README with its links,
"Cite this repository", releases with their notes and files.
"""

from __future__ import annotations

import html
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from ..wire import Request, Response
from .assets import signature
from .call import pattern
from .objects import Entry
from .prose import anchor, document, linked, markdown
from .store import Missing, Store, Stores, environment
from .world import Release, Repository, World

_README = re.compile(r"readme(\.(md|rst|txt|markdown))?", re.IGNORECASE)
_NOT_FOUND = "<h1>404</h1><p>This is not the web page you are looking for.</p>"


class _Gone(Exception):
    """There is no such page for a stranger."""


def answer(request: Request, world: World, stores: Stores, secret: bytes) -> Response:
    if request.method not in ("GET", "HEAD"):
        return document("Not found", _NOT_FOUND, 404)
    path = request.path.rstrip("/") or "/"
    public = [r for r in world if not r.private]
    if path == "/":
        return document("GitHub stand-in", _listed(public))
    if path.startswith("/topics/"):
        topic = path.removeprefix("/topics/")
        return document(topic, _listed([r for r in public if topic in r.topics]))
    try:
        for template, page in _PAGES:
            if match := template.fullmatch(path):
                args = {name: unquote(text) for name, text in match.groupdict().items()}
                return _found(request, world, stores, secret, args, page)
    except (_Gone, Missing):
        pass
    return document("Page not found", _NOT_FOUND, 404)


def _found(
    request: Request,
    world: World,
    stores: Stores,
    secret: bytes,
    args: dict[str, str],
    page: Callable[[_View], Response],
) -> Response:
    owner = args["owner"]
    if "repo" not in args:
        theirs = [r for r in world if r.owner.lower() == owner.lower() and not r.private]
        return document(owner, _listed(theirs))
    repository = world.get(owner, args["repo"])
    if repository is None and (now := world.moved(owner, args["repo"])) and not now.private:
        path = "/".join(["", now.full_name, *request.path.split("/")[3:]])
        return Response(301, b"", {"location": request.base + path})
    if repository is None or repository.private:
        raise _Gone
    return page(_View(request, repository, stores.of(repository), secret, args))


@dataclass(frozen=True, slots=True)
class _View:
    """A public repository as a page sees it."""

    request: Request
    repository: Repository
    store: Store
    secret: bytes
    args: Mapping[str, str]

    @property
    def home(self) -> str:
        return f"/{self.repository.full_name}"

    def at(self) -> tuple[str, str, Entry]:
        """Reference, path and what lies there, from `<ref>/<path>`; a branch may hold slashes."""
        parts = self.args["rest"].split("/")
        for size in range(len(parts), 0, -1):
            ref = "/".join(parts[:size])
            try:
                tree = self.store.resolve(ref).tree
            except Missing:
                continue
            path = "/".join(parts[size:])
            return ref, path, self.store.entry(tree, path)
        raise _Gone

    def release(self) -> Release:
        found = self.repository.published(self.args["tag"])
        if found is None:
            raise _Gone
        return found


def _repository(view: _View) -> Response:
    try:
        tree = view.store.resolve(view.repository.default_branch).tree
    except Missing:
        return _page(view, "<p>This repository is empty.</p>")
    return _page(view, _folder(view, view.repository.default_branch, "", tree))


def _tree(view: _View) -> Response:
    ref, path, entry = view.at()
    if entry.type != "tree":
        raise _Gone
    return _page(view, _folder(view, ref, path, entry.sha))


def _folder(view: _View, ref: str, path: str, tree: str) -> str:
    entries = sorted(view.store.tree(tree), key=lambda e: (e.type != "tree", e.name))
    rows = []
    for entry in entries:
        kind = "tree" if entry.type == "tree" else "blob"
        inner = f"{path}/{entry.name}" if path else entry.name
        rows.append(f"<li>{anchor(f'{view.home}/{kind}/{ref}/{inner}', entry.name)}</li>")
    text = f"<ul>{''.join(rows)}</ul>"
    readme = [e for e in entries if e.type == "blob" and _README.fullmatch(e.name)]
    if readme:
        text += f"<article>{_prose(view, readme[0], ref, path)}</article>"
    return text


def _prose(view: _View, entry: Entry, ref: str, folder: str) -> str:
    data = view.store.read(entry.sha)[1].decode("utf-8", "replace")
    if entry.name.lower().endswith((".md", ".markdown")):
        inside = f"{folder}/" if folder else ""
        return markdown(data, f"{view.home}/blob/{ref}/{inside}")
    return f"<pre>{linked(data)}</pre>"


def _blob(view: _View) -> Response:
    ref, path, entry = view.at()
    if entry.type != "blob":
        raise _Gone
    data = view.store.read(entry.sha)[1]
    raw = anchor(f"{view.home}/raw/{ref}/{path}", "Raw")
    if b"\0" in data[:8000] or len(data) > 1 << 20:
        return _page(view, f"<p>{html.escape(path)}: {len(data)} bytes. {raw}</p>")
    if entry.name.lower().endswith(".md"):
        text = _prose(view, entry, ref, path.rpartition("/")[0])
        return _page(view, f"<p>{raw}</p>{text}")
    return _page(view, f"<p>{raw}</p><pre>{linked(data.decode('utf-8', 'replace'))}</pre>")


def _raw(view: _View) -> Response:
    _, _, entry = view.at()
    if entry.type != "blob":
        raise _Gone
    data = view.store.read(entry.sha)[1]
    kind = "application/octet-stream" if b"\0" in data[:8000] else "text/plain; charset=utf-8"
    return Response(200, data, {"content-type": kind, "content-length": str(len(data))})


def _commit(view: _View) -> Response:
    commit = view.store.resolve(view.args["sha"])
    who = html.escape(f"{commit.author.name}, {commit.author.date}")
    return _page(view, f"<h2>{commit.sha}</h2><p>{who}</p><pre>{linked(commit.message)}</pre>")


def _commits(view: _View) -> Response:
    log = view.store.log(view.store.resolve(view.args["rest"]).sha)
    rows = (f"<li>{anchor(f'{view.home}/commit/{sha}', sha)}</li>" for sha in log[:100])
    return _page(view, f"<ol>{''.join(rows)}</ol>")


def _compare(view: _View) -> Response:
    old, _, new = view.args["rest"].partition("...")
    start, end = view.store.resolve(old).sha, view.store.resolve(new).sha
    before = set(view.store.log(start))
    log = [sha for sha in view.store.log(end) if sha not in before]
    rows = (f"<li>{anchor(f'{view.home}/commit/{sha}', sha)}</li>" for sha in log[:100])
    return _page(view, f"<h2>{html.escape(view.args['rest'])}</h2><ol>{''.join(rows)}</ol>")


def _releases(view: _View) -> Response:
    shown = [r for r in reversed(view.repository.releases) if not r.draft]
    return _page(view, "".join(_about(view, release) for release in shown) or "<p>No releases</p>")


def _latest(view: _View) -> Response:
    newest = view.repository.newest()
    if newest is None:
        raise _Gone
    place = f"{view.request.base}{view.home}/releases/tag/{quote(newest.tag)}"
    return Response(302, b"", {"location": place})


def _release(view: _View) -> Response:
    """GitHub shows this page for a bare tag too."""
    tag = view.args["tag"]
    if view.repository.published(tag) is None:
        if tag not in view.store.tags():
            raise _Gone
        return _page(view, f"<h2>{html.escape(tag)}</h2>")
    return _page(view, _about(view, view.release()))


def _about(view: _View, release: Release) -> str:
    tag = release.tag
    files = "".join(
        f"<li>{anchor(f'{view.home}/releases/download/{tag}/{a.name}', a.label or a.name)} "
        f"<code>{a.digest}</code> {a.size} bytes</li>"
        for a in release.assets
        if a.state == "uploaded"
    )
    source = "".join(
        f"<li>{anchor(f'{view.home}/archive/refs/tags/{tag}.{kind}', f'Source code ({kind})')}</li>"
        for kind in ("zip", "tar.gz")
    )
    title = anchor(f"{view.home}/releases/tag/{tag}", release.name or tag)
    notes = markdown(release.body or "", f"{view.home}/blob/{tag}/")
    return f"<section><h2>{title}</h2>{notes}<ul>{files}{source}</ul></section>"


def _download(view: _View) -> Response:
    """To the bytes of a published file; a login by token does not work here, as on GitHub."""
    name = view.args["name"]
    found = [a for a in view.release().assets if a.name == name and a.state == "uploaded"]
    if not found:
        raise _Gone
    place = f"/storage/{found[0].id}/{signature(view.secret, found[0].id)}"
    return Response(302, b"", {"location": view.request.base + place})


def _archive(view: _View) -> Response:
    name, kind = view.args["rest"], ""
    for end, format_ in ((".tar.gz", "tar.gz"), (".zip", "zip")):
        if name.endswith(end):
            name, kind = name.removesuffix(end), format_
    if not kind:
        raise _Gone
    commit = view.store.resolve(name).sha
    short = name.rpartition("/")[2].removeprefix("v")
    done = subprocess.run(
        [
            *("git", "--git-dir", str(view.store.path), "archive", f"--format={kind}"),
            *(f"--prefix={view.repository.name}-{short}/", commit),
        ],
        capture_output=True,
        check=True,
        env=environment(view.store.path),
    )
    return Response(200, done.stdout, {"content-type": "application/octet-stream"})


def _page(view: _View, text: str) -> Response:
    it = view.repository
    topics = " ".join(anchor(f"/topics/{topic}", f"#{topic}") for topic in it.topics)
    parts = [
        f"<h1>{anchor(view.home, it.full_name)}</h1>",
        f"<p>{linked(it.description or '')}</p>",
        f"<p>{linked(it.homepage or '')}</p>",
        f"<p>{topics}</p>",
        f"<p>{anchor(f'{view.home}/releases', 'Releases')}</p>",
        text,
        _citation(view),
    ]
    return document(it.full_name, "".join(parts))


def _citation(view: _View) -> str:
    """CITATION.cff at the root of the default branch makes the box appear (docs, "About CITATION
    files", 2026-11)."""
    try:
        tree = view.store.resolve(view.repository.default_branch).tree
        data = view.store.read(view.store.entry(tree, "CITATION.cff").sha)[1]
    except Missing:
        return ""
    text = data.decode("utf-8", "replace")
    doi = re.search(r"^doi:\s*[\"']?(10\.[^\s\"']+)", text, re.MULTILINE)
    link = f"<p>{anchor(f'https://doi.org/{doi[1]}', doi[1])}</p>" if doi else ""
    return f"<aside><h2>Cite this repository</h2>{link}<pre>{linked(text)}</pre></aside>"


def _listed(repositories: list[Repository]) -> str:
    rows = (
        f"<li>{anchor(f'/{r.full_name}', r.full_name)} {linked(r.description or '')}</li>"
        for r in repositories
    )
    return f"<ul>{''.join(rows)}</ul>"


_REPO = "/{owner}/{repo}"
_TABLE: tuple[tuple[str, Any], ...] = (
    ("/{owner}", _repository),
    (_REPO, _repository),
    (f"{_REPO}/tree/{{rest+}}", _tree),
    (f"{_REPO}/blob/{{rest+}}", _blob),
    (f"{_REPO}/raw/{{rest+}}", _raw),
    (f"{_REPO}/commit/{{sha}}", _commit),
    (f"{_REPO}/commits/{{rest+}}", _commits),
    (f"{_REPO}/compare/{{rest+}}", _compare),
    (f"{_REPO}/releases", _releases),
    (f"{_REPO}/releases/latest", _latest),
    (f"{_REPO}/releases/tag/{{tag+}}", _release),
    (f"{_REPO}/releases/download/{{tag+}}/{{name}}", _download),
    (f"{_REPO}/archive/{{rest+}}", _archive),
)
_PAGES = tuple((pattern(template), page) for template, page in _TABLE)
