"""Which artifact goes where, under which name: the targets and their settings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticCustomError

from pubflow.git import server_of
from pubflow.load import identifiers, people, schema
from pubflow.load.artifacts import Surveyed
from pubflow.load.findings import Findings, choices, did_you_mean, quoted
from pubflow.load.hosts import endpoint
from pubflow.load.lines import Place
from pubflow.load.places import given
from pubflow.manifest import Kind

_TAKES: dict[str, tuple[Kind, ...]] = {
    "github": (Kind.CODE,),
    "huggingface": (Kind.WEIGHTS, Kind.DATA),
    "zenodo": (Kind.CODE, Kind.WEIGHTS, Kind.DATA),
}
_NOT_YET = ("kaggle",)
_WITH_URL = ("github", "huggingface", "zenodo")

_OWNER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38})")
_GITHUB_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
_HUB_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?")


@dataclass(frozen=True, slots=True)
class Placed:
    """One artifact on one platform, with its settings resolved."""

    surveyed: Surveyed
    platform: str
    settings: dict[str, Any]


class _Names:
    """What may be written as a platform's name. Added platforms are looked for only when asked."""

    def __contains__(self, name: str) -> bool:
        return name in _TAKES or name in _NOT_YET or name in _added()

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*_TAKES, *_added()}))


def _added() -> set[str]:
    from importlib.metadata import entry_points

    found = {point.name for point in entry_points(group="pubflow.platforms")}
    return found - {"worktree"}  # Only `--commit` reaches it.


def place_all(
    surveyed: list[Surveyed],
    document: schema.Document,
    remote: str | None,
    allowed: frozenset[str],
    env: Mapping[str, str],
    findings: Findings,
) -> list[Placed]:
    """Every target of the release, in the order of artifacts and then of platforms' names."""
    accounts = _accounts(document, allowed, env, findings)
    placed: list[Placed] = []
    for item in surveyed:
        for platform, place in _platforms(item, findings):
            own = _own(item, platform)
            settings = {**accounts.get(platform, {}), **own}
            if item.table.visibility is not None:
                settings.setdefault("visibility", item.table.visibility)
            _contribute(item, settings, findings)
            match platform:
                case "github":
                    _github(settings, document, item, remote, place, findings)
                case "huggingface":
                    _hub(settings, item, place, findings)
                case "zenodo":
                    _zenodo(settings, document, item, findings)
            placed.append(Placed(item, platform, settings))
    _introduce(placed, accounts.get("zenodo", {}).get("mode") == "integration", findings)
    _once_each(placed, findings)
    return placed


def _named(platform: str, env: Mapping[str, str]) -> str:
    """The server that the environment has for a platform; the token goes there in any case."""
    if platform == "github":
        return server_of(env)
    variable = {"huggingface": "HF_ENDPOINT", "zenodo": "ZENODO_URL"}[platform]
    return env.get(variable, "").strip().rstrip("/")


def _accounts(
    document: schema.Document,
    allowed: frozenset[str],
    env: Mapping[str, str],
    findings: Findings,
) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    names = _Names()
    for platform, table in _tables(document.targets).items():
        here: Place = ("targets", platform)
        if platform not in names:
            _unknown(platform, here, findings)
            continue
        settings = dict(table) if isinstance(table, dict) else given(table)
        if platform in _WITH_URL and "url" in settings and findings.sound(*here, "url"):
            try:
                settings["url"] = endpoint(settings["url"], allowed, _named(platform, env))
            except PydanticCustomError as error:
                people.tell(findings, (*here, "url"), error)
        found[platform] = settings
    zenodo = found.get("zenodo", {})
    if zenodo.get("sandbox") and "url" in zenodo:
        what, why = "sandbox and url are both given", "records would go to one of two servers"
        findings.error(("targets", "zenodo", "sandbox"), what, why, "Keep one of them.")
    if zenodo.get("mode") == "integration":
        here = ("targets", "zenodo", "mode")
        if zenodo.get("webhook") == "off":
            what, why = 'mode = "integration" with webhook = "off"', "nobody would make the record"
            findings.error(here, what, why, "Keep one of them.")
        if "url" in zenodo:
            what, why = "Only Zenodo has a GitHub integration", "url names another server"
            findings.error(here, what, why, "Take mode out.")
    return found


def _platforms(item: Surveyed, findings: Findings) -> Iterator[tuple[str, Place]]:
    """The platforms of one artifact, and the place that names them."""
    default = ["github" if item.artifact.kind is Kind.CODE else "huggingface", "zenodo"]
    names = _Names()
    here: Place = (*item.place, "targets")
    wanted = default if item.table.targets is None else item.table.targets
    if not wanted and findings.sound(*here):
        what, why = f"{item.artifact.key} has no targets", "it would be released nowhere"
        findings.error(here, what, why, "Name a platform, or take the table out.")
    usable: dict[str, Place] = {}
    for n, platform in enumerate(wanted):
        place = here if item.table.targets is None else (*here, n)
        takes = _TAKES.get(platform)
        if not findings.sound(*place):
            continue
        if platform in usable:
            what = f"{quoted(platform)} is named twice"
            findings.error(place, what, "it is one target", "Keep one of them.")
        elif platform in _NOT_YET:
            what = f"Releasing on {platform.capitalize()} is not yet in this version"
            why = "the release would not be complete"
            findings.error(place, what, why, f"Take {quoted(platform)} out for now.")
        elif platform not in names:
            _unknown(platform, place, findings)
        elif takes and item.artifact.kind not in takes:
            what = f"{item.artifact.key} cannot go to {platform}"
            why = f"{platform} takes {choices(takes)}"
            fit = choices(quoted(p) for p in _TAKES if item.artifact.kind in _TAKES[p])
            findings.error(place, what, why, f"Use {fit}.")
        else:
            usable[platform] = place
    for platform in _tables(item.table.target):
        place = (*item.place, "target", platform)
        if platform in _NOT_YET and platform not in wanted:
            what = f"Releasing on {platform.capitalize()} is not yet in this version"
            findings.error(place, what, "these settings have no effect", "Take them out for now.")
        elif platform not in names:
            _unknown(platform, place, findings)
        elif platform not in wanted:
            what = (
                f"{item.artifact.key} has settings for {platform}, which is not one of its targets"
            )
            findings.warn(place, what, "they have no effect", f"Add {quoted(platform)} to targets.")
    yield from sorted(usable.items())


def _own(item: Surveyed, platform: str) -> dict[str, Any]:
    table = _tables(item.table.target).get(platform)
    own = dict(table) if isinstance(table, dict) else given(table)
    gated = item.table.gated if isinstance(item.table, schema.Files) else None
    if platform == "huggingface" and gated is not None:
        own.setdefault("gated", gated)
    return own


def _contribute(item: Surveyed, settings: dict[str, Any], findings: Findings) -> None:
    if item.table.contributors:
        place = (*item.place, "contributors")
        settings["contributors"] = people.people(item.table.contributors, place, {}, findings)


def _github(
    settings: dict[str, Any],
    document: schema.Document,
    item: Surveyed,
    remote: str | None,
    place: Place,
    findings: Findings,
) -> None:
    here = _where(item, "github", "repo", place)
    account = ("targets", "github", "owner")
    remote_owner, _, remote_name = (remote or "").partition("/")
    owner = settings.get("owner") or remote_owner
    repo = str(settings.get("repo") or remote_name)
    if "/" in repo:
        owner, _, repo = repo.partition("/")
    if not findings.sound(*here) or not findings.sound(*account):
        return
    if (not owner or not repo) and remote is None:
        return  # Git could not be asked for them, and that is told.
    if not owner or not repo:
        missing = " and ".join(w for w, v in (("owner", owner), ("name", repo)) if not v)
        verb = "are" if " and " in missing else "is"
        what = f"The {missing} of the GitHub repository {verb} not known"
        why = "no git remote says " + ("them" if verb == "are" else "it")
        hint = 'Add: [code.target.github] with repo = "owner/name"'
        findings.error(here, what, why, hint)
    elif not _OWNER.fullmatch(owner):
        what, why = f"{quoted(owner)} cannot be an owner on GitHub", "letters, digits and - only"
        findings.error(account if settings.get("owner") == owner else here, what, why)
    elif (
        not _GITHUB_NAME.fullmatch(repo) or repo in (".", "..") or repo.endswith((".git", ".wiki"))
    ):
        what = f"{quoted(repo)} cannot be a repository on GitHub"
        why = "letters, digits, - _ and . only, at most 100, and not .git at the end"
        findings.error(here, what, why)
    settings["owner"], settings["repo"] = owner, f"{owner}/{repo}"


def _hub(settings: dict[str, Any], item: Surveyed, place: Place, findings: Findings) -> None:
    here = _where(item, "huggingface", "repo", item.place)
    repo, owner = str(settings.pop("repo", "") or item.artifact.id), settings.get("owner") or ""
    if "/" in repo:
        owner, _, repo = repo.partition("/")
    sound = not findings.covered(here)
    for name in filter(None, (owner, repo)):
        # huggingface.co/docs/huggingface_hub, validate_repo_id, 2026-11.
        if (not _HUB_NAME.fullmatch(name) or re.search(r"--|\.\.|\.git$", name)) and sound:
            what = f"{quoted(name)} cannot be a name on the Hub"
            why = (
                "letters, digits, - _ and . only, no -- or .., at most 96, and not .git at the end"
            )
            of_account = name == owner and owner == settings.get("owner")
            findings.error(("targets", "huggingface", "owner") if of_account else here, what, why)
    if owner:
        settings["owner"], settings["repo"] = owner, f"{owner}/{repo}"
    else:
        settings["name"] = repo
    gated = settings.get("gated")
    form = given(gated) if isinstance(gated, BaseModel) else gated
    if isinstance(form, dict):
        settings["gated"] = form.pop("access")
        settings["form"] = form


def _zenodo(
    settings: dict[str, Any], document: schema.Document, item: Surveyed, findings: Findings
) -> None:
    artifact = item.artifact
    settings.setdefault("title", f"{document.paper.title}: {artifact.title or artifact.id}")
    if "communities" not in settings and document.defaults.communities is not None:
        settings["communities"] = document.defaults.communities
    settings["communities"] = tuple(settings.get("communities", ()))


def _introduce(placed: list[Placed], integrated: bool, findings: Findings) -> None:
    """Tell the code's places of each other: Zenodo can make records of GitHub's releases by itself,
    so what publish.toml says of that concerns both.
    """
    code = {p.platform: p.settings for p in placed if p.surveyed.artifact.kind is Kind.CODE}
    if "github" in code and "zenodo" in code:
        said = {key: code["zenodo"].get(key) for key in ("webhook", "mode")}
        code["github"]["zenodo"] = {key: value for key, value in said.items() if value}
        code["zenodo"]["github"] = code["github"].get("repo", "")
    elif integrated:
        what = "Zenodo's GitHub integration makes records of code that is released on GitHub"
        why = "no code of this release goes to both"
        hint = 'Name "github" and "zenodo" in the targets of [code], or take mode out.'
        findings.error(("targets", "zenodo", "mode"), what, why, hint)


def _once_each(placed: list[Placed], findings: Findings) -> None:
    """No two artifacts in one repository or record: the second would overwrite the first."""
    seen: dict[tuple[str, ...], Placed] = {}
    for one in placed:
        settings, artifact = one.settings, one.surveyed.artifact
        key: tuple[str, ...] = ()
        shown = ""
        match one.platform:
            case "github" if settings.get("repo"):
                shown = str(settings["repo"]).lower()
                key = ("github", shown)
            case "huggingface":
                shown = str(settings.get("repo") or settings.get("name")).lower()
                key = ("huggingface", artifact.kind.value, shown)
            case "zenodo" if settings.get("record"):
                shown = settings["record"]
                key = ("zenodo", identifiers.record_number(shown))
        other = seen.setdefault(key, one) if key else one
        if other is one:
            continue
        what = f"{other.surveyed.artifact.key} and {artifact.key} both go to {shown}"
        why = f"on {one.platform} each needs a place of its own"
        option = "record" if one.platform == "zenodo" else "repo"
        here = _where(one.surveyed, one.platform, option, one.surveyed.place)
        hint = f"Change {option} in [{artifact.key}.target.{one.platform}]."
        findings.error(here, what, why, hint)


def _where(item: Surveyed, platform: str, key: str, default: Place) -> Place:
    """The place of an artifact's own setting if it has one, else `default`."""
    table = _tables(item.table.target).get(platform)
    if isinstance(table, BaseModel) and key in table.model_fields_set:
        return (*item.place, "target", platform, key)
    return default


def _tables(tables: BaseModel | None) -> dict[str, Any]:
    """Platform -> its table, for those that were written."""
    if tables is None:
        return {}
    named = {name: getattr(tables, name) for name in tables.model_fields_set}
    return {name: table for name, table in sorted(named.items()) if table is not None}


def _unknown(platform: str, place: Place, findings: Findings) -> None:
    names = list(_Names())
    what, why = f"There is no platform {quoted(platform)}", f"pubflow knows {choices(names)}"
    findings.error(place, what, why, did_you_mean(platform, names))
