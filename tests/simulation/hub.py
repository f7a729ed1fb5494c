"""The calls to the Hub over the seam, in the requests that huggingface_hub makes of them.

huggingface_hub 2.4 itself costs a third of a millisecond for each request, so it is not used here:
which requests a call makes, and what their bodies hold, is read off it, and refusals are translated
by the platform's own `refusals`. The stand-in refuses any body that it does not know.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from pubflow.errors import PubflowError, Transient
from pubflow.manifest import File
from pubflow.platforms.huggingface import refusals
from pubflow.platforms.huggingface.api import About, Collection, Commit, Parcel, Proposal
from pubflow.platforms.huggingface.api import Told as Counted
from pubflow.platforms.huggingface.refusals import Behind
from pubflow.platforms.huggingface.state import CARD, IGNORE, Entry, Foreseen
from simulation.places import Asked, Told, encoded
from simulation.run import NoAnswer, Run
from simulation.wires import whole

JSON = (("content-type", "application/json"),)
LFS = (("content-type", "application/vnd.git-lfs+json"),)
LINES = (("content-type", "application/x-ndjson"),)
NOTHING_IGNORED = "# Nothing.\n"
"""Sent in place of the repository's .gitignore, as `client.py` does."""


@dataclass(frozen=True, slots=True)
class Packed:
    """One file of a parcel."""

    name: str
    size: int
    sha256: str
    content: bytes
    ahead: bool
    there: bool
    """Whether the head holds it already; the library then leaves it out of the commit."""


class HubWire:
    """An `Api`. Without a token it is a stranger."""

    def __init__(self, run: Run, *, known: bool = True) -> None:
        self._run = run
        self._known = known
        self._me: dict[str, Any] = {}

    def user(self) -> str:
        return str(self._whoami()["name"])

    def may_create(self, owner: str) -> bool:
        said = self._whoami()
        roles = {org["name"]: org.get("roleInOrg") for org in said["orgs"]}
        return said["auth"]["accessToken"]["role"] != "read" and roles.get(owner) != "read"

    def _whoami(self) -> dict[str, Any]:
        """Asked once, as the library keeps the answer."""
        self._me = self._me or self._ask("GET", "/api/whoami-v2").json()
        return self._me

    def about(self, repo: str, kind: str) -> About | None:
        wanted = tuple(("expand", name) for name in ("private", "gated", "sha", "tags"))
        told = self._ask("GET", _api(repo, kind), query=wanted, allow=(401, 404))
        if not told.ok:
            if told.headers.get("x-error-code") == "GatedRepo" or told.status == 401:
                raise _refused(told)
            return None
        info = told.json()
        tags = [tag for tag in info["tags"] if tag.startswith("doi:")]
        return About(
            id=info["id"],
            head=info["sha"],
            private=info["private"],
            gated=str(info["gated"] or ""),
            doi=tags[0].removeprefix("doi:") if tags else "",
        )

    def may_write(self, repo: str, kind: str) -> bool:
        path = f"{_api(repo, kind)}/auth-check/write"
        return self._ask("GET", path, allow=(401, 403, 404)).ok

    def tags(self, repo: str, kind: str) -> dict[str, str]:
        refs = self._ask("GET", f"{_api(repo, kind)}/refs").json()
        return {tag["name"]: tag["targetCommit"] for tag in refs["tags"]}

    def tree(self, repo: str, kind: str, revision: str) -> tuple[Entry, ...]:
        path = f"{_api(repo, kind)}/tree/{revision}"
        items = self._ask("GET", path, query=(("recursive", "True"),)).json()
        return tuple(
            Entry(item["path"], item["size"], item["oid"], item.get("lfs", {}).get("oid", ""))
            for item in items
            if item["type"] == "file"
        )

    def history(self, repo: str, kind: str) -> tuple[Commit, ...]:
        rows = self._ask("GET", f"{_api(repo, kind)}/commits/main").json()
        return tuple(Commit(row["id"], row["message"]) for row in rows)

    def create(self, repo: str, kind: str) -> None:
        owner, _, name = repo.partition("/")
        body = {"name": name, "organization": owner, "type": kind, "visibility": "private"}
        self._change("POST", "/api/repos/create", body)

    def set(self, repo: str, kind: str, *, public: bool = False, gated: str | None = None) -> None:
        body: dict[str, Any] = {"visibility": "public"} if public else {}
        if gated is not None:
            body["gated"] = gated or False
        self._change("PUT", f"{_api(repo, kind)}/settings", body)

    def foresee(self, repo: str, kind: str, files: Sequence[File]) -> Foreseen:
        own = next((file.source for file in files if file.name == IGNORE), None)
        found = self._modes(repo, kind, files, own.read_text("utf-8") if own else None)
        return Foreseen(
            ahead=frozenset(name for name, mode in found.items() if mode["uploadMode"] == "lfs"),
            ignored=tuple(name for name, mode in found.items() if mode["shouldIgnore"]),
            way="xet",
            parts=1,
        )

    def _modes(
        self, repo: str, kind: str, files: Sequence[File], rules: str | None
    ) -> dict[str, Any]:
        rows = []
        for file in files:
            with file.source.open("rb") as handle:
                sample = base64.b64encode(handle.read(512)).decode()
            rows.append({"path": file.name, "size": file.size, "sample": sample})
        body = {"files": rows} | ({"gitIgnore": rules} if rules is not None else {})
        told = self._ask("POST", f"{_api(repo, kind)}/preupload/main", JSON, body)
        return {item["path"]: item for item in told.json()["files"]}

    def send(
        self, repo: str, kind: str, files: Sequence[File], told: Counted
    ) -> tuple[Parcel, ...]:
        for file in files:
            if (size := file.source.stat().st_size) != file.size:
                raise PubflowError(
                    f"{file.source} changed since it was read.",
                    why=f"It had {file.size} bytes and has {size} now.",
                )
        modes = self._modes(repo, kind, files, NOTHING_IGNORED) if files else {}
        ahead = [file for file in files if modes[file.name]["uploadMode"] == "lfs"]
        if ahead:
            self._send_ahead(repo, kind, ahead, told)
        parcel = []
        for file in files:
            large = file in ahead
            content = b"" if large else whole(file.source, file.size, told)
            own = file.sha256 if large else file.git_sha1
            there = modes[file.name].get("oid") == own
            parcel.append(Packed(file.name, file.size, file.sha256, content, large, there))
        return (Parcel(tuple(parcel)),)

    def _send_ahead(self, repo: str, kind: str, files: Sequence[File], told: Counted) -> None:
        place = repo if kind == "model" else f"datasets/{repo}"
        body = {
            "operation": "upload",
            "transfers": ["basic", "multipart"],
            "objects": [{"oid": file.sha256, "size": file.size} for file in files],
            "hash_algo": "sha256",
        }
        answer = self._ask("POST", f"/{place}.git/info/lfs/objects/batch", LFS, body).json()
        by_oid = {file.sha256: file for file in files}
        for item in answer["objects"]:
            if "actions" not in item:
                continue
            file = by_oid[item["oid"]]
            url, _, query = item["actions"]["upload"]["href"].partition("?")
            content = whole(file.source, file.size, told)
            pairs = tuple(parse_qsl(query))
            self._ask("PUT", _path(url), (), content, query=pairs, change=True, sends=len(content))
            url = item["actions"]["verify"]["href"]
            self._ask("POST", _path(url), JSON, {"oid": file.sha256, "size": file.size})

    def commit(
        self,
        repo: str,
        kind: str,
        *,
        parent: str,
        title: str,
        text: str,
        parcel: Parcel,
        deleted: Sequence[str] = (),
        revision: str = "main",
    ) -> str:
        orders: list[tuple[str, Any]] = []
        sends = 0
        for file in parcel.content:
            if file.name == CARD:
                errors, _ = self.examine(file.content.decode(), kind)
                if errors:
                    raise refusals.translate(ValueError("; ".join(errors)))
            if file.there and file.name not in deleted:
                continue
            if file.ahead:
                value = {"path": file.name, "algo": "sha256", "oid": file.sha256}
                orders.append(("lfsFile", value | {"size": file.size}))
                continue
            content = base64.b64encode(file.content).decode()
            orders.append(("file", {"path": file.name, "content": content, "encoding": "base64"}))
            sends += file.size
        orders += [("deletedFile", {"path": path}) for path in deleted]
        if not orders:  # The library makes no empty commit.
            seen = self.about(repo, kind)
            return seen.head if seen else parent
        told = self._commit(repo, kind, revision, parent, title, text, orders, sends)
        return str(told.json()["commitOid"])

    def _commit(
        self,
        repo: str,
        kind: str,
        revision: str,
        parent: str,
        title: str,
        text: str,
        orders: Sequence[tuple[str, Any]],
        sends: int,
        allow: Sequence[int] = (),
    ) -> Told:
        header = {"summary": title, "description": text, "parentCommit": parent}
        lines = [{"key": "header", "value": header}]
        lines += [{"key": key, "value": value} for key, value in orders]
        body = "".join(json.dumps(line) + "\n" for line in lines).encode()
        path = f"{_api(repo, kind)}/commit/{revision.replace('/', '%2F')}"
        return self._ask("POST", path, LINES, body, change=True, sends=sends, allow=allow)

    def tag(self, repo: str, kind: str, name: str, commit: str) -> None:
        self._change("POST", f"{_api(repo, kind)}/tag/{commit}", {"tag": name})

    def branches(self, repo: str, kind: str, *, pulls: bool = False) -> dict[str, str]:
        path, wanted = f"{_api(repo, kind)}/refs", (("include_prs", "1"),) if pulls else ()
        told = self._ask("GET", path, query=wanted, allow=(404,))
        if not told.ok:
            return {}
        refs = told.json()
        found = {branch["name"]: branch["targetCommit"] for branch in refs["branches"]}
        return found | {pull["ref"]: pull["targetCommit"] for pull in refs.get("pullRequests", ())}

    def branch(self, repo: str, kind: str, name: str) -> bool:
        path = f"{_api(repo, kind)}/branch/{name.replace('/', '%2F')}"
        return self._ask("POST", path, JSON, {}, change=True, allow=(409,)).ok

    def text(self, repo: str, kind: str, revision: str, path: str) -> str:
        place = repo if kind == "model" else f"datasets/{repo}"
        address = f"/{place}/resolve/{revision}/{path}"
        told = self._ask("GET", address, allow=(404,))
        if not told.ok and told.headers.get("x-error-code") != "EntryNotFound":
            raise _refused(told)
        return told.text if told.ok else ""

    def write(
        self, repo: str, kind: str, *, revision: str, parent: str, path: str, text: str, title: str
    ) -> str:
        content = base64.b64encode(text.encode()).decode()
        orders = [("file", {"path": path, "content": content, "encoding": "base64"})]
        told = self._commit(repo, kind, revision, parent, title, "", orders, 0, (412,))
        if not told.ok:
            raise Behind(f"Somebody else wrote to {revision} of {repo} a moment ago.")
        return str(told.json()["commitOid"])

    def examine(self, card: str, kind: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        body = {"content": card, "repoType": kind}
        said = self._ask("POST", "/api/validate-yaml", JSON, body, allow=(400,)).json()

        def words(key: str) -> tuple[str, ...]:
            return tuple(refusals.one_line(str(item["message"])) for item in said.get(key) or ())

        return words("errors"), words("warnings")

    def proposals(self, repo: str, kind: str, title: str) -> tuple[Proposal, ...]:
        raise AssertionError("no case needs a pull request")

    def proposal(self, repo: str, kind: str, number: int) -> Proposal:
        raise AssertionError("no case needs a pull request")

    def propose(self, repo: str, kind: str, title: str, text: str) -> int:
        raise AssertionError("no case needs a pull request")

    def decide(self, repo: str, kind: str, number: int, status: str) -> None:
        raise AssertionError("no case needs a pull request")

    def collection(self, owner: str, title: str) -> Collection | None:
        rows = self._ask("GET", "/api/collections", query=(("owner", owner),)).json()
        alike = [row["slug"] for row in rows if row["title"] == title]
        if not alike:
            return None
        whole = self._ask("GET", f"/api/collections/{min(alike)}").json()
        items = frozenset((item["type"], item["id"]) for item in whole["items"])
        return Collection(whole["slug"], items)

    def collect(self, owner: str, title: str) -> Collection:
        body = {"title": title, "namespace": owner, "private": False}
        return Collection(self._change("POST", "/api/collections", body).json()["slug"])

    def add(self, collection: str, repo: str, kind: str) -> None:
        body = {"item": {"id": repo, "type": kind}}
        path = f"/api/collections/{collection}/items"
        self._ask("POST", path, JSON, body, change=True, allow=(409,))

    def _change(self, method: str, path: str, body: Any) -> Told:
        return self._ask(method, path, JSON, body, change=True)

    def _ask(
        self,
        method: str,
        path: str,
        headers: tuple[tuple[str, str], ...] = (),
        body: Any = b"",
        *,
        query: tuple[tuple[str, str], ...] = (),
        change: bool = False,
        sends: int = 0,
        allow: Sequence[int] = (),
    ) -> Told:
        content = body if isinstance(body, bytes) else encoded(body)
        if not self._known or path.startswith("/_lfs/put/"):
            headers = (*headers, ("authorization", ""))  # A signed address needs no token.
        asked = Asked(method, path, query, headers, content)
        try:
            told = self._run.ask("huggingface", asked, change, sends)
        except NoAnswer:
            raise Transient("The Hub did not answer in time.") from None
        if not told.ok and told.status not in allow:
            raise _refused(told)
        return told


def _refused(told: Told) -> PubflowError:
    words = str(told.headers.get("x-error-message") or "")
    return refusals._answered(told.status, words, told.headers)


def _api(repo: str, kind: str) -> str:
    return f"/api/{kind}s/{repo}"


def _path(url: str) -> str:
    return "/" + url.partition("://")[2].partition("/")[2]
