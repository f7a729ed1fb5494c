"""Release assets: bytes come in by one request each, and go out over short-lived addresses."""

from __future__ import annotations

import hashlib
import hmac
import re

from ..wire import Response
from . import shapes
from .call import Call, Route
from .releases import find
from .replies import failed, needs_token, no_content, not_found, problem
from .world import Asset, Release, Repository

SIZE_MOST = 2 * 1024**3
"""A file of exactly 2 GiB already fails (GitHub community #61733)."""
COUNT_MOST = 1000
OCTETS = "application/octet-stream"
_SPECIAL = re.compile(r"[^A-Za-z0-9_+-]+")


def asset_name(name: str) -> str:
    """The name under which GitHub keeps a file: "special characters" and leading or trailing
    periods change (REST docs, "Upload a release asset", 2026-11), runs of them become one dot
    (electron/forge #1761, actions/upload-release-asset #57)."""
    kept = _SPECIAL.sub(".", name).rstrip(".")
    return f"default{kept}" if kept.startswith(".") else kept


def _immutable(release: Release, what: str) -> None:
    # Words as users quote them: softprops #653, asdf #2329.
    if release.immutable:
        raise problem(422, f"Cannot {what} an immutable release.")


def _length(call: Call) -> int:
    """The size that the request announces. GitHub takes no chunked uploads (eine/tip #159)."""
    text = call.request.headers.get("content-length", "")
    if not text.isdecimal():
        raise problem(400, f"Bad Content-Length: {text}")
    size = int(text)
    if size < 1:
        message = "size must be greater than or equal to 1"
        raise failed("ReleaseAsset", "size", "custom", message)
    if size >= SIZE_MOST:
        message = "size must be less than 2147483648"
        raise failed("ReleaseAsset", "size", "custom", message)
    return size


def _content_type(call: Call) -> str:
    """Any type but a form: GitHub would keep the form's envelope as the file. What it answers
    without any type is not documented; 400 is a guess on the strict side."""
    content_type = call.request.headers.get("content-type", "")
    if not content_type or content_type.startswith("multipart/"):
        raise problem(400, f"Bad Content-Type: {content_type}")
    return content_type


def upload(call: Call) -> Response:
    """A `starter` keeps the name while bytes come in, and stays when they stop coming
    (OpenAPI notes on this operation: such an asset can be deleted safely)."""
    with call.lock:
        repository = call.repository(write=True)
        release = find(call, repository, write=True)
        name = asset_name(call.request.arg("name"))
        if not name:
            raise failed("ReleaseAsset", "name", "missing_field")
        content_type = _content_type(call)
        size = _length(call)
        _immutable(release, "upload assets to")
        if any(a.name == name for a in release.assets):
            raise failed("ReleaseAsset", "name", "already_exists")
        if len(release.assets) >= COUNT_MOST:
            message = f"a release may have at most {COUNT_MOST} assets"
            raise failed("ReleaseAsset", "", "custom", message)
        asset = Asset(
            id=call.world.new_id(),
            name=name,
            label=call.request.arg("label"),
            content_type=content_type,
            created_at=call.now,
        )
        release.assets.append(asset)
    blob = call.blobs.put(call.request.body, size)
    if blob.size != size:
        raise problem(502, "Server Error")
    with call.lock:
        asset.size = blob.size
        asset.digest = f"sha256:{blob.sha256}"
        asset.state = "uploaded"
        asset.updated_at = call.now
        told = shapes.asset(asset, release, repository, call.url)
    return Response.of(told, 201, location=told["url"])


def list_all(call: Call) -> Response:
    repository = call.repository()
    release = find(call, repository)
    return call.page([shapes.asset(a, release, repository, call.url) for a in release.assets])


def _find(call: Call, write: bool = False) -> tuple[Repository, Release, Asset]:
    repository = call.repository(write)
    found = call.world.asset(call.number("asset_id"))
    if found is None or found[0] is not repository or (found[1].draft and not call.known):
        raise not_found()
    if write and not call.known:
        raise needs_token()
    return found


def signature(secret: bytes, number: int) -> str:
    return hmac.new(secret, str(number).encode(), hashlib.sha256).hexdigest()[:32]


def read(call: Call) -> Response:
    """Metadata, or with `Accept: application/octet-stream` the way to the bytes: "API clients
    should handle both a 200 or 302 response" (REST docs); GitHub mostly redirects."""
    repository, release, asset = _find(call)
    if OCTETS in call.request.headers.get("accept", ""):
        if asset.state != "uploaded":
            raise not_found()
        place = f"/storage/{asset.id}/{signature(call.secret, asset.id)}"
        return Response(302, b"", {"location": call.url(place)})
    return Response.of(shapes.asset(asset, release, repository, call.url))


def change(call: Call) -> Response:
    repository, release, asset = _find(call, write=True)
    fields = call.fields()
    _immutable(release, "change assets of")
    name = asset_name(fields.get("name", asset.name))
    if any(a.name == name for a in release.assets if a is not asset):
        raise failed("ReleaseAsset", "name", "already_exists")
    asset.name = name
    asset.label = fields.get("label", asset.label)
    asset.updated_at = call.now
    return Response.of(shapes.asset(asset, release, repository, call.url))


def delete(call: Call) -> Response:
    _, release, asset = _find(call, write=True)
    _immutable(release, "delete assets of")
    release.assets.remove(asset)
    return no_content()


def _span(header: str, size: int) -> tuple[int, int] | None:
    match = re.fullmatch(r"bytes=(\d+)-(\d*)", header)
    if match is None or int(match[1]) >= size:
        return None
    return int(match[1]), min(int(match[2] or size - 1), size - 1) + 1


def download(call: Call) -> Response:
    """The bytes, for whoever holds the signed address."""
    with call.lock:
        found = call.world.asset(call.number("asset_id"))
        if found is None or not hmac.compare_digest(
            signature(call.secret, found[2].id), call.args["signature"]
        ):
            raise not_found()
        asset = found[2]
        asset.downloads += call.request.method == "GET"
    file = call.blobs.open(asset.sha256)
    if file is None:
        raise problem(507, "The rehearsal kept only the digest of this file, not its bytes.")
    file.close()
    headers = {
        "content-type": asset.content_type,
        "content-disposition": f'attachment; filename="{asset.name}"',
        "accept-ranges": "bytes",
        "etag": f'"{asset.sha256}"',
    }
    span = _span(call.request.headers.get("range", ""), asset.size)
    start, end = span or (0, asset.size)
    headers["content-length"] = str(end - start)
    if span:
        headers["content-range"] = f"bytes {start}-{end - 1}/{asset.size}"
    body = call.blobs.stream(asset.sha256, start, end)
    return Response(206 if span else 200, body, headers)


_R = "/repos/{owner}/{repo}/releases"
ROUTES = (
    Route("POST", f"/uploads{_R}/{{release_id}}/assets", upload, locked=False),
    Route("GET", f"{_R}/{{release_id}}/assets", list_all),
    Route("GET", f"{_R}/assets/{{asset_id}}", read),
    Route("PATCH", f"{_R}/assets/{{asset_id}}", change),
    Route("DELETE", f"{_R}/assets/{{asset_id}}", delete),
    Route("GET", "/storage/{asset_id}/{signature}", download, locked=False),
)
