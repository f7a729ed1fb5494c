"""Identifiers as InvenioRDM judges them: schemes, checksums, normal forms.

Messages as recorded 2026-11-20; those of schemes that were not recorded follow the same pattern.
"""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import urlsplit

from pubflow.rehearsal.zenodo.vocabularies import ror

_SCHEMES = (
    "ark arxiv ads crossreffunderid cstr doi ean13 eissn grid handle igsn isbn isni issn istc "
    "lissn lsid pmid purl rrid upc url urn wikidata w3id other edmo"
)
SCHEMES = frozenset(_SCHEMES.split())
PERSON_SCHEMES = frozenset({"orcid", "isni", "gnd", "ror", "edmo"})

_DOI = re.compile(r"^(?:doi:|https?://(?:dx\.)?doi\.org/)?(10\.\d{3,}(?:\.\d+)*/\S+)$", re.I)
_ARXIV = re.compile(
    r"^(?:arxiv:)?(\d{4}\.\d{4,5}(?:v\d+)?|[a-z-]+(?:\.[a-z]{2})?/\d{7}(?:v\d+)?)$", re.I
)
_URN = re.compile(r"^urn:\S+$", re.I)
_ORCID = re.compile(r"^(?:https?://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])$", re.I)
_ROR = re.compile(r"^(?:https?://)?(?:ror\.org/)?(0\w{6}\d{2})$", re.I)
_DAY = re.compile(r"^(-?\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$")


def doi(text: str) -> str | None:
    """The bare DOI, or None."""
    found = _DOI.match(text.strip())
    return found[1] if found else None


def url(text: str) -> str | None:
    parts = urlsplit(text.strip())
    return text.strip() if parts.scheme in ("http", "https", "ftp") and parts.netloc else None


def orcid(text: str) -> str | None:
    """The bare ORCID iD if its checksum is right (ISO 7064 MOD 11-2), or None."""
    found = _ORCID.match(text.strip())
    if found is None:
        return None
    digits = found[1].upper().replace("-", "")
    total = 0
    for digit in digits[:15]:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return found[1].upper() if digits[15] == ("X" if check == 10 else str(check)) else None


def _arxiv(text: str) -> str | None:
    found = _ARXIV.match(text.strip())
    return f"arXiv:{found[1]}" if found else None


def _urn(text: str) -> str | None:
    return f"urn:{text.strip()[4:]}" if _URN.match(text.strip()) else None


def _ror(text: str) -> str | None:
    found = _ROR.match(text.strip())
    return found[1].lower() if found and ror(found[1].lower()) else None


_CHECKS = {"doi": doi, "url": url, "orcid": orcid, "isni": orcid, "arxiv": _arxiv, "urn": _urn}
_NAMES = {"doi": "DOI", "url": "URL", "orcid": "ORCID", "isni": "ISNI", "arxiv": "arXiv"}


def detect(text: str, allowed: frozenset[str]) -> str | None:
    """The scheme of an identifier that came without one."""
    for scheme, check in {**_CHECKS, "ror": _ror}.items():
        if scheme in allowed and check(text):
            return scheme
    return None


def normal(scheme: str, text: str) -> tuple[str, str | None]:
    """The normal form and no complaint, or what was given and the complaint."""
    check = {**_CHECKS, "ror": _ror}.get(scheme)
    if check is None:
        return text.strip(), None
    found = check(text)
    if found is None:
        return text, f"Invalid {_NAMES.get(scheme, scheme.upper())} identifier."
    return found, None


def edtf(text: str) -> bool:
    """Whether this is a date or interval of EDTF level 0: years, months or days, no times."""
    parts = text.split("/")
    return len(parts) <= 2 and all(_day(part) for part in parts) and parts == sorted(parts)


def _day(text: str) -> bool:
    found = _DAY.match(text)
    if found is None:
        return False
    try:
        date(max(int(found[1]), 1), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        return False
    return True
