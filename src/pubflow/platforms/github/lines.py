"""The library's connections, with an end to every wait.

PyGithub 2.10 reads by requests, whose timeout counts from each byte: a server that sends one a
second would hold us for ever.
"""

from __future__ import annotations

from typing import Any

import github
from github.Requester import (
    HTTPRequestsConnectionClass,
    HTTPSRequestsConnectionClass,
    Requester,
)

from pubflow.http import Whole


class _Far(HTTPSRequestsConnectionClass):
    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.session.mount("https://", Whole(max_retries=0))


class _Near(HTTPRequestsConnectionClass):
    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.session.mount("http://", Whole(max_retries=0))


class _Ours(Requester):
    """Of its own, so that who else uses PyGithub in this process keeps its connections."""


_Ours.injectConnectionClasses(_Near, _Far)


def requester(**settings: Any) -> Requester:
    """What PyGithub sends requests with, made with its own `settings`."""
    return _Ours(**github.Github(**settings).requester.kwargs)
