"""Large files by xet, with hf_xet as huggingface_hub calls it, but watched.

The library alone tells nothing while it sends, and hf_xet 1.8.0 waits without end for a server that
sends a byte now and then, and for one that looks through what it was sent.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from huggingface_hub.utils._xet import (
    XetTokenType,
    xet_connection_info_refresh_url,
    xet_headers_without_auth,
)

from pubflow.errors import PubflowError, Transient
from pubflow.platforms.huggingface.library import is_near
from pubflow.platforms.huggingface.refusals import BY_LFS, NEEDS, PAGE, one_line
from pubflow.platforms.huggingface.send import Sending

_NO = re.compile(r"client error \((401|403|404) .*/xet-write-token/")
BLOCK = 2**20
"""Bytes given to hf_xet at a time. Where it reads itself it keeps more, and is no faster: 1 GiB at
375 MiB of memory for 280, 150 files of 5 MiB at 600 for 320 (hf-xet 1.8.0, two cores, 2026-11)."""
AT_ONCE = "HF_XET_CLIENT_AC_MAX_UPLOAD_CONCURRENCY"
"""How many blocks of 64 MiB are under way, each in memory until it has arrived. By itself hf_xet
goes up to 64: 1 GiB over a line of 60 MB/s needed 1,020 MiB, over one of 200 MB/s 750 where two at
once need 300, in the same time (1.8.0, 2026-11). A store on this computer keeps each twice. A
person's own word in the environment holds."""
LONGER = 5
"""Times the silence that is borne elsewhere: a server that checks what it got says nothing."""


def send(
    files: Sequence[Sending],
    *,
    endpoint: str,
    repo: str,
    kind: str,
    headers: Mapping[str, str],
    silence: float,
) -> None:
    """Send the bytes of all of them. Raises Transient where that broke off, or where nothing moves
    for `LONGER` times `silence` seconds."""
    import hf_xet  # type: ignore[import-untyped]

    address = xet_connection_info_refresh_url(
        token_type=XetTokenType.WRITE,
        repo_id=repo,
        repo_type=kind,
        revision="main",
        endpoint=endpoint,
    )
    config = hf_xet.XetConfig()
    if AT_ONCE not in os.environ:
        most = 1 if is_near(endpoint) else 2
        config = config.with_config("client.ac_max_upload_concurrency", most)
    session = hf_xet.XetSession(config)
    watch = _Watch(session, files, silence * LONGER)
    try:
        with (
            watch,
            session.new_upload_commit(
                token_refresh_url=address,
                token_refresh_headers=dict(headers),
                custom_headers=xet_headers_without_auth(dict(headers)),
                progress_callback=watch.told,
            ) as commit,
        ):
            for file in files:
                name, digest = str(file.path_or_fileobj), file.upload_info.sha256.hex()
                with (
                    file.as_file() as opened,
                    commit.start_upload_stream(name=name, sha256=digest) as stream,
                ):
                    while block := opened.read(BLOCK):
                        stream.write(block)
    except (ConnectionError, RuntimeError) as broken:
        error = _refused(str(broken))
    else:
        for file in files:
            file._is_uploaded = True
        return
    raise error


def _refused(said: str) -> PubflowError:
    """What hf_xet says is one text; the Hub's own no to a token for the bytes is final."""
    status = _NO.search(said)
    if status and status[1] in ("401", "403"):
        return PubflowError(
            f"The Hub does not let this token send bytes by xet ({status[1]}).",
            why="It may not write there.",
            hint=f"Make a token at {PAGE} with {NEEDS}, and put it into HF_TOKEN.",
        )
    if status:
        return PubflowError("This Hub takes no bytes by xet (404).", hint=BY_LFS)
    return Transient(f"Sending to the Hub by xet broke off: {one_line(said)}", hint=BY_LFS)


class _Watch:
    """Passes on what was sent, and ends a session in which nothing is sent any more."""

    def __init__(self, session: Any, files: Sequence[Sending], seconds: float) -> None:
        self._session = session
        self._files = {str(file.path_or_fileobj): file for file in files}
        self._seconds = seconds
        self._seen: tuple[int, ...] = ()
        self._over = threading.Event()
        self._ended = False

    def told(self, total: Any, items: Mapping[Any, Any]) -> None:
        """hf_xet's own report, ten times a second; from one of its threads."""
        shard = total.shard
        self._seen = (
            total.total_bytes_completed,
            total.total_transfer_bytes_completed,
            shard.total_shard_bytes_upload_completed if shard else 0,
            shard.total_shard_validation_entries_completed if shard else 0,
        )
        for item in items.values():
            if file := self._files.get(item.item_name):
                file.sent(item.bytes_completed)

    def __enter__(self) -> _Watch:
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._over.set()
        if self._ended:
            raise Transient("The Hub did not answer in time.") from None

    def _watch(self) -> None:
        before: tuple[int, ...] | None = None
        while not self._over.wait(self._seconds):
            if self._seen == before or not self._seen:
                self._ended = True
                self._session.sigint_abort()
                return
            before = self._seen
