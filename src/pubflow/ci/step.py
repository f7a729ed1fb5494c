"""The Action's one command: its inputs, from the environment, as a command line of pubflow.

Inputs come by environment variables and never through a shell, so a value is only ever a value.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from pubflow.errors import PubflowError, Refused

COMMANDS = ("plan", "release", "verify")
STAGES = ("", "reserve", "upload")


class _Usage(PubflowError):
    exit_code = 64


def arguments(env: Mapping[str, str]) -> list[str]:
    """The words after `pubflow`. Raises PubflowError for an input that means nothing.

    Values are joined to their option, and the manifest follows `--`, so none is read as an option.
    For a pull request nothing is asked of anybody: its job has no secrets, and whoever wrote its
    manifest could otherwise choose where they are sent.
    """
    command = _one_of("command", env.get("PUBFLOW_COMMAND", ""), COMMANDS)
    manifest = env.get("PUBFLOW_MANIFEST", "") or "publish.toml"
    plan = env.get("PUBFLOW_PLAN", "")
    until = _one_of("until", env.get("PUBFLOW_UNTIL", ""), STAGES)
    approve = _one_of("approve", env.get("PUBFLOW_APPROVE", "") or "false", ("true", "false"))
    stranger = env.get("GITHUB_EVENT_NAME", "") in {"pull_request", "pull_request_target"}
    words = [command]
    if command == "plan":
        out = plan or str(Path(env.get("RUNNER_TEMP") or ".") / "pubflow" / "plan.json")
        words += [f"--out={out}", *(["--offline"] if stranger else [])]
    if command == "release":
        if stranger:
            raise Refused(
                "A pull request releases nothing.",
                why="Nobody has accepted its content yet. Nothing was changed.",
                hint="Use `command: plan` here, and release when a tag is pushed.",
            )
        words += [f"--until={until}"] if until else []
        words += [f"--plan={plan}"] if plan else []
        words += ["--yes"] if approve == "true" else []
    hosts = env.get("PUBFLOW_HOSTS", "").replace(",", " ").split()
    words += [f"--allow-host={host}" for host in hosts]
    return [*words, "--", manifest]


def _one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        choices = ", ".join(choice for choice in known if choice)
        raise _Usage(
            f"The input {name} is {value[:60]!r}, which means nothing.",
            hint=f"It may be: {choices}.",
        )
    return value


def main() -> NoReturn:
    """Run pubflow as the inputs say, and exit with its code."""
    from pubflow import cli
    from pubflow.ci import guard
    from pubflow.views import problems, text, workflow

    try:
        sys.argv = ["pubflow", *arguments(os.environ)]
    except PubflowError as error:
        guard.stand()
        text.say(problems.failure(error), sys.stderr)
        guard.command(workflow.failure(error))
        sys.exit(error.exit_code)
    cli.main()


if __name__ == "__main__":
    main()
