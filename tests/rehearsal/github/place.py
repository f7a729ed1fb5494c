"""The stand-in for GitHub on a real socket, every exchange held to GitHub's description."""

from __future__ import annotations

import io
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from rehearsal.github.openapi import Contract, Mismatch

from pubflow.rehearsal.desk import Answer
from pubflow.rehearsal.github import GitHub
from pubflow.rehearsal.wire import Request, Response

TOKEN = "gh" + "p_" + "rehearsal" + "0" * 27
OWNER = "rehearsal-user"


@dataclass
class Place:
    """A served stand-in and the ways to reach it."""

    github: GitHub
    folder: Path
    url: str = ""
    seen: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    contract: Contract = field(default_factory=Contract)

    def answer(self, request: Request, target: str) -> Answer:
        if not self._is_api(request.path):
            return Answer(self.github.handle(request))
        body = b"" if request.path.startswith("/uploads/") else request.body.read()
        if body:
            request.body = io.BytesIO(body)
        response = self.github.handle(request)
        self._hold(request, target, body, response)
        return Answer(response)

    @staticmethod
    def _is_api(path: str) -> bool:
        names = ("repos", "user", "users", "orgs", "rate_limit", "meta", "uploads")
        return path.split("/")[1] in names and not path.endswith("/git-receive-pack")

    def _hold(self, request: Request, target: str, body: bytes, response: Response) -> None:
        assert isinstance(response.body, bytes)
        try:
            template = self.contract.check(
                request.method,
                request.base + target,
                request.headers,
                body,
                response.status,
                response.headers,
                response.body,
            )
        except Mismatch as mismatch:
            self.wrong.append(str(mismatch))
        else:
            if template and response.status < 400:
                self.seen.add(f"{request.method} {template}")

    def call(self, method: str, path: str, token: str | None = TOKEN, **more: Any) -> Any:
        headers = {"user-agent": "test", **more.pop("headers", {})}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        address = path if path.startswith("http") else self.url + path
        return requests.request(method, address, headers=headers, timeout=20, **more)

    def make(self, name: str = "paper", private: bool = False, **more: Any) -> Any:
        told = self.call("POST", "/user/repos", json={"name": name, "private": private, **more})
        assert told.status_code == 201, told.text
        return told.json()

    def git(
        self, *arguments: str, cwd: Path | None = None, token: str | None = TOKEN, ok: bool = True
    ) -> subprocess.CompletedProcess[str]:
        # As a client does it: the token in the environment, never among the arguments.
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": str(self._askpass()),
            "PLACE_TOKEN": token or "",
            "GIT_AUTHOR_NAME": "Ada",
            "GIT_AUTHOR_EMAIL": "ada@example.org",
            "GIT_AUTHOR_DATE": "2026-11-01T12:00:00Z",
            "GIT_COMMITTER_NAME": "Ada",
            "GIT_COMMITTER_EMAIL": "ada@example.org",
            "GIT_COMMITTER_DATE": "2026-11-01T12:00:00Z",
        }
        done = subprocess.run(
            ["git", "-c", "credential.helper=", *arguments],
            cwd=cwd or self.folder,
            env=env,
            capture_output=True,
            text=True,
            timeout=60,
        )
        if ok:
            assert done.returncode == 0, done.stderr
        return done

    def _askpass(self) -> Path:
        path = self.folder / "askpass"
        if not path.exists():
            path.write_text(
                '#!/bin/sh\ncase "$1" in Username*) echo x-access-token ;; '
                '*) echo "$PLACE_TOKEN" ;; esac\n'
            )
            path.chmod(0o700)
        return path

    def checkout(self, files: dict[str, str | bytes], name: str = "work") -> Path:
        """A repository with one commit on main and the annotated tag v1."""
        work = self.folder / name
        work.mkdir()
        for path, content in files.items():
            (work / path).parent.mkdir(parents=True, exist_ok=True)
            data = content if isinstance(content, bytes) else content.encode()
            (work / path).write_bytes(data)
        self.git("init", "-q", "-b", "main", cwd=work)
        self.git("add", ".", cwd=work)
        self.git("commit", "-q", "-m", "First", cwd=work)
        self.git("tag", "-a", "v1", "-m", "Version 1", cwd=work)
        return work

    def pushed(self, name: str = "paper", private: bool = False, **files: str | bytes) -> Path:
        """A repository on the stand-in with one commit, without tags."""
        repository = self.make(name, private)
        work = self.checkout({"README.md": "# Paper\n", **files}, f"work-{name}")
        self.git("remote", "add", "origin", repository["clone_url"], cwd=work)
        self.git("push", "-q", "origin", "main", cwd=work)
        return work

    def commit(self, work: Path, ref: str = "HEAD") -> str:
        return self.git("rev-parse", ref, cwd=work).stdout.strip()

    def draft(self, tag: str = "v1", title: str = "", **more: Any) -> Any:
        fields = {"tag_name": tag, "name": title, "draft": True, **more}
        told = self.call("POST", f"/repos/{OWNER}/paper/releases", json=fields)
        assert told.status_code == 201, told.text
        return told.json()

    def upload(self, release: Any, name: str, data: bytes, **more: Any) -> Any:
        address = release["upload_url"].partition("{")[0]
        headers = {"content-type": "application/octet-stream", **more.pop("headers", {})}
        query = {"name": name, **more.pop("params", {})}
        return self.call("POST", address, params=query, data=data, headers=headers, **more)
