"""`[checks]`: what the author lets pass, and what is asked there in vain."""

from __future__ import annotations

from pubflow.checks.allowed import IDS, Allowed
from pubflow.load import schema
from pubflow.load.findings import Findings, did_you_mean, quoted
from pubflow.load.lines import Place


def allowed(table: schema.Checks, findings: Findings) -> tuple[Allowed, ...]:
    """The entries of `ignore`."""
    for key in sorted({"profile", "limits"} & table.model_fields_set):
        what = f"{key} has no effect in this version"
        findings.note(("checks", key), what, "all checks that it knows count, with its own limits")
    for n, entry in enumerate(table.ignore):
        place: Place = ("checks", "ignore", n)
        if entry.id not in IDS:
            what, why = f"{quoted(entry.id)} is no check of this version", "it ignores nothing"
            findings.note(place, what, why, did_you_mean(entry.id, IDS))
        if entry.id.startswith("SEC") and not entry.path and findings.sound(*place):
            what, why = f"{quoted(entry.id)} is ignored in all files", "the next one is a real one"
            findings.error(place, what, why, 'Add which file: path = "..."')
    return tuple(Allowed(entry.id, entry.reason, entry.path or "") for entry in table.ignore)
