"""What GitHub's runner says of itself, and what follows from it for a release.

Variables and payloads as in docs.github.com, "Variables" and "Events that trigger workflows"; the
limits of a job's own token as in "Automatic token authentication" (all 2026-11): it reaches the
workflow's own repository only, makes none, and changes neither visibility nor settings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pubflow.manifest import Kind, Manifest
from pubflow.platform import Problem
from pubflow.tokens import Secret, learn

JOB_TOKEN = "PUBFLOW_JOB_TOKEN"
"""Set by the Action to the job's own token, only to compare others with it."""

LARGEST_EVENT = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Runner:
    """One step of a job, as its environment tells."""

    event: str
    """`push`, `pull_request`, `workflow_dispatch` ..."""
    repository: str
    """`owner/name` of the workflow's repository."""
    ref_type: str
    """`tag` or `branch`."""
    ref: str
    """The tag's or branch's short name."""
    private: bool | None
    """Whether the repository is private; None if the event does not say."""
    workspace: Path
    """Where the repository is checked out."""
    output: Path | None
    summary: Path | None
    job_token: str
    """The job's own token, where the Action gave it; empty otherwise."""

    @property
    def of_stranger(self) -> bool:
        """Whether it runs for a pull request, whose content nobody has accepted yet."""
        return self.event in {"pull_request", "pull_request_target"}

    def owns(self, token: Secret) -> bool:
        """Whether it is the job's own: known by the Action, else guessed by its prefix.

        Tokens of app installations, the job's among them, start with `ghs_` (docs.github.com,
        "GitHub's token formats", 2026-11).
        """
        value = token.reveal()
        return value == self.job_token if self.job_token else value.startswith("ghs_")


def runner(env: Mapping[str, str]) -> Runner | None:
    """The runner that this process runs in; None outside of GitHub Actions."""
    if env.get("GITHUB_ACTIONS") != "true":
        return None
    repository = _payload(env.get("GITHUB_EVENT_PATH", "")).get("repository")
    private = repository.get("private") if isinstance(repository, dict) else None
    return Runner(
        event=env.get("GITHUB_EVENT_NAME", ""),
        repository=env.get("GITHUB_REPOSITORY", ""),
        ref_type=env.get("GITHUB_REF_TYPE", ""),
        ref=env.get("GITHUB_REF_NAME", ""),
        private=private if isinstance(private, bool) else None,
        workspace=Path(env.get("GITHUB_WORKSPACE") or "."),
        output=_file(env, "GITHUB_OUTPUT"),
        summary=_file(env, "GITHUB_STEP_SUMMARY"),
        job_token=env.get(JOB_TOKEN, ""),
    )


def _file(env: Mapping[str, str], name: str) -> Path | None:
    return Path(env[name]) if env.get(name) else None


def _payload(path: str) -> dict[str, Any]:
    """The event; empty where it cannot be read, for nothing depends on it alone."""
    try:
        with Path(path).open("rb") as file:
            value = json.loads(file.read(LARGEST_EVENT))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def found(
    manifest: Manifest, env: Mapping[str, str], tokens: Mapping[str, Secret]
) -> tuple[Problem, ...]:
    """What this job could not do, or should not, though the manifest asks for it."""
    here = runner(env)
    if here is None:
        return ()
    learn([here.job_token])
    return tuple(_found(here, manifest, tokens))


def _found(here: Runner, manifest: Manifest, tokens: Mapping[str, Secret]) -> Iterator[Problem]:
    release = manifest.release
    if here.ref_type == "tag" and here.ref != release.tag:
        yield Problem(
            "the workflow",
            f"it runs for the tag {here.ref}, and this release is {release.tag}",
            why="what is released would not be what was tagged",
            hint="Set the version in publish.toml to the tag's, and tag the commit that says so.",
        )
    for target in manifest.targets:
        token = tokens.get(target.platform)
        if target.platform != "github" or target.artifact.kind is not Kind.CODE or token is None:
            continue
        own = here.owns(token)
        # Without the Action's word it may be an app's token, which can be given more.
        severity: Literal["error", "warning"] = "error" if here.job_token else "warning"
        name = str(target.settings.get("repo") or "")
        elsewhere = bool(name and here.repository) and name.lower() != here.repository.lower()
        if own and elsewhere:
            yield Problem(
                target.name,
                f"the job's own token reaches {here.repository} only, and the code goes to {name}",
                why="it can neither make another repository nor write to it",
                hint="Make a fine-grained token for that repository, keep it as a secret of the"
                " environment, and give it as GITHUB_TOKEN.",
                severity=severity,
            )
        opens = target.settings.get("visibility") != "private"
        if own and not elsewhere and here.private and opens:
            yield Problem(
                target.name,
                f"the job's own token cannot make {here.repository} public",
                why="visibility takes the permission administration, which it never has",
                hint="Make the repository public by hand first, or give a fine-grained token with"
                " administration: write as GITHUB_TOKEN.",
                severity=severity,
            )
        if own and not elsewhere:
            yield Problem(
                target.name,
                "the job's own token sets no description, homepage or topics",
                why="what it pushes and publishes starts no other workflow either",
                severity="note",
            )
