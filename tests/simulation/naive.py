"""The ordinary script: what a competent person writes to release a paper, on the same faults.

It goes in pubflow's own order (reserve, upload, publish; the DOIs last), writes the links into
every page, writes down what it has done, skips what its notes say is done, looks whether a
repository or a tag is there before making it, and sends again after a time-out or a 5xx as HTTP
libraries do by default. It lacks what scripts lack: no note before a request, no look after an
unclear answer, no claim, no comparison of what arrived.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pubflow.errors import PubflowError
from pubflow.links import Link, Links
from pubflow.manifest import Manifest, Target
from pubflow.platforms.github import texts
from pubflow.platforms.github.push import Update
from pubflow.platforms.huggingface.look import signature
from pubflow.platforms.huggingface.state import kind_of, page, wanted_name
from pubflow.platforms.zenodo.api import Missing
from pubflow.platforms.zenodo.record import body
from pubflow.platforms.zenodo.state import Record
from simulation import Apis, Boundary, Case, Entry, Fault, Home, Project, Run, Sitting, World
from simulation.cases import LOST, after
from simulation.places import BASES, Asked, Told
from simulation.play import sit, start
from simulation.project import bank
from simulation.pubflowed import opened
from simulation.run import NoAnswer

PAUSES = (1.0, 2.0, 4.0)
STATUSES = (429, 500, 502, 503, 504)
"""As `urllib3.Retry(total=3, backoff_factor=1, allowed_methods=None)` with these for its
`status_forcelist`; PyGithub 2.10 repeats a POST by default, too (measured 2026-08)."""
NAIVE = "naive"


@dataclass(frozen=True)
class Known:
    """What the build has to know of a target."""

    link: Link | None
    facts: Mapping[str, str]


SCENARIOS = ("first", "next", "register", "alone")
"""What it can do undisturbed. It edits nothing that is out, and knows no repository that is public
and empty."""


def script(run: Run, project: Project) -> None:
    """One run of it."""
    once = run.ask

    def ask(platform: str, asked: Asked, change: bool, sends: int = 0) -> Told:
        """Send, and send again while there is no answer or a 5xx."""
        for pause in PAUSES:
            try:
                told = once(platform, asked, change, sends)
            except NoAnswer:
                run.clock.sleep(pause)
                continue
            if told.status not in STATUSES:
                return told
            run.clock.sleep(float(told.headers.get("retry-after", pause)))
        return once(platform, asked, change, sends)

    run.ask = ask  # type: ignore[method-assign]
    Release(run, project).all()


class Release:
    def __init__(self, run: Run, project: Project) -> None:
        self._run = run
        apis = Apis(run)
        self._github, self._hub, self._zenodo = apis.github, apis.huggingface, apis.zenodo
        self._git = apis.git
        self._build = opened(run, project).build
        today = datetime.fromtimestamp(run.world.now, UTC).date()
        release = replace(project.manifest.release, date=today)
        targets = tuple(replace(t, release=release) for t in project.manifest.targets)
        self._manifest: Manifest = replace(project.manifest, release=release, targets=targets)

    # Notes: in a file beside the script, written after the fact.

    def noted(self, key: str) -> str:
        found = [entry for entry in self._run.computer.journal if entry.release == NAIVE]
        return next((e.remember["is"] for e in reversed(found) if e.action == key), "")

    def note(self, key: str, value: str = "done") -> None:
        entry = Entry(NAIVE, key, key, "outcome", {"is": value})

        def write(home: Home) -> None:
            home.journal = (*home.journal, entry)

        self._run.note(f"noted {key}", write)

    def once(self, key: str, do: Callable[[], Any]) -> None:
        if not self.noted(key):
            done = do()
            self.note(key, done if isinstance(done, str) else "done")

    def of(self, platform: str) -> list[Target]:
        return [target for target in self._manifest.targets if target.platform == platform]

    def all(self) -> None:
        for target in self.of("zenodo"):
            self.once(f"{target.name} draft", lambda t=target: self._draft(t))
            self.once(f"{target.name} doi", lambda t=target: self._reserve(t))
        for target in self.of("github"):
            self.once("repository", lambda t=target: self._repository(t))
        for target in self.of("huggingface"):
            self.once(f"{target.name} repository", lambda t=target: self._hub_repository(t))
        self._render()
        for target in self.of("zenodo"):
            for file in self._manifest.target(target.name).files:
                self.once(
                    f"{target.name} {file.name}", lambda t=target, f=file: self._upload(t, f.name)
                )
            self.once(f"{target.name} described", lambda t=target: self._describe(t))
        for target in self.of("github"):
            if self.noted("repository") == "private":  # Else it would be public at once.
                self.once("pushed", lambda t=target: self._push(t))
            self.once("release", lambda t=target: self._release(t))
            for file in self._manifest.target(target.name).files:
                self.once(f"asset {file.name}", lambda t=target, f=file: self._attach(t, f.name))
        for target in self.of("huggingface"):
            self.once(f"{target.name} committed", lambda t=target: self._commit(t))
        self._publish()

    def _publish(self) -> None:
        for target in self.of("huggingface"):
            repo, kind = wanted_name(target), kind_of(target)
            self.once(
                f"{target.name} public", lambda r=repo, k=kind: self._hub.set(r, k, public=True)
            )
            self.once(f"{target.name} tagged", lambda r=repo, k=kind: self._tag(r, k))
        for target in self.of("github"):
            name = texts.repository_name(target)
            if self.noted("repository") == "private":
                self.once("public", lambda n=name: self._github.open(n))
            self.once("pushed", lambda t=target: self._push(t))
            self.once("git tag", lambda t=target: self._push_tag(t))
            number = int(self.noted("release"))
            tag = target.release.tag
            self.once("published", lambda n=name, i=number, t=tag: self._out(n, i, t))
        for target in self.of("zenodo"):
            record = self.noted(f"{target.name} draft")
            self.once(f"{target.name} published", lambda r=record: self._zenodo.publish(r))

    # Reserve

    def _draft(self, target: Target) -> str:
        previous = self._earlier(target)
        if previous is not None:
            return self._zenodo.next_version(previous.id).id
        record, _ = self._zenodo.create(self._body(target, Links({})))
        return record.id

    def _earlier(self, target: Target) -> Record | None:
        """The version before, by its title."""
        title = self._body(target, Links({}))["metadata"]["title"]
        found = [r for r in self._zenodo.search("") if r.published and r.metadata["title"] == title]
        return max(found, key=lambda record: record.index, default=None)

    def _reserve(self, target: Target) -> str:
        number = self.noted(f"{target.name} draft")
        seen = self._zenodo.draft(number)
        if not isinstance(seen, Missing) and not seen.doi:
            self._zenodo.reserve(number)
            seen = self._zenodo.draft(number)
        return "" if isinstance(seen, Missing) else seen.doi

    def _repository(self, target: Target) -> str:
        name = texts.repository_name(target)
        seen = self._github.repository(name)
        if seen is None:
            self._github.create_repository(name, personal=False)
        return "private" if seen is None or seen.private else "public"

    def _hub_repository(self, target: Target) -> None:
        repo, kind = wanted_name(target), kind_of(target)
        if self._hub.about(repo, kind) is None:
            self._hub.create(repo, kind)

    # Render, with every address known

    def _render(self) -> None:
        known: dict[str, Link | None] = {}
        for target in self._manifest.targets:
            known[target.name] = self._link(target)
        facts = {}
        if self.of("github"):
            facts = {"head": self._head(), "branch": "main", "lend": str(bank().path)}
        states: Any = {name: Known(link, facts) for name, link in known.items()}
        self._manifest, _ = self._build(self._manifest, Links(known), states)
        self._links = Links(known)

    def _link(self, target: Target) -> Link:
        tag = target.release.tag
        if target.platform == "github":
            url = f"{BASES['git']}/{texts.repository_name(target)}"
            return Link(url, f"{url}/tree/{tag}")
        if target.platform == "huggingface":
            url = page(BASES["huggingface"], kind_of(target), wanted_name(target))
            return Link(url, f"{url}/tree/{tag}")
        number = self.noted(f"{target.name} draft")
        url = f"{BASES['zenodo']}/records/{number}"
        return Link(url, url, self.noted(f"{target.name} doi"))

    def _head(self) -> str:
        """Where the branch stood before we pushed."""
        if not self.noted("head"):
            name = texts.repository_name(self.of("github")[0])
            refs = self._github.refs(name) or {}
            self.note("head", refs.get("refs/heads/main", "") or "none")
        head = self.noted("head")
        return "" if head == "none" else head

    # Upload

    def _body(self, target: Target, links: Links) -> dict[str, Any]:
        date = str(target.release.date)
        return body(target, links, publisher="Zenodo", known=frozenset(), date=date)

    def _upload(self, target: Target, name: str) -> None:
        number = self.noted(f"{target.name} draft")
        file = self._manifest.target(target.name).file(name)
        entry = self._zenodo.entry(number, name)
        if not isinstance(entry, Missing):
            self._zenodo.remove(number, name)
        self._zenodo.init(number, [name])
        self._zenodo.send(number, name, file.source, file.size, lambda size: None)
        self._zenodo.commit(number, name)

    def _describe(self, target: Target) -> None:
        number = self.noted(f"{target.name} draft")
        self._zenodo.put(number, self._body(self._manifest.target(target.name), self._links))

    def _push(self, target: Target) -> None:
        revision = self._manifest.target(target.name).revision
        assert revision is not None
        remote = self._git(texts.repository_name(target))
        remote.push(revision.repository, [Update("refs/heads/main", revision.commit)])

    def _release(self, target: Target) -> str:
        whole = self._manifest.target(target.name)
        made = self._github.create_draft(
            texts.repository_name(target),
            tag=target.release.tag,
            title=target.release.tag,
            body=texts.body(whole, self._links),
            prerelease=False,
        )
        return str(made.id)

    def _attach(self, target: Target, name: str) -> None:
        repository = texts.repository_name(target)
        draft = self._github.release(repository, int(self.noted("release")))
        file = self._manifest.target(target.name).file(name)
        if draft is not None and draft.asset(name) is None:
            self._github.upload(draft, name, file.source, file.size, lambda size: None)

    def _commit(self, target: Target) -> None:
        repo, kind, whole = wanted_name(target), kind_of(target), self._manifest.target(target.name)
        seen = self._hub.about(repo, kind)
        if seen is None:
            raise PubflowError(f"There is no {repo}.")
        [parcel] = self._hub.send(repo, kind, whole.files, lambda size: None)
        wanted = {file.name for file in whole.files} | {".gitattributes"}
        there = {entry.path for entry in self._hub.tree(repo, kind, seen.head)}
        before = {"vocabulary.txt"} & (there - wanted)
        self._hub.commit(
            repo,
            kind,
            parent=seen.head,
            title=f"Release {target.release.tag}",
            text=signature(target),
            parcel=parcel,
            deleted=sorted(before),
        )

    # Publish

    def _tag(self, repo: str, kind: str) -> None:
        tag = self._manifest.release.tag
        seen = self._hub.about(repo, kind)
        if seen is not None and tag not in self._hub.tags(repo, kind):
            self._hub.tag(repo, kind, tag, seen.head)

    def _push_tag(self, target: Target) -> None:
        revision = self._manifest.target(target.name).revision
        assert revision is not None
        name = texts.repository_name(target)
        ref = f"refs/tags/{target.release.tag}"
        if ref not in (self._github.refs(name) or {}):
            self._git(name).push(revision.repository, [Update(ref, revision.tag)])

    def _out(self, name: str, number: int, tag: str) -> None:
        self._github.publish(name, number, tag=tag, prerelease=False, latest="true")


def boundaries(scenario: str) -> list[Boundary]:
    """Those of one undisturbed run of the script."""
    found: list[Boundary] = []

    def ready(run: Run) -> None:
        run.seen = found.append

    case = Case(scenario)
    sit(World.of(start(scenario)), case, Sitting(homes=(0,)), script, ready)
    return found


def matrix() -> Iterator[Case]:
    """As `cases.singles`, at the boundaries of the script; what it keeps are its notes."""
    for scenario in SCENARIOS:
        for at in boundaries(scenario):
            for kind, lost in itertools.product(at.kinds, LOST):
                yield Case(scenario, after(Sitting((Fault(at.index, kind),)), lost))
