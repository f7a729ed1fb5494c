"""The pages for people: what a stranger sees of a record, with real links.

Simpler than the real pages, which are built by scripts; every link of the record is a plain `<a>`.
"""

from __future__ import annotations

from html import escape

from pubflow.rehearsal.wire import Response
from pubflow.rehearsal.zenodo.instance import PREFIX, Instance
from pubflow.rehearsal.zenodo.shapes import path_of
from pubflow.rehearsal.zenodo.state import Document, Json, Record

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;"
    "color:#222}table{border-collapse:collapse}td,th{padding:.2rem .8rem .2rem 0;text-align:left}"
    "small{color:#666}code{font-size:.85em}"
)


def html(status: int, title: str, body: str) -> Response:
    text = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}'
        f"</title><style>{_STYLE}</style></head>\n<body>{body}</body></html>\n"
    )
    return Response(status, text.encode(), {"content-type": "text/html; charset=utf-8"})


def missing() -> Response:
    return html(404, "Not found", "<h1>Page not found</h1><p>There is no such record.</p>")


def timed_out() -> Response:
    """What the proxy in front says when the server takes too long."""
    return html(504, "504 Gateway Time-out", "<h1>504 Gateway Time-out</h1>")


def moved(address: str) -> Response:
    """As the real server redirects: 302, an address without host, a short page."""
    shown = escape(address)
    text = (
        "<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n<h1>Redirecting...</h1>\n"
        "<p>You should be redirected automatically to the target URL: "
        f'<a href="{shown}">{shown}</a>. If not, click the link.\n'
    )
    headers = {"content-type": "text/html; charset=utf-8", "location": address}
    return Response(302, text.encode(), headers)


def landing(instance: Instance, record: Record, document: Document, base: str) -> Response:
    """The page of one version, or the preview of a draft."""
    metadata = document.metadata
    title = str(metadata.get("title", "No title"))
    parent = instance.state.parents[record.parent]
    parts = [f"<p><small>{instance.title} (stand-in)"]
    parts.append(" · draft" if document is record.draft else "")
    parts.append(f"</small></p><h1>{escape(title)}</h1>")
    names = [item["person_or_org"].get("name", "") for item in metadata.get("creators", ())]
    parts.append(f"<p>{escape('; '.join(names))}</p>")
    facts = {
        "Published": metadata.get("publication_date", ""),
        "Version": metadata.get("version", ""),
        "Publisher": metadata.get("publisher", ""),
        "Type": metadata.get("resource_type", {}).get("id", ""),
        "Licence": ", ".join(_right(item) for item in metadata.get("rights", ())),
    }
    rows = [(name, escape(str(value))) for name, value in facts.items() if value]
    if "doi" in document.pids:
        rows.append(("DOI", _link(document.pids["doi"]["identifier"], "doi", base)))
    if parent.doi:
        rows.append(("All versions", _link(parent.doi, "doi", base)))
    parts.append(_table(rows))
    parts.append(f"<section>{metadata.get('description', '')}</section>")
    if document.access["files"] == "public":
        parts.append("<h2>Files</h2>" + _table(_file_rows(record, document, base)))
    else:
        parts.append("<h2>Files</h2><p>The files are not public.</p>")
    related = [
        (
            item.get("relation_type", {}).get("id", ""),
            _link(item["identifier"], item.get("scheme", ""), base),
        )
        for item in metadata.get("related_identifiers", ())
        if "identifier" in item
    ]
    if related:
        parts.append("<h2>Related</h2>" + _table(related))
    code = document.custom_fields.get("code:codeRepository")
    if code:
        parts.append(f"<p>Repository: {_link(code, 'url', base)}</p>")
    return html(200, title, "".join(parts))


def badge(doi: str) -> Response:
    text = escape(doi)
    width = 48 + 7 * len(doi)
    image = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20">'
        f'<rect width="{width}" height="20" rx="3" fill="#0f80c1"/>'
        f'<text x="8" y="14" font-family="sans-serif" font-size="11" fill="#fff">DOI {text}</text>'
        "</svg>"
    )
    return Response(200, image.encode(), {"content-type": "image/svg+xml"})


def _file_rows(record: Record, document: Document, base: str) -> list[tuple[str, str]]:
    rows = []
    for entry in document.files.values():
        if entry.completed:
            address = f"{base}/records/{record.id}/files/{path_of(entry.key)}?download=1"
            link = f'<a href="{escape(address)}">{escape(entry.key)}</a>'
            rows.append((link, f"{entry.size} bytes, <code>md5:{entry.md5}</code>"))
    return rows


def _link(identifier: str, scheme: str, base: str) -> str:
    """A DOI of this instance leads here, as no resolver knows it; others to their resolver."""
    shown = escape(identifier)
    if scheme == "doi":
        host = base if identifier.startswith(PREFIX + "/") else "https://doi.org"
        address = f"{base}/doi/{identifier}" if host == base else f"{host}/{identifier}"
    elif scheme == "arxiv":
        address = f"https://arxiv.org/abs/{identifier.removeprefix('arXiv:')}"
    elif identifier.startswith(("http://", "https://")):
        address = identifier
    else:
        return shown
    return f'<a href="{escape(address)}">{shown}</a>'


def _right(item: Json) -> str:
    return str(item.get("id") or item.get("title", {}).get("en", ""))


def _table(rows: list[tuple[str, str]]) -> str:
    lines = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in rows)
    return f"<table>{lines}</table>"
