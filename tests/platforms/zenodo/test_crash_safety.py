"""What a server does when answers are lost and requests repeated, and what pubflow makes of it.

One row for each line of the table "crash-safety semantics" that the platform was built by, and one
for each shape of an error. A row has two tests: that the stand-in does as the real servers do, and
that a release meets it and ends well. `EVENTS` is the table, so that a missing row is seen.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from platforms.zenodo.scene import TOKEN, Scene, run, serving
from rehearsal.zenodo.client import Answer, ask, request
from rehearsal.zenodo.conftest import body

from pubflow.actions import Stage
from pubflow.errors import Blocked, PubflowError, Transient
from pubflow.platform import Problem
from pubflow.rehearsal.body import BodyLost
from pubflow.rehearsal.desk import Answer as Sent
from pubflow.rehearsal.desk import Desk
from pubflow.rehearsal.faults import Cut
from pubflow.rehearsal.wire import Request, Response

EVENTS = (
    "create, answer lost",
    "reserve, lost or repeated",
    "next version, lost or repeated",
    "announce, repeated",
    "content, broken in the middle",
    "content, 200 with errors inside",
    "content, for a file that is complete",
    "commit, lost",
    "commit, 404 after content",
    "commit, 500",
    "metadata, repeated",
    "publish, 504 while it is still at work",
    "publish, 404",
    "publish, 400",
    "discard, repeated",
    "draft of a deleted record",
    "delete right after a commit",
    "error: validation",
    "error: complaints inside a good answer",
    "error: vocabulary",
    "error: permission",
    "error: not found",
    "error: deleted",
    "error: another revision",
    "error: form of the answer",
    "error: form of the content",
    "error: too many requests",
    "error: under review",
    "error: conflict, which is not used",
    "error: from the server",
    "error: from a proxy",
)

Row = Callable[[Scene], None]
SERVER: dict[str, Row] = {}
CLIENT: dict[str, Row] = {}


def server(event: str) -> Callable[[Row], Row]:
    return lambda row: SERVER.setdefault(event, row)


def client(event: str) -> Callable[[Row], Row]:
    return lambda row: CLIENT.setdefault(event, row)


class Gate(Desk):
    """Between pubflow and the stand-in: what is armed happens to the first request it fits."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene.standin, scene.log, scene.faults)
        self.armed: list[tuple[str, str, Callable[[Request], Response | None]]] = []
        self.seen: list[tuple[str, str, int]] = []

    def answer(self, request: Request, target: str) -> Sent:
        for trap in self.armed:
            method, pattern, do = trap
            if request.method == method and re.search(pattern, request.path):
                self.armed.remove(trap)
                if (response := do(request)) is not None:
                    return Sent(response)
                super().answer(request, target)
                raise Cut
        sent = super().answer(request, target)
        self.seen.append((request.method, request.path, sent.response.status))
        return sent


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with serving(tmp_path, lag=1.5, wired=True) as made:
        made.desk = Gate(made)
        yield made


def gate(scene: Scene) -> Gate:
    assert isinstance(scene.desk, Gate)
    return scene.desk


def lost(scene: Scene, method: str, pattern: str) -> None:
    """The answer to the first such request does not arrive, though the server did it."""
    gate(scene).armed.append((method, pattern, lambda request: None))


def says(scene: Scene, method: str, pattern: str, response: Response) -> None:
    """The first such request is answered so, and nothing is done."""
    gate(scene).armed.append((method, pattern, lambda request: response))


def must(scene: Scene, status: int, method: str, path: str, sent: Any = None, **more: str) -> Any:
    answer = said(scene, method, path, sent, **more)
    assert answer.status == status, answer.data[:500]
    return answer.json if answer.data else None


def said(scene: Scene, method: str, path: str, sent: Any = None, **more: str) -> Answer:
    return ask(scene.standin, method, path, sent, token=TOKEN, **more)


def draft(scene: Scene, *files: str, **metadata: Any) -> str:
    number: str = must(scene, 201, "POST", "/api/records", body(**metadata))["id"]
    for key in files:
        must(scene, 201, "POST", f"/api/records/{number}/draft/files", [{"key": key}])
        must(scene, 200, "PUT", f"{entry(number, key)}/content", b"1")
        must(scene, 200, "POST", f"{entry(number, key)}/commit")
    return number


def entry(number: str, key: str = "a") -> str:
    return f"/api/records/{number}/draft/files/{key}"


def publish(number: str) -> str:
    return f"/api/records/{number}/draft/actions/publish"


def published(scene: Scene) -> str:
    number = draft(scene, "a")
    must(scene, 202, "POST", publish(number))
    return number


def ends_with_one(scene: Scene) -> list[tuple[str, str, int]]:
    """A release ends with one record; what was asked for, in order."""
    scene.release(scene.manifest(scene.data({"a.csv": "1,2\n"})))
    assert [record["published"] for record in scene.records()] == [True]
    assert gate(scene).armed == []
    return gate(scene).seen


def refused(scene: Scene, **settings: Any) -> PubflowError:
    with pytest.raises(PubflowError) as caught:
        run(scene.open(scene.manifest(scene.data(), **settings), budget=0.0))
    assert not any(record["published"] for record in scene.records())
    return caught.value


def told(error: PubflowError) -> tuple[Problem, ...]:
    assert isinstance(error, Blocked)
    return error.problems


def test_the_table_is_whole() -> None:
    assert set(SERVER) == set(CLIENT) == set(EVENTS)


@pytest.mark.parametrize("event", EVENTS)
def test_the_stand_in_does_as_the_real_servers_do(scene: Scene, event: str) -> None:
    SERVER[event](scene)


@pytest.mark.parametrize("event", EVENTS)
def test_a_release_that_meets_it_ends_well(scene: Scene, event: str) -> None:
    CLIENT[event](scene)


@server("create, answer lost")
def _(scene: Scene) -> None:
    assert draft(scene) != draft(scene)


@client("create, answer lost")
def _(scene: Scene) -> None:
    lost(scene, "POST", r"/records$")
    asked = ends_with_one(scene)
    assert sum(a[:2] == ("POST", "/api/records") for a in asked) == 0


@server("reserve, lost or repeated")
def _(scene: Scene) -> None:
    path = f"/api/records/{draft(scene)}/draft/pids/doi"
    must(scene, 201, "POST", path)
    [fault] = must(scene, 400, "POST", path)["errors"]
    assert fault == {"field": "pids.doi", "messages": ["A PID already exists for type doi"]}


@client("reserve, lost or repeated")
def _(scene: Scene) -> None:
    lost(scene, "POST", "/pids/doi$")
    ends_with_one(scene)


@server("next version, lost or repeated")
def _(scene: Scene) -> None:
    path = f"/api/records/{published(scene)}/versions"
    assert must(scene, 201, "POST", path)["id"] == must(scene, 201, "POST", path)["id"]


@client("next version, lost or repeated")
def _(scene: Scene) -> None:
    ends_with_one(scene)
    scene.clock.sleep(60)
    lost(scene, "POST", "/versions$")
    scene.release(scene.manifest(scene.data({"a.csv": "9"}), version="2.0"))
    assert [record["published"] for record in scene.records()] == [True, True]
    assert len({record["concept"] for record in scene.records()}) == 1


@server("announce, repeated")
def _(scene: Scene) -> None:
    files = f"/api/records/{draft(scene)}/draft/files"
    must(scene, 201, "POST", files, [{"key": "a"}])
    assert must(scene, 400, "POST", files, [{"key": "a"}])["message"] == (
        "File with key a already exists."
    )


@client("announce, repeated")
def _(scene: Scene) -> None:
    lost(scene, "POST", "/draft/files$")
    ends_with_one(scene)


@server("content, broken in the middle")
def _(scene: Scene) -> None:
    for drops, status in ((False, 200), (True, 404)):
        scene.standin.set(drops_broken=drops)
        number = draft(scene)
        must(scene, 201, "POST", f"/api/records/{number}/draft/files", [{"key": "a"}])
        broken = request("PUT", f"{entry(number)}/content", b"", octets())
        broken.body = Breaking()
        with pytest.raises(BodyLost):
            scene.standin.handle(broken)
        must(scene, status, "GET", entry(number))


def octets() -> dict[str, str]:
    return {
        "content-type": "application/octet-stream",
        "content-length": "9",
        "authorization": f"Bearer {TOKEN}",
    }


class Breaking(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        raise BodyLost("the client closed the connection")


@client("content, broken in the middle")
def _(scene: Scene) -> None:
    def breaks(request: Request) -> Response:
        request.body = Breaking()
        with pytest.raises(BodyLost):
            scene.standin.handle(request)
        raise Cut

    for drops in (False, True):
        scene.standin.reset()
        scene.forget()
        scene.standin.set(drops_broken=drops)
        gate(scene).armed.append(("PUT", "/content$", breaks))
        ends_with_one(scene)


@server("content, 200 with errors inside")
def _(scene: Scene) -> None:
    number = draft(scene, "a")
    answer = must(scene, 200, "PUT", f"{entry(number)}/content", b"2")
    assert answer["errors"] == "File upload transfer failed."


@client("content, 200 with errors inside")
def _(scene: Scene) -> None:
    failed = Response.of({"key": "a.csv", "errors": "File upload transfer failed."})
    says(scene, "PUT", "/content$", failed)
    ends_with_one(scene)


@server("content, for a file that is complete")
def _(scene: Scene) -> None:
    number = draft(scene, "a")
    must(scene, 200, "PUT", f"{entry(number)}/content", b"2")
    must(scene, 404, "GET", entry(number))


@client("content, for a file that is complete")
def _(scene: Scene) -> None:
    """However often a run is cut after a commit, its file is not sent again."""
    lost(scene, "POST", "/commit$")
    asked = ends_with_one(scene)
    assert sum(method == "PUT" and "/content" in path for method, path, _ in asked) == 1


@server("commit, lost")
def _(scene: Scene) -> None:
    number = draft(scene, "a")
    assert must(scene, 200, "POST", f"{entry(number)}/commit")["status"] == "completed"


@client("commit, lost")
def _(scene: Scene) -> None:
    lost(scene, "POST", "/commit$")
    ends_with_one(scene)


@server("commit, 404 after content")
def _(scene: Scene) -> None:
    number = draft(scene, "a")
    must(scene, 204, "DELETE", entry(number))
    must(scene, 404, "POST", f"{entry(number)}/commit")


@client("commit, 404 after content")
def _(scene: Scene) -> None:
    """The server lost the entry after it took the content: it is sent again."""

    def loses(request: Request) -> Response:
        scene.standin.handle(replaced(request, "DELETE", request.path.removesuffix("/commit")))
        return scene.standin.handle(request)

    gate(scene).armed.append(("POST", "/commit$", loses))
    ends_with_one(scene)


def replaced(asked: Request, method: str, path: str) -> Request:
    return request(method, path, b"", {**asked.headers, "accept": "application/json"})


@server("commit, 500")
def _(scene: Scene) -> None:
    number = draft(scene)
    must(scene, 201, "POST", f"/api/records/{number}/draft/files", [{"key": "a"}])
    must(scene, 500, "POST", f"{entry(number)}/commit")


@client("commit, 500")
def _(scene: Scene) -> None:
    says(scene, "POST", "/commit$", Response.of({"status": 500, "message": "x"}, 500))
    ends_with_one(scene)


@server("metadata, repeated")
def _(scene: Scene) -> None:
    path = f"/api/records/{draft(scene)}/draft"
    first, again = (must(scene, 200, "PUT", path, body())["metadata"] for _ in range(2))
    assert first == again


@client("metadata, repeated")
def _(scene: Scene) -> None:
    lost(scene, "PUT", "/draft$")
    ends_with_one(scene)


@server("publish, 504 while it is still at work")
def _(scene: Scene) -> None:
    scene.standin.set(publishing=30.0)
    number = draft(scene, "a")
    assert said(scene, "POST", publish(number)).status == 504
    must(scene, 404, "GET", f"/api/records/{number}")
    must(scene, 500, "POST", publish(number))
    scene.clock.sleep(31)
    assert must(scene, 200, "GET", f"/api/records/{number}")["is_published"]
    must(scene, 404, "POST", publish(number))


@client("publish, 504 while it is still at work")
def _(scene: Scene) -> None:
    """On a host that is not this computer, a minute passes before it would be asked for again."""
    scene.url = "https://rdm.example"
    scene.standin.set(publishing=45.0)
    scene.release(scene.manifest(scene.data({"a.csv": "1,2\n"})))
    assert [record["published"] for record in scene.records()] == [True]
    asked = [status for method, path, status in gate(scene).seen if path.endswith("/publish")]
    assert asked == [504]
    scene.release(scene.manifest(scene.data({"a.csv": "1,2\n"}, description="An edit.")))
    asked = [status for method, path, status in gate(scene).seen if path.endswith("/publish")]
    assert asked == [504, 504]


@server("publish, 404")
def _(scene: Scene) -> None:
    must(scene, 404, "POST", publish(published(scene)))
    must(scene, 404, "POST", publish("999999"))


@client("publish, 404")
def _(scene: Scene) -> None:
    """Somebody else was faster, in the browser."""

    def published_meanwhile(request: Request) -> Response:
        scene.standin.handle(request)
        return scene.standin.handle(request)

    gate(scene).armed.append(("POST", "/publish$", published_meanwhile))
    asked = ends_with_one(scene)
    assert not any(path.endswith("/publish") for _, path, _ in asked)


@server("publish, 400")
def _(scene: Scene) -> None:
    number = draft(scene, "a", title="")
    [fault] = must(scene, 400, "POST", publish(number))["errors"]
    assert fault["field"] == "metadata.title"
    must(scene, 200, "GET", f"/api/records/{number}/draft")


@client("publish, 400")
def _(scene: Scene) -> None:
    fault = {"field": "metadata.title", "messages": ["Odd."]}
    no = {"status": 400, "message": "A validation error occurred.", "errors": [fault]}
    says(scene, "POST", "/publish$", Response.of(no, 400))
    error = refused(scene)
    assert "the title: Odd" in error.why
    assert not any(path.endswith("/publish") for _, path, _ in gate(scene).seen)


@server("discard, repeated")
def _(scene: Scene) -> None:
    path = f"/api/records/{draft(scene)}/draft"
    must(scene, 204, "DELETE", path)
    must(scene, 404, "DELETE", path)


@client("discard, repeated")
def _(scene: Scene) -> None:
    manifest = scene.manifest(scene.data())
    scene.release(manifest, until=Stage.UPLOAD)
    world, seen = scene.open(manifest), scene.plan(manifest)
    [target] = manifest.targets
    state = seen.states[target.name]
    [action] = world.platforms["zenodo"].undo(target, state)
    for _ in range(2):
        world.platforms["zenodo"].apply(action, target, state, seen.plan.links, lambda *_: None)
    assert scene.records() == []


@server("draft of a deleted record")
def _(scene: Scene) -> None:
    number = published(scene)
    path = f"/api/records/{number}"
    must(scene, 200, "POST", f"{path}/request-deletion", {"reason": "duplicate"})
    gone = must(scene, 410, "POST", f"{path}/draft")
    assert gone["tombstone"]["removal_reason"] == {"id": "duplicate"}


@client("draft of a deleted record")
def _(scene: Scene) -> None:
    scene.registers = {}
    manifest = scene.manifest(scene.data())
    scene.release(manifest)
    number = scene.records()[0]["id"]
    must(scene, 200, "POST", f"/api/records/{number}/request-deletion", {"reason": "duplicate"})
    with pytest.raises(Blocked) as caught:
        scene.release(manifest)
    assert "published and then deleted" in caught.value.problems[0].what
    assert scene.records() == []


@server("delete right after a commit")
def _(scene: Scene) -> None:
    scene.standin.set(racy=True)
    number = draft(scene, "a")
    must(scene, 500, "DELETE", entry(number))
    must(scene, 204, "DELETE", entry(number))
    again = draft(scene, "a")
    scene.clock.sleep(0.03)
    must(scene, 204, "DELETE", entry(again))


@client("delete right after a commit")
def _(scene: Scene) -> None:
    """What arrived damaged is deleted at once, which the server is not ready for."""

    def damages(request: Request) -> Response:
        request.body = io.BytesIO(b"x" * int(request.headers["content-length"]))
        return scene.standin.handle(request)

    scene.standin.set(racy=True)
    gate(scene).armed.append(("PUT", "/content$", damages))
    asked = ends_with_one(scene)
    assert ("DELETE", 500) in {(method, status) for method, _, status in asked}


@server("error: validation")
def _(scene: Scene) -> None:
    answer = must(scene, 400, "POST", publish(draft(scene)))
    assert answer["message"] == "A validation error occurred."
    assert set(answer["errors"][0]) == {"field", "messages"}


@client("error: validation")
def _(scene: Scene) -> None:
    CLIENT["publish, 400"](scene)


@server("error: complaints inside a good answer")
def _(scene: Scene) -> None:
    answer = must(scene, 201, "POST", "/api/records", body(title="x"))
    assert [fault["field"] for fault in answer["errors"]] == ["metadata.title"]


@client("error: complaints inside a good answer")
def _(scene: Scene) -> None:
    error = refused(scene, publisher="  ")
    assert "the publisher" in error.why
    assert scene.records() == []


@server("error: vocabulary")
def _(scene: Scene) -> None:
    answer = must(scene, 400, "POST", "/api/records", body(rights=[{"id": "cc-x"}]))
    assert answer == {"status": 400, "message": "Invalid value cc-x."}


@client("error: vocabulary")
def _(scene: Scene) -> None:
    """What an instance does not know is asked for beforehand: only a change meanwhile meets it."""
    says(
        scene, "POST", "/records$", Response.of({"status": 400, "message": "Invalid value x."}, 400)
    )
    assert "Invalid value x." in refused(scene).why


def test_a_refused_save_leaves_no_edit_and_no_draft_of_a_next_version(scene: Scene) -> None:
    ends_with_one(scene)
    [record] = scene.records()
    edited = scene.manifest(scene.data({"a.csv": "1,2\n"}, description="New."))
    newer = scene.manifest(scene.data({"a.csv": "3"}), version="2.0")

    for manifest in (edited, newer):
        scene.clock.sleep(60)
        no = Response.of({"status": 400, "message": "Invalid value x."}, 400)
        says(scene, "PUT", "/draft$", no)
        with pytest.raises(PubflowError, match="does not know the word x"):
            run(scene.open(manifest, budget=0.0))

    assert scene.records() == [record]
    must(scene, 404, "GET", f"/api/records/{record['id']}/draft")


@server("error: permission")
def _(scene: Scene) -> None:
    answer = ask(scene.standin, "POST", "/api/records", body(), token=None)
    assert (answer.status, answer.json["message"]) == (403, "Permission denied.")
    assert ask(scene.standin, "GET", "/api/user/records", token="wrong").status == 403


@client("error: permission")
def _(scene: Scene) -> None:
    scene.token = "W" * 60
    assert "permission denied" in refused(scene).what


@server("error: not found")
def _(scene: Scene) -> None:
    assert must(scene, 404, "GET", "/api/records/1")["message"] == (
        "The persistent identifier does not exist."
    )
    assert must(scene, 404, "GET", f"/api/records/{draft(scene)}")["message"] == (
        "The persistent identifier is not registered."
    )


@client("error: not found")
def _(scene: Scene) -> None:
    scene.registers = {}
    manifest = scene.manifest(scene.data())
    scene.release(manifest, until=Stage.UPLOAD)
    [record] = scene.records()
    must(scene, 204, "DELETE", f"/api/records/{record['id']}/draft")
    scene.release(manifest)
    assert [r["published"] for r in scene.records()] == [True]


@server("error: deleted")
def _(scene: Scene) -> None:
    SERVER["draft of a deleted record"](scene)


@client("error: deleted")
def _(scene: Scene) -> None:
    CLIENT["draft of a deleted record"](scene)


@server("error: another revision")
def _(scene: Scene) -> None:
    path = f"/api/records/{draft(scene)}/draft"
    must(scene, 412, "PUT", path, body(), if_match="99")
    must(scene, 400, "PUT", path, body(), if_match='"5"')


@client("error: another revision")
def _(scene: Scene) -> None:
    """Not asked for: what a person wrote meanwhile is merged, or stops the plan."""
    assert 412 not in {status for _, _, status in ends_with_one(scene)}


@server("error: form of the answer")
def _(scene: Scene) -> None:
    number = published(scene)
    native = "application/vnd.inveniordm.v1+json"
    must(scene, 406, "GET", f"/api/records/{number}/files", accept=native)
    plain = must(scene, 200, "GET", f"/api/records/{number}", accept="application/json")
    assert "pids" not in plain


@client("error: form of the answer")
def _(scene: Scene) -> None:
    assert 406 not in {status for _, _, status in ends_with_one(scene)}


@server("error: form of the content")
def _(scene: Scene) -> None:
    number = draft(scene)
    must(scene, 201, "POST", f"/api/records/{number}/draft/files", [{"key": "a"}])
    must(scene, 415, "PUT", f"{entry(number)}/content", b"1", content_type="text/csv")


@client("error: form of the content")
def _(scene: Scene) -> None:
    assert 415 not in {status for _, _, status in ends_with_one(scene)}


def busy(seconds: str) -> Response:
    """As Zenodo's limiter says it (observed 2026-11-20)."""
    return Response.of({"message": "30 per 1 minute", "status": 429}, 429, retry_after=seconds)


@server("error: too many requests")
def _(scene: Scene) -> None:
    """The stand-in limits nobody; it tells the limit on every answer, and a fault says no."""
    answer = said(scene, "GET", "/api/records")
    assert {"x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"} <= set(answer.headers)
    scene.faults.add([{"platform": "zenodo", "at": 1, "kind": "429"}])
    asked = request("GET", "/api/records")
    assert gate(scene).answer(asked, "/api/records").response.status == 429


@client("error: too many requests")
def _(scene: Scene) -> None:
    before = scene.clock.now
    says(scene, "POST", "/records$", busy("7"))
    ends_with_one(scene)
    assert scene.clock.now - before >= 7


@server("error: under review")
def _(scene: Scene) -> None:
    number = draft(scene, "a")
    path = f"/api/records/{number}/draft"
    community = must(scene, 200, "GET", "/api/communities/lab")["id"]
    wish = {"receiver": {"community": community}, "type": "community-submission"}
    must(scene, 200, "PUT", f"{path}/review", wish)
    assert "cancel the review" in must(scene, 400, "POST", publish(number))["message"]
    assert "cancel the review" in must(scene, 400, "DELETE", path)["message"]


@client("error: under review")
def _(scene: Scene) -> None:
    """Somebody handed the draft to a community's curators by hand."""
    manifest = scene.manifest(scene.data())
    scene.release(manifest, until=Stage.UPLOAD)
    [record] = scene.records()
    wish = {"receiver": {"community": "1"}, "type": "community-submission"}
    must(scene, 200, "PUT", f"/api/records/{record['id']}/draft/review", wish)
    before = scene.changes()
    [problem] = told(refused(scene))
    assert "handed to a community for review" in problem.what
    assert "nobody else can publish" in problem.why
    assert "Cancel the review" in problem.hint
    assert scene.changes() == before


@server("error: conflict, which is not used")
def _(scene: Scene) -> None:
    number = published(scene)
    tried = [said(scene, "POST", f"/api/records/{number}/{what}") for what in ("draft", "versions")]
    assert [answer.status for answer in tried] == [201, 201]


@client("error: conflict, which is not used")
def _(scene: Scene) -> None:
    assert 409 not in {status for _, _, status in ends_with_one(scene)}


@server("error: from the server")
def _(scene: Scene) -> None:
    number = draft(scene)
    must(scene, 201, "POST", f"/api/records/{number}/draft/files", [{"key": "a"}])
    answer = must(scene, 500, "POST", f"{entry(number)}/commit")
    assert (answer["status"], "internal error" in answer["message"]) == (500, True)
    must(scene, 500, "PUT", f"/api/records/{number}/draft", [1])


@client("error: from the server")
def _(scene: Scene) -> None:
    """zenodo-rdm#1440: for hours, for one record. The tries end, and its number is told."""
    ends_with_one(scene)
    scene.clock.sleep(60)
    no = json.dumps({"status": 500, "message": "Internal."}).encode()
    told = Response(500, no, {"content-type": "application/json", "x-request-id": "abc123"})
    gate(scene).armed += [("POST", "/versions$", lambda request: told)] * 99
    manifest = scene.manifest(scene.data({"a.csv": "9"}), version="2.0")
    with pytest.raises(Transient) as caught:
        run(scene.open(manifest, budget=60.0))
    assert "(request abc123)" in caught.value.why
    assert len(gate(scene).armed) > 80
    gate(scene).armed.clear()
    scene.release(manifest)
    assert len(scene.records()) == 2


@server("error: from a proxy")
def _(scene: Scene) -> None:
    scene.standin.set(publishing=5.0)
    answer = said(scene, "POST", publish(draft(scene, "a")))
    assert answer.status == 504
    assert answer.headers["content-type"].startswith("text/html")


@client("error: from a proxy")
def _(scene: Scene) -> None:
    page = b"<html><head><title>502 Bad Gateway</title></head></html>"
    for method, pattern in (("POST", r"/records$"), ("PUT", "/draft$"), ("GET", "/draft$")):
        says(scene, method, pattern, Response(502, page, {"content-type": "text/html"}))
    ends_with_one(scene)
