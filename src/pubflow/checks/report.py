"""What the rules say of all that would leave, as problems. Pure; holds no secret."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pubflow.checks.allowed import NOTEBOOK, SECRET, UNWANTED, Allowed, allowed_by
from pubflow.checks.names import PUBLIC_PART, never, public_only
from pubflow.checks.notebooks import has_outputs, is_notebook
from pubflow.checks.tokens_in import Finding, is_text, secrets_in, unpacked
from pubflow.platform import Problem
from pubflow.tree.names import printable

MOST = 100
"""Problems told; behind them stands how many more there are."""

Commit = Callable[[], str] | None
"""Finds the commit that brought a file of the past; asked only where something was found."""

_SNAPSHOT = 'The past holds it. To release without the past, write in [code]: history = "snapshot".'


class Report:
    """Gathers findings, leaves out what the author allows, and says so."""

    def __init__(self, allowed: Sequence[Allowed] = ()) -> None:
        self._allowed = tuple(allowed)
        self._used: set[Allowed] = set()
        self._errors: list[Problem] = []
        self._notes: dict[tuple[str, str], Problem] = {}
        self._notebooks: list[str] = []

    def name(self, path: str, *, litter: bool = True, commit: Commit = None) -> None:
        """Judge a file by its name. `litter` is false where only secrets matter."""
        if not self.must_read(path):
            self._unwanted(path, litter=litter, commit=commit)

    def must_read(self, path: str) -> bool:
        """Whether only the bytes can tell what the name leaves open."""
        return path.lower().endswith(PUBLIC_PART)

    def content(
        self, path: str, content: bytes, *, commit: Commit = None, past: bool = False
    ) -> bool:
        """Judge bytes; true if there was nothing to say about them."""
        if self.must_read(path) and not public_only(path, content):
            self._unwanted(path, litter=False, commit=commit)
        content = unpacked(content)
        if not is_text(content):
            return True
        outputs = not past and is_notebook(path) and has_outputs(content)
        if outputs and not self._let_pass(NOTEBOOK, path):
            self._notebooks.append(path)
        found = secrets_in(content)
        if found and not self._let_pass(SECRET, path):
            since = commit() if commit else ""
            self._errors += [_secret(path, finding, since, past) for finding in found]
        return not found and not outputs

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Errors, then a warning of notebooks, then what was allowed and what fits nothing."""
        errors = self._errors[:MOST]
        if more := len(self._errors) - len(errors):
            what = f"{more} more findings like these"
            errors.append(Problem("the files", what, "all of them would be published"))
        notes = [*self._notes.values(), *map(_fits_nothing, self._unused())]
        return (*errors, *self._outputs(), *notes)

    def _unwanted(self, path: str, *, litter: bool, commit: Commit) -> None:
        why = never(path)
        if not why or (why == "litter" and not litter) or self._let_pass(UNWANTED, path):
            return
        self._errors.append(_file(path, why, commit))

    def _let_pass(self, rule: str, path: str) -> bool:
        entry = allowed_by(self._allowed, rule, path)
        if entry is not None:
            self._used.add(entry)
            said = Problem(
                printable(path), f"{rule} is allowed here", entry.reason, severity="note"
            )
            self._notes.setdefault((rule, path), said)
        return entry is not None

    def _unused(self) -> list[Allowed]:
        known = (SECRET, UNWANTED, NOTEBOOK)
        return [e for e in self._allowed if e.id in known and e not in self._used]

    def _outputs(self) -> list[Problem]:
        if not self._notebooks:
            return []
        names = sorted(map(printable, self._notebooks))
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        return [
            Problem(
                names[0],
                f"{NOTEBOOK}: {', '.join(names[:3])}{more} still hold what their cells printed",
                "paths, names and data of yours may stand in it",
                "Clear them, if that is not meant:\n\n    jupyter nbconvert --clear-output"
                f" --inplace {names[0]}",
                "warning",
            )
        ]


def _secret(path: str, finding: Finding, since: str, past: bool) -> Problem:
    shown = printable(path)
    where = f", in commit {since}" if since else ""
    revoke = f" at {finding.page}" if finding.page else ""
    out = _SNAPSHOT if past else "Take it out, or name the file in `exclude`."
    return Problem(
        f"{shown}:{finding.line}",
        f"{SECRET}: this looks like {finding.name}{where}: {finding.shown}",
        "whoever reads it could act in your name",
        f"{out} Revoke it{revoke} and make a new one: it may have been seen."
        f" {_false_alarm(SECRET, shown)}",
    )


def _file(path: str, why: str, commit: Commit) -> Problem:
    shown = printable(path)
    since = commit() if commit else ""
    where = f" (in commit {since})" if since else ""
    if why == "litter":
        what, because = "is left behind by a program", "nobody needs it, and it may tell too much"
        hint = "Delete it, or name it in `exclude`."
    else:
        what, because = "is a place for secrets", "whoever reads it could act in your name"
        out = _SNAPSHOT if commit else "Take it out, or name it in `exclude`."
        hint = f"{out} If it was public before, revoke what it holds."
    return Problem(
        shown,
        f"{UNWANTED}: {shown}{where} {what}",
        because,
        f"{hint} {_false_alarm(UNWANTED, shown)}",
    )


def _false_alarm(rule: str, path: str) -> str:
    quoted = path.replace("\\", "\\\\").replace('"', '\\"')
    entry = f'ignore = [{{ id = "{rule}", path = "{quoted}", reason = "..." }}]'
    return f"If it is harmless, say why in publish.toml:\n\n    [checks]\n    {entry}"


def _fits_nothing(entry: Allowed) -> Problem:
    path = f" in {entry.path}" if entry.path else ""
    return Problem(
        "publish.toml",
        f"[checks] ignore: {entry.id}{path} fits no finding",
        "it may be left from before, or its path may be wrong",
        "Take it out if it is no longer needed.",
        "note",
    )
