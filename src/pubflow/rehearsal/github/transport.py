"""git over HTTP: real pushes, fetches and clones through `git http-backend`.

Requests go to the child as they come (git-http-backend(1), gitprotocol-http(5)). Bodies lie in a
temporary file first, so that memory stays small and a push is applied before its answer starts.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from ..wire import BLOCK, Request, Response
from .call import is_known
from .replies import Refusal
from .rights import Rights
from .store import PUSH_MOST, Store, Stores, environment
from .world import USER, Repository, World

SERVICES = ("git-upload-pack", "git-receive-pack")
_PATH = re.compile(
    r"/(?P<owner>[^/]+)/(?P<repo>[^/]+?)(\.git)?"
    r"/(?P<what>info/refs|git-upload-pack|git-receive-pack|HEAD|objects/.+)"
)
PATIENCE = 5.0
"""Seconds that a child gets to end by itself once nobody listens to it."""
_CHALLENGE = {"www-authenticate": 'Basic realm="GitHub"', "content-type": "text/plain"}


@dataclass(frozen=True, slots=True)
class Address:
    owner: str
    repo: str
    what: str
    service: str


def address(request: Request) -> Address | None:
    """What a git request is about; None when it is not git's."""
    match = _PATH.fullmatch(request.path)
    if match is None:
        return None
    what = match["what"]
    if what not in (*SERVICES, "info/refs") and ".git/" not in request.path:
        return None
    service = request.arg("service") if what == "info/refs" else what
    return Address(unquote(match["owner"]), unquote(match["repo"]), what, service)


def answer(
    request: Request,
    where: Address,
    token: str,
    world: World,
    stores: Stores,
    landed: Callable[[Repository, Store], None],
    rights: Rights,
) -> Response:
    """Run one git request. `landed` is called after a push that moved a reference."""
    repository = admitted(request, where, token, world, rights)
    if isinstance(repository, Response):
        return repository
    store = stores.of(repository)
    if where.service == "git-receive-pack" and request.method == "POST":
        return _push(request, where, store, lambda: landed(repository, store))
    return _run(request, where, store)


def admitted(
    request: Request, where: Address, token: str, world: World, rights: Rights
) -> Repository | Response:
    """The repository that may be spoken to, or why not."""
    try:
        known = is_known(request.headers, token)
    except Refusal:
        return Response(401, b"Invalid username or token.\n", dict(_CHALLENGE))
    if where.service not in SERVICES:
        return Response(403, b"Please upgrade your git client.\n")
    repository = world.get(where.owner, where.repo) or world.moved(where.owner, where.repo)
    push = where.service == "git-receive-pack"
    if not known and (repository is None or repository.private or push):
        return Response(401, b"Authentication required.\n", dict(_CHALLENGE))
    if repository is None:
        return Response(404, b"Repository not found.\n", {"content-type": "text/plain"})
    if push and not rights.may("contents", private=repository.private):
        text = b"Write access to repository not granted.\n"
        return Response(403, text, {"content-type": "text/plain"})
    if push and repository.archived:
        text = b"This repository was archived so it is read-only.\n"
        return Response(403, text, {"content-type": "text/plain"})
    return repository


def _push(request: Request, where: Address, store: Store, landed: Callable[[], None]) -> Response:
    """The whole answer is read before the first byte of it is sent: then the push is done."""
    before = store.refs()
    response = _run(request, where, store)
    body = response.body if isinstance(response.body, bytes) else b"".join(response.body)
    if store.refs() != before:
        landed()
    return Response(response.status, body, response.headers)


def _run(request: Request, where: Address, store: Store) -> Response:
    body = _spooled(request, store)
    headers = request.headers
    child = subprocess.Popen(
        [_backend()],
        stdin=body,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(store.path)
        | {
            "GIT_PROJECT_ROOT": str(store.path),
            "PATH_INFO": f"/{where.what}",
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_HTTP_MAX_REQUEST_BUFFER": str(PUSH_MOST),
            "REQUEST_METHOD": request.method,
            "QUERY_STRING": f"service={where.service}" if where.what == "info/refs" else "",
            "CONTENT_TYPE": headers.get("content-type", ""),
            "CONTENT_LENGTH": str(os.fstat(body.fileno()).st_size),
            "HTTP_CONTENT_ENCODING": headers.get("content-encoding", ""),
            "GIT_PROTOCOL": headers.get("git-protocol", ""),
            "REMOTE_USER": USER,
            "REMOTE_ADDR": "127.0.0.1",
            "GIT_COMMITTER_EMAIL": f"{USER}@localhost",
        },
    )
    body.close()
    assert child.stdout is not None
    status = 200
    told: dict[str, str] = {}
    while line := child.stdout.readline().strip():
        name, _, value = line.decode("latin-1").partition(":")
        if name.lower() == "status":
            status = int(value.split()[0])
        else:
            told[name.lower()] = value.strip()
    if not told:
        child.stdout.close()
        child.wait()
        return Response(500, b"git http-backend gave no answer.\n")
    start = child.stdout.read(BLOCK)
    rest = _Rest(child, start)
    if len(start) == BLOCK:
        return Response(status, rest, told)
    rest.close()
    return Response(status, start, told)


@cache
def _backend() -> str:
    """The program behind `git http-backend`: by way of git each request takes a process more."""
    done = subprocess.run(["git", "--exec-path"], capture_output=True, check=True, text=True)
    return str(Path(done.stdout.strip()) / "git-http-backend")


def _spooled(request: Request, store: Store) -> BinaryIO:
    """The request's body as a file on disk, at its start."""
    file = tempfile.TemporaryFile(dir=store.path)  # noqa: SIM115
    if request.method == "POST":
        shutil.copyfileobj(request.body, file, BLOCK)
        file.seek(0)
    return file


class _Rest:
    """What the child still says. Closed early, it ends the child."""

    def __init__(self, child: subprocess.Popen[bytes], start: bytes) -> None:
        assert child.stdout is not None
        self._child, self._stdout, self._start = child, child.stdout, start

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        block, self._start = self._start or self._stdout.read(BLOCK), b""
        if not block:
            self.close()
            raise StopIteration
        return block

    def close(self) -> None:
        self._stdout.close()
        try:
            self._child.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()


def default_branch(store: Store, named: str) -> str:
    """The branch that HEAD should name: as it is when it exists, else main, else the first."""
    branches = store.branches()
    if named in branches or not branches:
        return named
    return "main" if "main" in branches else next(iter(branches))
