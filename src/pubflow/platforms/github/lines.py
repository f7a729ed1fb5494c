"""The library's connections: kept between requests, with an end to every wait.

PyGithub 2.10 reads by requests, whose timeout counts from each byte: a server that sends one a
second would hold us for ever. Given connection classes, it makes a connection for each request.
"""

from __future__ import annotations

from typing import Any

import github
import requests
from github.Requester import (
    HTTPRequestsConnectionClass,
    HTTPSRequestsConnectionClass,
    Requester,
)

from pubflow.http import Session, Whole
from pubflow.platforms.github.answers import MOVED


def requester(**settings: Any) -> Requester:
    """What PyGithub sends requests with, made with its own `settings`. One request at a time: it
    keeps what is asked and the answer in one place.

    Raises PubflowError where the token would go readable over the network.
    """
    Session(settings["base_url"])  # Refuses plain http.
    session = requests.Session()
    session.auth = Requester.noopAuth  # Else it would look into .netrc.
    session.mount("https://", Whole(max_retries=0))
    session.mount("http://", Whole(max_retries=0))

    class Kept:
        """A connection on the session that all have in common."""

        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            self.session = session

        def getresponse(self) -> Any:
            got = super().getresponse()  # type: ignore[misc]
            if got.status == 301:
                named = got.headers.items()
                got.headers = {MOVED if k.lower() == "location" else k: v for k, v in named}
            return got

        def close(self) -> None:
            """The session stays for the next one."""

    class Near(Kept, HTTPRequestsConnectionClass):
        pass

    class Far(Kept, HTTPSRequestsConnectionClass):
        pass

    class Ours(Requester):
        """Of its own, so that who else uses PyGithub in this process keeps its connections."""

    Ours.injectConnectionClasses(Near, Far)
    return Ours(**github.Github(**settings).requester.kwargs)
