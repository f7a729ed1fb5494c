"""The identifiers that publish.toml may hold, each checked offline and brought to one form.

Every function takes what the author wrote, gives the form that manifest.py names, and raises
`mistake`, which says what would have been right where that is known.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from pubflow.load.findings import mistake, quoted
from pubflow.tree import hidden_character

_ORCID = re.compile(r"(\d{4})-?(\d{4})-?(\d{4})-?(\d{3}[\dXx])", re.ASCII)
_ROR = re.compile(r"0[a-hj-km-np-tv-z0-9]{6}[0-9]{2}")
_DOI = re.compile(r"10\.[0-9]{4,9}(?:\.[0-9]+)*/[^\s<>\"{}|\\^`]+")
_DOI_PAGE = re.compile(r"https?://(?:dx\.)?doi\.org/", re.I)
_RECORD_PAGE = re.compile(r"(.*)/(?:records?|uploads|deposit)/([A-Za-z0-9-]+)/?", re.ASCII)
_ARXIV = re.compile(r"([0-9]{2})([0-9]{2})\.([0-9]{4,5})(?:v[0-9]+)?")
_ARXIV_OLD = re.compile(r"[a-z-]+(?:\.[A-Z]{2})?/[0-9]{2}(?:0[1-9]|1[0-2])[0-9]{3}(?:v[0-9]+)?")
_HUB = re.compile(r"(?:(?:datasets|spaces)/)?[\w.-]+/[\w.-]+", re.ASCII)
_BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"


def orcid(text: str) -> str:
    """`0000-0002-1825-0097`. The last sign is ISO 7064 MOD 11-2 over the fifteen before it
    (support.orcid.org, "Structure of the ORCID Identifier", 2026-11)."""
    bare = re.sub(r"^(?:https?://)?(?:www\.)?orcid\.org/", "", text.strip(), flags=re.IGNORECASE)
    match = _ORCID.fullmatch(bare)
    if not match:
        what, why = f"{quoted(text)} is no ORCID iD", "it has sixteen digits in groups of four"
        raise mistake(what, why, 'Write it like "0000-0002-1825-0097".')
    digits = "".join(match.groups()).upper()
    total = 0
    for digit in digits[:-1]:
        total = (total + int(digit)) * 2
    wanted = "0123456789X"[(12 - total % 11) % 11]
    if digits[-1] != wanted:
        what = f"The ORCID iD {quoted(bare)} has a wrong digit"
        why = f"its check digit would be {wanted}, not {digits[-1]}"
        raise mistake(what, why, "Copy it again from the author's page on orcid.org.")
    return "-".join(match.groups()).upper()


def ror(text: str) -> str:
    """`https://ror.org/01ggx4157`. The last two digits are 98 minus the base-32 number times 100,
    modulo 97 (ISO 7064; ror.readme.io, "ROR identifier pattern", 2026-11)."""
    bare = re.sub(r"^(?:https?://)?(?:www\.)?ror\.org/", "", text.strip().lower())
    if not _ROR.fullmatch(bare):
        what, why = f"{quoted(text)} is no ROR id", "it is a 0, six letters or digits, two digits"
        raise mistake(what, why, 'Write it like "https://ror.org/01ggx4157"; find it on ror.org.')
    number = 0
    for sign in bare[:-2]:
        number = number * 32 + _BASE32.index(sign)
    wanted = f"{98 - number * 100 % 97:02d}"
    if bare[-2:] != wanted:
        what = f"The ROR id {quoted(bare)} has a wrong sign"
        why = f"its check digits would be {wanted}, not {bare[-2:]}"
        raise mistake(what, why, "Copy it again from ror.org.")
    return f"https://ror.org/{bare}"


def doi(text: str) -> str:
    """`10.5555/12345678`, bare; the forms `doi:` and `https://doi.org/` are taken off."""
    bare = re.sub(r"^(?:doi:\s*|https?://(?:dx\.)?doi\.org/)", "", text.strip(), flags=re.I)
    if not _DOI.fullmatch(bare):
        what, why = f"{quoted(text)} is no DOI", 'it begins with "10.", a number and a slash'
        raise mistake(what, why, 'Write it like "10.5281/zenodo.1234567".')
    return bare


def record(text: str) -> str:
    """A record at Zenodo or another InvenioRDM: its DOI, or the address of its page, which comes as
    `https://zenodo.org/records/123`; a draft's page is at `uploads`."""
    plain = text.strip()
    if not re.match(r"https?://", plain, re.I) or _DOI_PAGE.match(plain):
        try:
            return doi(plain)
        except ValueError as no:
            raise _no_record(text) from no
    parts = urlsplit(plain)
    found = _RECORD_PAGE.fullmatch(parts.path)
    if not found or not parts.hostname or "@" in parts.netloc:
        raise _no_record(text)
    host = parts.netloc.lower().removeprefix("www.")
    return f"{parts.scheme.lower()}://{host}{found[1]}/records/{found[2]}"


def record_number(record: str) -> str:
    """What tells one record from another, whether its DOI or its address is given."""
    return re.split("[/.]", record)[-1].lower()


def _no_record(text: str) -> ValueError:
    what = f"{quoted(text)} is no DOI and no address of a record's page"
    why = "either tells which record the next version is of"
    hint = 'Write it like "10.5281/zenodo.1234567" or "https://zenodo.org/records/1234567".'
    return mistake(what, why, hint)


def arxiv(text: str) -> str:
    """`2605.01234` or `hep-th/9901001`, without the version (info.arxiv.org/help/arxiv_identifier,
    2026-11: four digits until 1412, five since 1501)."""
    bare = re.sub(r"^(?:https?://)?(?:www\.)?arxiv\.org/(?:abs|pdf)/", "", text.strip())
    bare = re.sub(r"^arxiv:\s*", "", bare, flags=re.IGNORECASE).removesuffix(".pdf")
    if match := _ARXIV.fullmatch(bare):
        year_month = match[1] + match[2]
        digits = 4 if year_month < "1501" else 5
        if "01" <= match[2] <= "12" and year_month >= "0704" and len(match[3]) == digits:
            return bare.partition("v")[0]
    elif _ARXIV_OLD.fullmatch(bare):
        return re.sub(r"v[0-9]+$", "", bare)
    what, why = f"{quoted(text)} is no arXiv id", "it is year, month, a dot and five digits"
    raise mistake(what, why, 'Write it like "2605.01234".')


def address(text: str) -> str:
    """An https or http address without a user name in it."""
    try:
        parts = urlsplit(text.strip())
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in ("https", "http") or not host or re.search(r"\s", text.strip()):
        what, why = f"{quoted(_unsigned(text))} is no web address", "readers could not follow it"
        raise mistake(what, why, "Write it with https://.")
    if parts.username is not None or parts.password is not None:
        what, why = "The address holds a user name or password", "it would become public"
        raise mistake(what, why, "Take out what stands before the @.")
    if hidden := hidden_character(text.strip()):
        raise mistake(f"The address holds the hidden character {hidden}", "it would mislead")
    return text.strip()


def email(text: str) -> str:
    """`ada@uni-utopia.example`; only its shape is looked at."""
    if not re.fullmatch(r"[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\".]+", text) or hidden_character(text):
        raise mistake(f"{quoted(text)} is no e-mail address", "readers could not write to it")
    return text


def source(text: str) -> str:
    """Where something came from: `@data.meadows`, `hf:datasets/owner/name`, a DOI, an address."""
    text = text.strip()
    if text.startswith("@"):
        return text
    if text.startswith("hf:"):
        return "hf:" + _hub(text.removeprefix("hf:"), text)
    if re.match(r"https?://(?:dx\.)?doi\.org/|doi:|10\.", text, re.IGNORECASE):
        return doi(text)
    if "://" in text:
        return address(text)
    what, why = f"{quoted(text)} does not say where it is", "links to it could not be made"
    hint = "Write @data.<id>, hf:datasets/owner/name, a DOI or an https address."
    raise mistake(what, why, hint)


def model(text: str) -> str:
    """A model that others made: `owner/name` on the Hub, `@weights.<id>`, a DOI or an address."""
    text = text.strip()
    if text.startswith(("@", "hf:", "doi:", "10.")) or "://" in text:
        return source(text)
    return _hub(text, text)


def _hub(name: str, text: str) -> str:
    if not _HUB.fullmatch(name):
        what, why = f"{quoted(text)} names nothing on the Hub", "a name there is owner/name"
        raise mistake(what, why, 'Write it like "facebook/dinov2-large".')
    return name


def _unsigned(text: str) -> str:
    return re.sub(r"//[^/@]*@", "//***@", text)
