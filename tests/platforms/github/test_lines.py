"""The connections on which the library's requests go out."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import github
import pytest
from platforms.github.listener import Listener, listening

from pubflow.errors import PubflowError, Transient
from pubflow.platforms.github.client import Client
from pubflow.tokens import Secret

TOKEN = "gh" + "p_" + "l" * 36


def one_release(listener: Listener, path: str) -> tuple[int, Mapping[str, str], bytes]:
    body = b'{"id": 1, "tag_name": "v1", "draft": true, "prerelease": false}'
    return (404, {}, b'{"message": "Not Found"}') if path == "/user" else (201, {}, body)


def test_all_requests_of_a_run_share_one_connection_whatever_the_answers() -> None:
    with listening(one_release) as there:
        client = Client(there.url, there.url, Secret(TOKEN))
        for _ in range(3):
            assert client.login() == ""
            client.create_draft("o/r", tag="v1", title="v1", body="", prerelease=False)
            client.edit_body("o/r", 1, "notes")

        assert (len(there.asked), there.connections) == (9, 1)


def test_a_connection_that_the_server_closed_meanwhile_is_made_anew() -> None:
    def closes(listener: Listener, path: str) -> tuple[int, Mapping[str, str], bytes]:
        status, _, body = one_release(listener, path)
        return status, {"Connection": "close"} if listener.connections == 1 else {}, body

    with listening(closes) as there:
        client = Client(there.url, there.url, Secret(TOKEN))
        for _ in range(3):
            client.edit_body("o/r", 1, "notes")

        assert (len(there.asked), there.connections) == (3, 2)


def test_each_of_many_threads_gets_the_answer_to_its_own_question() -> None:
    def its_own(listener: Listener, path: str) -> tuple[int, Mapping[str, str], bytes]:
        number = path.partition("?")[0].split("/")[5].encode()
        release = b'{"id": %s, "tag_name": "v1", "draft": true, "prerelease": false}' % number
        return 200, {}, b"[]" if "/assets" in path else release

    with listening(its_own) as there, ThreadPoolExecutor(8) as threads:
        client = Client(there.url, there.url, Secret(TOKEN))
        numbers = range(1, 200)
        answers = list(threads.map(lambda number: client.release("o/r", number), numbers))

    assert [answer.id for answer in answers if answer] == list(numbers)
    assert there.connections <= 10


def test_a_change_on_a_kept_connection_that_breaks_is_not_sent_again() -> None:
    def breaks(listener: Listener, path: str) -> tuple[int, Mapping[str, str], bytes]:
        if len(listener.asked) == 2:
            raise ConnectionAbortedError  # The connection ends without an answer.
        return one_release(listener, path)

    with listening(breaks) as there:
        client = Client(there.url, there.url, Secret(TOKEN))
        client.login()

        with pytest.raises(Transient):
            client.edit_body("o/r", 1, "notes")
        client.edit_body("o/r", 1, "notes")

        assert (len(there.asked), there.connections) == (3, 2)


def test_who_else_uses_the_library_keeps_what_it_brings() -> None:
    with listening(one_release) as there:
        Client(there.url, there.url, Secret(TOKEN)).login()
        theirs = github.Github(base_url=there.url, retry=None).requester

        answers = [theirs.requestJson("GET", "/user")[0] for _ in range(2)]
        [adapter] = {type(a) for a in _connection(theirs).session.adapters.values()}

        assert answers == [404, 404]
        assert adapter.__module__ == "requests.adapters"


def test_no_token_is_sent_readable_over_a_network() -> None:
    client = Client("http://github.lab.example/api/v3", "https://github.com", Secret(TOKEN))

    with pytest.raises(PubflowError, match="is not https") as refused:
        client.login()

    assert TOKEN not in str(refused.value)


def _connection(requester: object) -> github.Requester.HTTPRequestsConnectionClass:
    found = getattr(requester, "_Requester__connection")  # noqa: B009
    assert isinstance(found, github.Requester.HTTPRequestsConnectionClass)
    return found


def test_a_change_that_is_answered_with_a_redirect_is_not_sent_there() -> None:
    def moved(listener: Listener, path: str) -> tuple[int, Mapping[str, str], bytes]:
        return 301, {"Location": f"{listener.url}/repositories/7/releases"}, b""

    with listening(moved) as there:
        client = Client(there.url, there.url, Secret(TOKEN))

        for change in (
            lambda: client.create_draft("o/r", tag="v1", title="v1", body="", prerelease=False),
            lambda: client.edit_body("o/r", 1, "notes"),
            lambda: client.releases("o/r"),  # Only the first look follows a rename.
        ):
            with pytest.raises(PubflowError, match="a redirect"):
                change()

        assert [line.split()[0] for line in there.asked] == ["POST", "PATCH", "GET"]


def test_a_renamed_repository_is_followed_below_the_api_and_nowhere_else() -> None:
    places: list[str] = []

    def moved(listener: Listener, path: str) -> tuple[int, Mapping[str, str], bytes]:
        if path == "/api/v3/repos/o/old":
            return 301, {"Location": places[-1].format(listener.url)}, b""
        body = b'{"id": 7, "full_name": "o/new", "private": false}'
        return (200, {}, body) if path == "/api/v3/repositories/7" else (404, {}, b"{}")

    with listening(moved) as there:
        client = Client(f"{there.url}/api/v3", there.url, Secret(TOKEN))

        for place in ("{}/api/v3/repositories/7", "/api/v3/repositories/7"):
            places.append(place)
            found = client.repository("o/old")
            assert found is not None
            assert found.name == "o/new"
        places.append("/api/v3/repositories/8")
        with pytest.raises(PubflowError, match="may not see where it is now"):
            client.repository("o/old")
        before = len(there.asked)
        for place in ("https://elsewhere.example/api/v3/repositories/7", "{}/other", ""):
            places.append(place)
            with pytest.raises(PubflowError, match="pointed to another address"):
                client.repository("o/old")
        assert len(there.asked) == before + 3


def test_an_answer_without_a_word_is_not_taken_for_one() -> None:
    with listening(lambda listener, path: (200, {}, b"")) as there:
        client = Client(there.url, there.url, Secret(TOKEN))

        with pytest.raises(Transient, match="not JSON"):
            client.repository("o/r")
