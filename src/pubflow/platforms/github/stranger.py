"""Looking as a stranger would: no token, no cookies, by the addresses that people are given."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

import requests

from pubflow.errors import Transient
from pubflow.http import BLOCK, PATIENT, USER_AGENT, is_loopback
from pubflow.manifest import File, Target
from pubflow.platform import Problem
from pubflow.platforms.github import texts


def verify(target: Target, *, api_url: str, server: str) -> Iterator[Problem]:
    """Page, tag, release and every asset's bytes; a Problem for each that is not right."""
    name, tag = texts.repository_name(target), target.release.tag
    problem = partial(Problem, target.name)
    page = f"{server}/{name}"
    if target.settings.get("visibility") == "private":
        yield problem(f"{page} is not readable by a stranger, as intended.", severity="note")
        return
    with _session(server) as session:
        for url in (page, f"{page}/tree/{quote(tag)}", f"{page}/releases/tag/{quote(tag)}"):
            status = _get(session, url).status_code
            if status != 200:
                yield problem(f"{url} answers {status} to a stranger.", "Readers cannot open it.")
        answer = _get(session, f"{api_url}/repos/{name}/git/ref/tags/{quote(tag)}")
        if answer.status_code == 200 and target.revision is not None:
            found = answer.json()["object"]["sha"]
            expected = target.revision.tag or target.revision.commit
            if found != expected:
                yield problem(f"The tag {tag} is {found[:10]}, not {expected[:10]}.")
        answer = _get(session, f"{api_url}/repos/{name}/releases/tags/{quote(tag)}")
        if answer.status_code != 200:
            yield problem(f"There is no public release {tag}.")
            return
        assets = {asset["name"]: asset for asset in answer.json()["assets"]}
        for file in target.files:
            if not file.promised:
                yield from _asset(session, target, file, assets.get(file.name))


def _asset(
    session: requests.Session, target: Target, file: File, asset: dict[str, Any] | None
) -> Iterator[Problem]:
    if asset is None:
        yield Problem(target.name, f"{file.name} is not in the release.")
        return
    digest, size = hashlib.sha256(), 0
    url = asset["browser_download_url"]
    with _get(session, url, stream=True) as answer:
        for block in answer.iter_content(BLOCK):
            digest.update(block)
            size += len(block)
    if answer.status_code != 200:
        yield Problem(target.name, f"{url} answers {answer.status_code} to a stranger.")
    elif (digest.hexdigest(), size) != (file.sha256, file.size):
        yield Problem(
            target.name,
            f"{file.name} arrives with {size} bytes and sha256 {digest.hexdigest()[:12]}...",
            f"It should have {file.size} bytes and sha256 {file.sha256[:12]}...",
        )


def _session(server: str) -> requests.Session:
    session = requests.Session()
    session.headers["User-Agent"] = USER_AGENT
    # Proxies as the environment says, but nothing of .netrc: a stranger has no password.
    session.trust_env = not is_loopback(server.partition("://")[2].partition(":")[0])
    session.auth = lambda request: request
    return session


def _get(session: requests.Session, url: str, *, stream: bool = False) -> requests.Response:
    try:
        return session.get(url, timeout=PATIENT, stream=stream)
    except requests.RequestException as broken:
        raise Transient(f"{url} could not be read ({type(broken).__name__}).") from None
