"""The pages that people see: a repository with its card, its files, a collection.

Enough HTML that a stranger can follow every link of a card. What he may not see is a 404 that
looks like any other.
"""

from __future__ import annotations

from html import escape
from urllib.parse import quote

import nh3
from markdown_it import MarkdownIt

from pubflow.rehearsal.huggingface import cards, collections
from pubflow.rehearsal.huggingface.call import Call
from pubflow.rehearsal.huggingface.commits import small_text
from pubflow.rehearsal.huggingface.refusals import Refusal, no_entry
from pubflow.rehearsal.huggingface.state import SEGMENTS, USER, Repository, timestamp
from pubflow.rehearsal.wire import Response

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")
HTML = {"content-type": "text/html; charset=utf-8"}


def _page(title: str, body: str, headers: dict[str, str] | None = None) -> Response:
    text = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title></head>\n<body>\n<h1>{escape(title)}</h1>\n{body}\n"
        "</body></html>\n"
    )
    return Response(200, text.encode(), {**HTML, **(headers or {})})


def _place(repository: Repository, *rest: str) -> str:
    return "/" + "/".join([repository.place, *(quote(part, safe="/") for part in rest)])


def _link(address: str, text: str) -> str:
    return f'<a href="{escape(address)}">{escape(text)}</a>'


def _head(repository: Repository) -> str:
    marks = [repository.type, "private" if repository.private else "public"]
    if repository.gated:
        marks.append("gated")
    files = _link(_place(repository, "tree", "main"), "Files")
    return f"<p>{escape(' · '.join(marks))} · {files}</p>\n"


def repository(call: Call) -> Response:
    shown = call.repository()
    head = shown.at("main")
    card = small_text(call, head.tree, "README.md")
    body = nh3.clean(MARKDOWN.render(cards.split(card)[1]), link_rel=None)
    tags = "".join(f"<li>{escape(tag)}</li>" for tag in cards.tags(card, shown.type))
    parts = [_head(shown), f"<ul>{tags}</ul>\n<article>\n{body}</article>"]
    return _page(shown.id, "".join(parts), {"x-repo-commit": head.oid})


def tree(call: Call) -> Response:
    shown = call.repository()
    rev = call.args["rev"]
    head = shown.at(rev)
    root = call.args.get("path", "").strip("/")
    start = f"{root}/" if root else ""
    inside = sorted(path for path in head.tree if path.startswith(start))
    if root and not inside:
        raise no_entry(root)
    rows = "".join(
        f"<li>{_link(_place(shown, 'blob', quote(rev, safe=''), path), path)} "
        f"{head.tree[path].size} bytes</li>\n"
        for path in inside
    )
    return _page(f"{shown.id} at {rev}", f"{_head(shown)}<ul>\n{rows}</ul>")


def blob(call: Call) -> Response:
    shown = call.readable()
    rev, path = call.args["rev"], call.args["path"]
    head = shown.at(rev)
    entry = head.tree.get(path)
    if entry is None:
        raise no_entry(path)
    address = _place(shown, "resolve", quote(rev, safe=""), path)
    facts = f"<p>{entry.size} bytes, sha256 {entry.sha256}, {_link(address, 'download')}</p>"
    text = "" if entry.lfs else f"\n<pre>{escape(small_text(call, head.tree, path))}</pre>"
    return _page(f"{shown.id}: {path}", facts + text)


def commits(call: Call) -> Response:
    shown = call.repository()
    rev = call.args["rev"]
    rows = "".join(
        f"<li>{_link(_place(shown, 'commit', commit.oid), commit.oid[:7])} "
        f"{escape(commit.title)}, {timestamp(commit.when)}</li>\n"
        for commit in shown.history(shown.at(rev).oid)
    )
    return _page(f"{shown.id}: commits of {rev}", f"{_head(shown)}<ul>\n{rows}</ul>")


def commit(call: Call) -> Response:
    shown = call.repository()
    made = shown.at(call.args["rev"])
    files = _link(_place(shown, "tree", made.oid), "files")
    text = f"<p>{timestamp(made.when)}, {files}</p>\n<pre>{escape(made.message)}</pre>"
    return _page(f"{shown.id}: {made.title}", _head(shown) + text)


def discussion(call: Call) -> Response:
    shown = call.repository()
    thread = shown.discussion(int(call.args["num"]))
    if thread is None:
        raise Refusal(404, f"Discussion {call.args['num']} does not exist")
    text = MARKDOWN.render("\n\n".join([thread.description, *thread.comments]))
    body = nh3.clean(text, link_rel=None)
    return _page(f"{shown.id}: {thread.title}", f"<p>{escape(thread.status)}</p>\n{body}")


def collection(call: Call) -> Response:
    shown = collections.find(call)
    rows = []
    for item in collections.visible_items(call, shown):
        kind, name = item["type"], item["id"]
        place = name if kind == "model" else f"{SEGMENTS.get(kind, kind + 's')}/{name}"
        note = f": {escape(item['note'])}" if item["note"] else ""
        rows.append(f"<li>{_link('/' + quote(place, safe='/'), name)}{note}</li>\n")
    text = f"<p>{escape(shown['description'] or '')}</p>\n<ul>\n{''.join(rows)}</ul>"
    return _page(shown["title"], text)


def owner(call: Call) -> Response:
    name = call.args["owner"]
    rows = "".join(
        f"<li>{_link(_place(shown), shown.id)}</li>\n"
        for shown in call.state.repositories.values()
        if shown.owner == name and call.sees(shown)
    )
    return _page(name, f"<ul>\n{rows}</ul>")


def home(call: Call) -> Response:
    rows = "".join(
        f"<li>{_link(_place(shown), shown.place)}</li>\n"
        for shown in call.state.repositories.values()
        if call.sees(shown)
    )
    text = f"<p>A stand-in for the Hub, with everything that {USER} may show.</p>"
    return _page("Hugging Face rehearsal", f"{text}\n<ul>\n{rows}</ul>")
