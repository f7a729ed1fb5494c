"""The code: the table, or the checkout that publish.toml lies in when there is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pubflow.git import Checkout
from pubflow.load import licenses, paths, people, schema
from pubflow.load.artifacts import Surveyed
from pubflow.load.described import Reader, check_license_file, own_license, shared
from pubflow.load.findings import Findings, quoted
from pubflow.load.lines import Place
from pubflow.load.places import listed
from pubflow.manifest import Kind, License

_PLACE: Place = ("code",)


def code_table(
    document: schema.Document,
    root: Path,
    checkout: Checkout | None,
    remote: str | None,
    findings: Findings,
) -> schema.Code | None:
    """The code's table, the one that is meant by its absence, or None with a note that says why."""
    if document.code is not None:
        return None if document.code.targets == [] else document.code
    if not findings.sound(*_PLACE):
        return None
    if checkout is None:
        why = "publish.toml lies in no git checkout, and there is no [code]"
    elif checkout.root.resolve() != root:
        why = "publish.toml does not lie at the top of its git checkout, and there is no [code]"
    elif not remote:
        why = "the git checkout has no remote on GitHub, and there is no [code]"
    else:
        return schema.Code()
    findings.note((), "No code is released", why, 'To release it, add: [code] with path = "..."')
    return None


def read_code(
    reader: Reader, table: schema.Code, checkout: Checkout | None, findings: Findings
) -> Surveyed:
    """The code as an artifact. Its files are git's, so none are listed."""
    path = _path(reader, table, findings)
    artifact = shared(reader, Kind.CODE, "code", path, table, _PLACE, findings)
    license = License()
    detected = licenses.detect(reader.root, table.path) if findings.sound("code", "path") else None
    if table.license is not None and findings.sound("code", "license"):
        license = own_license(reader, table.license, ("code", "license"), findings)
    artifact = replace(
        artifact,
        license=license,
        language=listed(table.languages),
        development=table.development or "",
        exclude=tuple(table.exclude),
        history=_history(table, path, checkout, findings),
    )
    if table.license is None and detected and findings.sound("code", "license"):
        artifact = replace(artifact, license=License(spdx=_detected(*detected, findings)))
    elif detected:
        check_license_file(artifact, _PLACE, detected, findings)
    return Surveyed(artifact, table, _PLACE)


def project_license(
    reader: Reader, code: Surveyed | None, table: schema.Code | None, findings: Findings
) -> License:
    """What weights inherit: the code's licence, or that of the LICENSE file beside publish.toml."""
    if code is not None:
        return code.artifact.license
    if table is not None and table.license is not None and findings.sound("code", "license"):
        return own_license(reader, table.license, ("code", "license"), findings)
    folder = table.path if table is not None and findings.sound("code", "path") else "."
    return License(spdx=licenses.detect(reader.root, folder)[0])


def _detected(spdx: str, file: str, findings: Findings) -> str:
    why = "nobody could know what they may do with it"
    hint = 'Add to [code]: license = "Apache-2.0", or another, and its text as LICENSE.'
    if not spdx and file:
        what = f"The licence in {file} is not one that pubflow recognises"
        findings.error(_PLACE, what, why, 'Add to [code]: license = "..."')
    elif not spdx:
        findings.error(_PLACE, "The code has no licence", why, hint)
    else:
        findings.note(_PLACE, f"The code's licence is {spdx}", f"{file} says so")
    return spdx


def _path(reader: Reader, table: schema.Code, findings: Findings) -> Path:
    here = ("code", "path")
    path = reader.root / table.path
    if not findings.sound(*here):
        return path
    if remote := paths.REMOTE.match(table.path):
        what = f"{remote[1].lower()}:// paths are not yet in this version"
        findings.error(here, what, "the code must lie here", "Download it first.")
        return path
    found = paths.found(reader.root, table.path)
    if not isinstance(found, Path):
        people.tell(findings, here, found)
        return path
    if not found.is_dir():
        what, why = f"{quoted(table.path)} is a file", "the code is a folder"
        findings.error(here, what, why, "Name the folder that it lies in.")
    elif not _readable(found):
        what, why = f"{quoted(table.path)} holds nothing to read", "there is nothing to publish"
        findings.error(here, what, why)
    return found


def _readable(folder: Path) -> bool:
    try:
        return any(folder.iterdir())
    except OSError:
        return False


def _history(table: schema.Code, path: Path, checkout: Checkout | None, findings: Findings) -> str:
    if not findings.sound("code", "history"):
        return "snapshot"
    place: Place = ("code", "history") if table.history else _PLACE
    if checkout is None:
        if table.history == "full":
            what, why = 'history is "full", and there is no git checkout', "there is no history"
            findings.error(place, what, why, 'Write: history = "snapshot"')
        return "snapshot"
    if table.history == "snapshot" or not findings.sound("code", "path"):
        return table.history or "full"
    below = path != checkout.root.resolve()
    reason = "path lies below the top of the repository" if below else "exclude is given"
    if below or table.exclude:
        place = ("code", "path" if below else "exclude") if not table.history else place
        why = "the commits of the past would bring all the rest with them"
        hint = 'Add to [code]: history = "snapshot", which is one clean commit without the past.'
        findings.error(place, f"{reason}, and the history is to be kept", why, hint)
    return "full"
