"""croissant.json of a data set: Croissant 1.1 with the RAI vocabulary 1.0. Pure.

mlcommons.org/croissant, specification of 2026-01-29. The Hub makes a description of its own, which
says nothing of collection, limits and biases; venues ask for those. `mlcroissant` 1.1.1 takes only
`https://schema.org/` for the vocabulary, though the specification prints `http` (run, 2026-11).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from pubflow.documents import bibtex, licenses
from pubflow.documents.codemeta import people
from pubflow.documents.facts import authors, cite, doi_url, one_line, page, prose, publisher, title
from pubflow.links import Links, address_of
from pubflow.manifest import File, Target
from pubflow.tree import matches

CONFORMS = ("http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0")
NAME = "croissant.json"

_OF_CROISSANT = (
    "arrayShape citeAs column containedIn equivalentProperty extract field fileObject fileProperty "
    "fileSet format includes isArray isLiveDataset jsonPath key md5 parentField path recordSet "
    "references regex repeated replace samplingRate separator source subField transform"
)
_RESPONSIBLE = {
    "collection": "rai:dataCollection",
    "limitations": "rai:dataLimitations",
    "biases": "rai:dataBiases",
    "uses": "rai:dataUseCases",
    "social_impact": "rai:dataSocialImpact",
    "annotations": "rai:dataAnnotationProtocol",
}
MEDIA = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".json": "application/json",
    ".jsonl": "application/jsonlines",
    ".parquet": "application/x-parquet",
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".zip": "application/zip",
    ".tar": "application/x-tar",
    ".gz": "application/gzip",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".wav": "audio/wav",
    ".mp4": "video/mp4",
    ".h5": "application/x-hdf5",
    ".npy": "application/x-npy",
    ".npz": "application/x-npz",
}
_MADE = ("README.md", NAME)


def context() -> dict[str, Any]:
    """The JSON-LD context of the specification's appendix, as `mlcroissant` 1.1 wants it."""
    words: dict[str, Any] = {word: f"cr:{word}" for word in _OF_CROISSANT.split()}
    words |= {
        "@language": "en",
        "@vocab": "https://schema.org/",
        "sc": "https://schema.org/",
        "cr": "http://mlcommons.org/croissant/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "dct": "http://purl.org/dc/terms/",
        "prov": "http://www.w3.org/ns/prov#",
        "conformsTo": "dct:conformsTo",
        "data": {"@id": "cr:data", "@type": "@json"},
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "examples": {"@id": "cr:examples", "@type": "@json"},
        "description": {"@container": "@language"},
        "name": {"@container": "@language"},
    }
    return dict(sorted(words.items()))


def render(target: Target, links: Links) -> str:
    """The file for the data set of `target`; its files are named by their public addresses."""
    return json.dumps(document(target, links), indent=2, ensure_ascii=False) + "\n"


def document(target: Target, links: Links) -> dict[str, Any]:
    """What the file says, as plain data."""
    artifact, release = target.artifact, target.release
    dois = dict.fromkeys(filter(None, (links.doi(artifact.key), links.concept_doi(artifact.key))))
    pages = [link.version_url or link.url for link in links.of(artifact.key).values()]
    home = page(links, artifact.key)
    licence = licenses.spdx_url(artifact.license) or artifact.license.display
    made: dict[str, Any] = {
        "@context": context(),
        "@type": "sc:Dataset",
        "conformsTo": list(CONFORMS),
        "name": slug(artifact.id),
        "alternateName": title(release, artifact),
        "description": prose(artifact.description or release.paper.abstract)
        or title(release, artifact),
        "url": home,
        "identifier": [doi_url(doi) for doi in dois],
        "sameAs": [one for one in dict.fromkeys(pages) if one != home],
        "license": licence,
        "creator": people(authors(release, artifact)),
        "publisher": _publisher(target, links),
        "datePublished": release.date.isoformat() if release.date else "",
        "version": release.version,
        "keywords": list(
            dict.fromkeys(map(one_line, (*artifact.keywords, *release.paper.keywords)))
        ),
        "inLanguage": list(dict.fromkeys(artifact.language)),
        "citeAs": bibtex.of(release, links, [artifact.key]),
        "isLiveDataset": False,
        "isAccessibleForFree": True,
    }
    made |= dict(_responsible(target, links))
    made["distribution"] = [*_files(target, links), *_splits(target)]
    return {key: value for key, value in made.items() if value not in (None, "", [], {})}


def slug(text: str) -> str:
    """A name that loaders take: letters, digits, dashes."""
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-") or "data"


def _publisher(target: Target, links: Links) -> dict[str, str]:
    name = publisher(links, target.artifact.key)
    return {"@type": "Organization", "name": name} if name else {}


def _responsible(target: Target, links: Links) -> Iterator[tuple[str, Any]]:
    says = target.artifact.responsible
    for key, word in _RESPONSIBLE.items():
        if text := prose(str(says.get(key) or "")):
            yield word, text
    sensitive = prose(str(says.get("sensitive") or ""))
    if consent := prose(str(says.get("consent") or "")):
        sensitive = f"{sensitive or 'not stated'}. Consent: {consent}"
    if sensitive:
        yield "rai:personalSensitiveInformation", sensitive
    if isinstance(says.get("synthetic"), bool):
        yield "rai:hasSyntheticData", says["synthetic"]
    if rights := prose(str(says.get("rights") or "")):
        yield "copyrightNotice", rights
    derived = says.get("derived_from", ())
    sources = [derived] if isinstance(derived, str) else derived
    found = [_source(str(one), links) for one in sources]
    if found := [one for one in found if one]:
        yield "prov:wasDerivedFrom", found


def _source(reference: str, links: Links) -> dict[str, str]:
    sibling = reference.startswith("@")
    address = cite(links, reference[1:]) if sibling else address_of(reference)
    if address.startswith("10."):
        address = doi_url(address)
    return {"@id": address} if address else {}


def _files(target: Target, links: Links) -> Iterator[dict[str, Any]]:
    for file in target.files or target.artifact.files:
        if file.name in _MADE and file not in target.artifact.files:
            continue
        if file.promised:
            continue
        found = {
            "@type": "cr:FileObject",
            "@id": _id(file.name),
            "name": file.name,
            "contentUrl": content_url(target, links, file),
            "contentSize": f"{file.size} B",
            "encodingFormat": media(file.name),
            "sha256": file.sha256,
        }
        yield found


def _splits(target: Target) -> Iterator[dict[str, Any]]:
    """A FileSet for each split, so that a reader knows which files are for what."""
    files = [file.name for file in target.artifact.files]
    for split, pattern in target.artifact.splits.items():
        inside = [name for name in files if matches(name, pattern)]
        if inside:
            yield {
                "@type": "cr:FileSet",
                "@id": f"split-{slug(split)}",
                "name": f"split-{slug(split)}",
                "description": f"The files of the split {one_line(split)}.",
                "containedIn": [{"@id": _id(name)} for name in inside],
                "encodingFormat": media(inside[0]),
                "includes": pattern,
            }


def content_url(target: Target, links: Links, file: File) -> str:
    """Where the file's bytes are fetched at this version; the page where that is not known."""
    found = links.of(target.artifact.key)
    name = quote(file.name)
    if (hub := found.get("huggingface")) and "/tree/" in hub.version_url:
        return f"{hub.version_url.replace('/tree/', '/resolve/', 1)}/{name}"
    for link in found.values():
        if link.doi:
            return f"{link.version_url or link.url}/files/{name}?download=1"
    return cite(links, target.artifact.key)


def media(name: str) -> str:
    """The media type that the name's ending tells, else that of any bytes."""
    return MEDIA.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")


def _id(name: str) -> str:
    """An id within the file: a node's id is an address, so it has no blanks."""
    return quote(name, safe="/")
