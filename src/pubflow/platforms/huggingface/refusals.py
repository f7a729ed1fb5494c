"""Every "no" of huggingface_hub and hf_xet, translated once.

Families as measured with huggingface_hub 2.4.0 and hf-xet 1.8.0, 2026-11: HfHubHTTPError for an
answer; httpx2's errors for a connection that broke; the builtin ConnectionError and RuntimeError
for trouble while bytes are sent; ValueError for a card that is not taken, and for an answer that
is not JSON; the others for JSON of another shape. Some of them hold the request with
its token: none is chained or kept.
"""

from __future__ import annotations

import functools
import json
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from typing import ParamSpec, TypeVar

from pubflow.errors import PubflowError, Strange, Transient, Unreached
from pubflow.tokens import redact

NEEDS = "write access to the repositories (and to create them)"
PAGE = "https://huggingface.co/settings/tokens"
HOUR = 3600.0
BY_LFS = "If it stays so, send them by LFS:\n\n    [targets.huggingface]\n    xet = false"

_COMMIT_LIMIT = re.compile(r"repository commits \((\d+) per hour\)")
"""The text of that 429 is the only sign of it: its RateLimit header still shows requests left
(braindecode issue 947, 2026-03)."""
_RESET = re.compile(r"r=0\s*;\s*t=(\d+)")


class Behind(PubflowError):
    """The head is another than the one that was written onto. Read again."""


P = ParamSpec("P")
T = TypeVar("T")


def translated(call: Callable[P, T]) -> Callable[P, T]:
    """A call whose errors are pubflow's own. Raised when nothing is being handled any more, so that
    the foreign error is not even its context."""

    @functools.wraps(call)
    def calling(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return call(*args, **kwargs)
        except PubflowError as own:
            error = own
            error.__context__ = None
        except (
            OSError,
            RuntimeError,
            ValueError,
            LookupError,
            TypeError,
            AttributeError,
        ) as broken:
            error = translate(broken)
        except Exception as broken:
            import httpx2

            if not isinstance(broken, httpx2.HTTPError | httpx2.InvalidURL | httpx2.StreamError):
                raise
            error = translate(broken)
        raise error

    return calling


def translate(broken: Exception) -> PubflowError:
    """The same in three parts. Transient where it may or may not have happened."""
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError

    chain = list(_chain(broken))
    for link in chain:
        if isinstance(link, PubflowError):
            return link
    if any(isinstance(link, ssl.SSLCertVerificationError) for link in chain):
        return PubflowError(
            "The certificate of the Hub could not be trusted.",
            hint="Check the clock and REQUESTS_CA_BUNDLE.",
        )
    for link in chain:
        if isinstance(link, HfHubHTTPError):
            if _is_late(broken, link):
                return Transient(
                    "The address that the Hub gave for the bytes is not valid any more."
                )
            return _answered(link.response.status_code, _words(link), link.response.headers)
    for link in chain:
        if isinstance(link, httpx2.TimeoutException):
            return Transient("The Hub did not answer in time.")
        if isinstance(link, httpx2.ConnectError):
            return Unreached("The Hub could not be reached from this computer.")
        if isinstance(link, httpx2.HTTPError | httpx2.StreamError):
            return Transient(f"The connection to the Hub broke ({type(link).__name__}).")
    if isinstance(broken, json.JSONDecodeError | LookupError | TypeError | AttributeError):
        return Strange(
            "The Hub answered with something that is not its own.",
            why="A proxy or an overloaded server answers so.",
            hint="Check HF_ENDPOINT, or url in [targets.huggingface]. Then run it again.",
        )
    if isinstance(broken, FileNotFoundError | PermissionError | IsADirectoryError):
        return PubflowError(
            f"{broken.filename} cannot be read: {broken.strerror}.",
            hint="Put it back, then run again:\n\n    pubflow release",
        )
    if isinstance(broken, OSError | RuntimeError):
        return Transient(f"Sending to the Hub broke off: {one_line(str(broken))}")
    return PubflowError(
        f"The Hub would not take it: {one_line(str(broken))}",
        hint="If it names README.md, change what it names in publish.toml or in your card.",
    )


def _is_late(broken: Exception, refused: Exception) -> bool:
    """Whether it is the store of the bytes that said no: its addresses are signed for a while, and
    the token never goes there. The library calls all trouble on that way a RuntimeError."""
    response = getattr(refused, "response", None)
    if not isinstance(broken, RuntimeError) or response is None or response.status_code != 403:
        return False
    return response.request.method == "PUT" and "authorization" not in response.request.headers


def _answered(status: int, words: str, headers: Mapping[str, str]) -> PubflowError:
    said = f"The Hub says: {words}" if words else f"It answered {status}."
    permit = f"Make a token at {PAGE} with {NEEDS}, and put it into HF_TOKEN."
    match status:
        case 401:
            renew = "\nOne of `hf auth login` may have ended. This renews it:\n\n    hf auth whoami"
            return PubflowError("The Hub does not accept the token.", why=said, hint=permit + renew)
        case 402:
            return PubflowError("The Hub wants to be paid for this.", why=said)
        case 403 if "storage" in words.lower():
            return PubflowError(
                "The Hub would not store it.",
                why=said,
                hint="Free some space, or ask models@huggingface.co or datasets@huggingface.co for"
                " more, with the size and what it is. Then run again:\n\n    pubflow release",
            )
        case 403:
            return PubflowError("The token may not do this on the Hub.", why=said, hint=permit)
        case 404:
            return Transient("The Hub does not find what was there a moment ago.", why=said)
        case 400 if "lfs pointer" in words.lower():
            return PubflowError(
                "The Hub does not have the bytes that it said it had.",
                why=f"{said} So it is in a repository that was deleted and made again under its"
                " old name (huggingface_hub issue 3829).",
                hint=f"Take another name for it. {BY_LFS}",
            )
        case 409 if "another conflicting operation" in words.lower():
            return Transient("The Hub is making another repository of this owner.", why=said)
        case 409:
            return Transient(
                "Something of that name is on the Hub already.",
                why=said,
                hint="If it stays so, the token cannot see it: give it access, or take another"
                " name.",
            )
        case 412:
            return Transient("Somebody else committed there a moment ago.", why=said)
        case 413:
            return PubflowError("It is too large for one request to the Hub.", why=said)
        case 429:
            return Transient("The Hub asks to wait.", why=said, wait=_wait(words, headers))
        case 408:
            return Transient("The Hub did not answer in time.", why=said)
        case _ if status >= 500:
            what = f"The Hub is busy or broken ({status})."
            return Transient(what, why=said, wait=_wait(words, headers))
        case _:
            return PubflowError(f"The Hub would not take it ({status}).", why=said)


def _wait(words: str, headers: Mapping[str, str]) -> float | None:
    """Seconds that the answer asks for."""
    from pubflow.http import wait_of

    if _COMMIT_LIMIT.search(words):
        return HOUR
    named = {name.lower(): value for name, value in headers.items()}
    if found := _RESET.search(named.get("ratelimit", "")):
        return float(found[1]) + 1
    return wait_of(named)


def _words(error: Exception) -> str:
    """What the server said, in one line and without anything secret."""
    return one_line(str(getattr(error, "server_message", None) or ""))


def one_line(text: str) -> str:
    line = " ".join(redact(re.sub(r"https?://\S+", _bare, text)).split())
    return line if len(line) <= 300 else line[:297] + "..."


def _bare(found: re.Match[str]) -> str:
    """An address without its query: there stand the signatures of presigned uploads."""
    return found[0].partition("?")[0]


def _chain(broken: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = broken
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__
