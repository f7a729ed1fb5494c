"""What each platform calls a licence, and what is lost on the way.

The table is `data/licenses.json`; `docs/licenses/make.py` makes it from the platforms' own
lists, whose versions it names. A mapping that loses something says so in one sentence, `lossy`;
that sentence belongs in the plan. An empty sentence means that nothing is lost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from pubflow.manifest import License

SPDX_PAGE = "https://spdx.org/licenses/"


@dataclass(frozen=True, slots=True)
class HubLicense:
    """The keys `license`, `license_name` and `license_link` of a card; the last two for `other`."""

    id: str
    name: str = ""
    link: str = ""
    lossy: str = ""


@dataclass(frozen=True, slots=True)
class ZenodoLicense:
    """`metadata.rights` of an InvenioRDM record."""

    rights: tuple[dict[str, Any], ...]
    lossy: str = ""


@dataclass(frozen=True, slots=True)
class CffLicense:
    """The keys `license` or `license-url` of CITATION.cff 1.2.0; neither where neither can be."""

    fields: Mapping[str, Any]
    lossy: str = ""


@dataclass(frozen=True, slots=True)
class KaggleLicense:
    name: str
    lossy: str = ""


@lru_cache(maxsize=1)
def table() -> dict[str, dict[str, dict[str, Any]]]:
    """`{"sources": ..., "spdx": {id: row}, "hub_only": {id: row}}`, as the script wrote it."""
    text = resources.files(__package__).joinpath("data/licenses.json").read_text("utf-8")
    found: dict[str, dict[str, dict[str, Any]]] = json.loads(text)
    return found


@lru_cache(maxsize=1)
def _canonical() -> dict[str, str]:
    return {key.lower(): key for key in reversed(table()["spdx"])}


def known(spdx: str) -> str:
    """The SPDX id as the list spells it, whatever its case; empty if there is none."""
    return _canonical().get(spdx.lower(), "")


def alternatives(expression: str) -> tuple[str, ...]:
    """The ids of `A` or `A OR B OR C`; empty for any other expression."""
    words = expression.replace("(", " ").replace(")", " ").split()
    ids, joints = words[::2], {word.upper() for word in words[1::2]}
    if not ids or joints - {"OR"} or len(words) % 2 == 0:
        return ()
    found = tuple(dict.fromkeys(known(word) for word in ids))
    return found if all(found) else ()


def name(license: License) -> str:
    """The licence's full name where it is known, else what the author calls it."""
    if key := known(license.spdx):
        return str(table()["spdx"][key]["name"])
    if row := table()["hub_only"].get(license.hub):
        return str(row["name"])
    return license.display


def spdx_url(license: License) -> str:
    """The page of the licence: `https://spdx.org/licenses/MIT`, else the author's, else empty."""
    if key := known(license.spdx):
        return SPDX_PAGE + key
    return address(license)


def address(license: License) -> str:
    """Where the text can be read, as the author or the Hub says; empty if neither does."""
    if license.url:
        return license.url
    return str(table()["hub_only"].get(license.hub, {}).get("url", ""))


def hub(license: License, *, file: str = "LICENSE") -> HubLicense:
    """The Hub's own id; `other` with a name and a link where the Hub has none.

    `file` is the licence file in the repository, to which `license_link` points when there is no
    address; with neither, several licences in one expression are linked to SPDX's list of all.
    huggingface.co/docs/hub/repositories-licenses, 2026-08.
    """
    if license.hub:
        return HubLicense(license.hub)
    if key := known(license.spdx):
        row = table()["spdx"][key]
        if row.get("hub"):
            lossy = (
                f"The Hub will show {row['hub']} for {key}: it does not tell “only” from "
                "“or later”. The licence file says it exactly."
            )
            return HubLicense(row["hub"], lossy=lossy if row.get("hub_lossy") else "")
    shown = license.display
    if not shown:
        return HubLicense("unknown", lossy="The Hub will show an unknown licence: none is given.")
    link = spdx_url(license) if not license.file else ""
    return HubLicense(
        "other",
        slug(shown),
        link or file or (SPDX_PAGE if license.spdx else ""),
        f"The Hub has no id for {shown} and will show “other” with that name and a link.",
    )


def is_choice(license: License, listed: object) -> bool:
    """Whether a list of the Hub's ids is the choice of `A OR B`, which the Hub has no other form
    for."""
    ids = alternatives(license.spdx)
    rows = [table()["spdx"][key].get("hub", "") for key in ids]
    return len(ids) > 1 and isinstance(listed, list) and sorted(map(str, listed)) == sorted(rows)


def zenodo(license: License) -> ZenodoLicense:
    """`rights` by id where Zenodo's list has one, else by title and link.

    Ids are lower case; an entry has an id or a title, never both (InvenioRDM 13).
    """
    ids = alternatives(license.spdx)
    rows = [table()["spdx"][key].get("zenodo", "") for key in ids]
    if ids and all(rows):
        lossy = (
            f"Zenodo will list {' and '.join(ids)} side by side and does not say that "
            "one may choose between them."
        )
        return ZenodoLicense(
            tuple({"id": row} for row in dict.fromkeys(rows)), lossy if len(ids) > 1 else ""
        )
    shown = name(license)
    if not shown:
        return ZenodoLicense((), "The record will carry no licence: none is given.")
    right: dict[str, Any] = {"title": {"en": shown}}
    if link := spdx_url(license):
        right["link"] = link
    where = "a link" if link else "no link"
    return ZenodoLicense(
        (right,), f"Zenodo's list lacks {license.display}: its title is shown, with {where}."
    )


def cff(license: License) -> CffLicense:
    """`license` where the list of schema 1.2.0 has the id, else `license-url`.

    A list of ids means a choice, as `OR` does; other expressions have no form there.
    """
    ids = alternatives(license.spdx)
    if ids and all(table()["spdx"][key].get("cff") for key in ids):
        return CffLicense({"license": ids[0] if len(ids) == 1 else list(ids)})
    shown = license.display
    if not shown:
        return CffLicense({}, "CITATION.cff will name no licence: none is given.")
    if link := spdx_url(license):
        return CffLicense(
            {"license-url": link},
            f"The list of CITATION.cff 1.2.0 lacks {shown}: its address stands there instead.",
        )
    return CffLicense(
        {}, f"CITATION.cff 1.2.0 cannot name {shown}, which is not in its list and has no address."
    )


def kaggle(license: License, *, model: bool) -> KaggleLicense:
    """Kaggle's word for it: of data sets `other` where there is none, of models empty."""
    key = known(license.spdx)
    row = table()["spdx"].get(key, {})
    word = str(row.get("kaggle_model" if model else "kaggle_data", ""))
    if not word:
        shown = license.display or "no licence"
        instead = "no licence" if model else "“other”"
        return KaggleLicense(
            "" if model else "other", f"Kaggle has no word for {shown} and will show {instead}."
        )
    if key.endswith(("-only", "-or-later")):
        return KaggleLicense(
            word, f"Kaggle will show {word} for {key}: it does not tell “only” from “or later”."
        )
    return KaggleLicense(word)


def slug(text: str) -> str:
    """`Utopia Research 1.0` -> `utopia-research-1.0`, as `license_name` wants it."""
    return re.sub(r"[^\w.+]+", "-", text.lower()).strip("-") or "other"
