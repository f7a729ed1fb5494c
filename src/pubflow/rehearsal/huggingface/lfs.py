"""Git LFS as the Hub speaks it: batch, one PUT or many parts, verify; and xet's token.

The batch API is git-lfs docs/api/batch.md; the Hub adds the transfer "multipart", whose header
holds chunk_size and one address per part under "00001", "00002" ... (huggingface_hub 2.4 lfs.py).
The addresses are signed and need no token. S3 stands behind them: it wants a length, and it
refuses bytes that are not what was signed.
"""

from __future__ import annotations

import hashlib
import io
import math
import re
import shutil
from pathlib import Path
from typing import Any, BinaryIO, cast

from pubflow.rehearsal.huggingface.bodies import fields
from pubflow.rehearsal.huggingface.call import Call
from pubflow.rehearsal.huggingface.refusals import Refusal
from pubflow.rehearsal.wire import BLOCK, Blobs, Response

OID = re.compile(r"^[0-9a-f]{64}$")
BATCH_TYPE = "application/vnd.git-lfs+json; charset=utf-8"
TOKEN_LIFE = 3600


def _href(call: Call, verb: str, oid: str, size: int, part: str = "") -> str:
    signature = call.stores.signature(verb, oid, str(size), part)
    tail = f"/{part}" if part else ""
    return (
        f"{call.request.base}/_lfs/{verb}/{oid}{tail}"
        f"?size={size}&X-Amz-Expires=900&X-Amz-Signature={signature}"
    )


def _signed(call: Call, verb: str) -> tuple[str, int]:
    """The oid and size that the address was signed for."""
    oid, size = call.args["oid"], call.request.arg("size")
    signature = call.stores.signature(verb, oid, size, call.args.get("part", ""))
    if call.request.arg("X-Amz-Signature") != signature:
        raise Refusal(403, "SignatureDoesNotMatch")
    return oid, int(size)


def batch(call: Call) -> Response:
    body = fields(
        call.body,
        needs={"operation": str, "objects": list},
        may={"transfers": list, "hash_algo": str, "ref": (dict, type(None))},
    )
    repository = call.repository()
    if body["operation"] not in ("upload", "download"):
        raise Refusal(422, '"operation" must be upload or download')
    if body.get("hash_algo", "sha256") not in ("sha256", "sha_256"):
        raise Refusal(409, "Only sha256 is known")
    transfers = body.get("transfers") or ["basic"]
    objects = []
    multipart = False
    for number, item in enumerate(body["objects"]):
        item = fields(item, needs={"oid": str, "size": int}, where=f"objects[{number}]")
        if not OID.match(item["oid"]) or item["size"] < 0:
            raise Refusal(422, f"objects[{number}]: not an LFS object")
        if body["operation"] == "upload":
            large = item["size"] > call.stores.multipart_above and "multipart" in transfers
            multipart = multipart or large
            objects.append(_upload(call, item["oid"], item["size"], large))
        else:
            committed = any(
                entry.lfs and entry.sha256 == item["oid"]
                for commit in repository.commits.values()
                for entry in commit.tree.values()
            )
            objects.append(_download(call, item["oid"], item["size"], committed))
    answer = {"transfer": "multipart" if multipart else "basic", "objects": objects}
    return Response.of(answer, content_type=BATCH_TYPE)


def _upload(call: Call, oid: str, size: int, large: bool) -> dict[str, Any]:
    known = {"oid": oid, "size": size}
    if oid in call.state.objects:
        return known
    action: dict[str, Any] = {"href": _href(call, "put", oid, size), "header": {}}
    if large:
        count = math.ceil(size / call.stores.part_size)
        header = {"chunk_size": str(call.stores.part_size)}
        for part in range(1, count + 1):
            header[f"{part:05}"] = _href(call, "part", oid, size, str(part))
        action = {"href": _href(call, "complete", oid, size), "header": header}
    verify = {"href": f"{call.request.base}/_lfs/verify/{oid}"}
    return {**known, "authenticated": True, "actions": {"upload": action, "verify": verify}}


def _download(call: Call, oid: str, size: int, committed: bool) -> dict[str, Any]:
    known = {"oid": oid, "size": size}
    if not committed:
        return {**known, "error": {"code": 404, "message": "Object does not exist"}}
    actions = {"download": {"href": _href(call, "get", oid, size)}}
    return {**known, "authenticated": True, "actions": actions}


def _length(call: Call) -> int:
    length = call.request.headers.get("content-length")
    if length is None:
        raise Refusal(411, "MissingContentLength")
    return int(length)


def put(call: Call) -> Response:
    oid, size = _signed(call, "put")
    if _length(call) != size:
        raise Refusal(400, "The length is not the one that was signed")
    blob = call.stores.objects.put(call.request.body, size)
    if (blob.sha256, blob.size) != (oid, size):
        raise Refusal(400, "BadDigest: the bytes are not those that were signed")
    with call.stores.lock:
        call.state.objects[oid] = size
    return Response(200, b"", {"etag": f'"{blob.md5}"'})


def _parts(call: Call, oid: str) -> Path:
    return call.stores.parts / oid


def put_part(call: Call) -> Response:
    oid, size = _signed(call, "part")
    number = int(call.args["part"])
    unit = call.stores.part_size
    expected = min(unit, size - unit * (number - 1))
    if _length(call) != expected:
        raise Refusal(400, f"Part {number} must be {expected} bytes")
    folder = _parts(call, oid)
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.md5()
    with (folder / f"{number:05}").open("wb") as out:
        while block := call.request.body.read(BLOCK):
            digest.update(block)
            out.write(block)
    etag = digest.hexdigest()
    (folder / f"{number:05}.etag").write_text(etag)
    return Response(200, b"", {"etag": f'"{etag}"'})


class _Joined(io.RawIOBase):
    """Files read one after the other."""

    def __init__(self, paths: list[Path]) -> None:
        self._paths = iter(paths)
        self._file: BinaryIO | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            if self._file is None:
                path = next(self._paths, None)
                if path is None:
                    return 0
                self._file = path.open("rb")
            got = cast(io.BufferedReader, self._file).readinto(buffer)
            if got:
                return got
            self._file.close()
            self._file = None


def complete(call: Call) -> Response:
    oid, size = _signed(call, "complete")
    body = fields(call.body, needs={"oid": str, "parts": list})
    if body["oid"] != oid:
        raise Refusal(400, "The oid is not the one that was signed")
    folder = _parts(call, oid)
    paths = []
    for number, item in enumerate(body["parts"], 1):
        item = fields(item, needs={"partNumber": int, "etag": str}, where=f"parts[{number}]")
        path = folder / f"{number:05}"
        etag = folder / f"{number:05}.etag"
        if item["partNumber"] != number or not etag.exists():
            raise Refusal(400, f"InvalidPart: {number}")
        if item["etag"].strip('"') != etag.read_text():
            raise Refusal(400, f"InvalidPart: {number} has another etag")
        paths.append(path)
    if len(paths) != math.ceil(size / call.stores.part_size):
        raise Refusal(400, "InvalidPart: some are missing")
    blob = call.stores.objects.put(cast(BinaryIO, io.BufferedReader(_Joined(paths), BLOCK)), size)
    if blob.sha256 != oid:
        raise Refusal(400, "BadDigest: the bytes are not those that were signed")
    with call.stores.lock:
        call.state.objects[oid] = size
    shutil.rmtree(folder, ignore_errors=True)
    return Response.of({"success": True})


def verify(call: Call) -> Response:
    body = fields(call.body, needs={"oid": str, "size": int})
    if body["oid"] != call.args["oid"]:
        raise Refusal(400, "The oid is not the one of the address")
    if call.state.objects.get(body["oid"]) != body["size"]:
        raise Refusal(404, "Object does not exist")
    return Response.of({"message": "ok"})


def get(call: Call) -> Response:
    oid, size = _signed(call, "get")
    return serve(call, call.stores.objects, oid, size, {"etag": f'"{oid}"'})


def serve(call: Call, source: Blobs, sha256: str, size: int, headers: dict[str, str]) -> Response:
    """Bytes, or the part of them that `Range` asks for (RFC 9110, section 14)."""
    headers = {"content-type": "application/octet-stream", "accept-ranges": "bytes", **headers}
    start, end, status = 0, size, 200
    asked = re.fullmatch(r"bytes=(\d*)-(\d*)", call.request.headers.get("range", ""))
    if asked and (asked[1] or asked[2]):
        if asked[1]:
            start = int(asked[1])
            end = min(int(asked[2]) + 1, size) if asked[2] else size
        else:
            start = max(0, size - int(asked[2]))
        if start >= end:
            raise Refusal(
                416, "Range not satisfiable", headers={"content-range": f"bytes */{size}"}
            )
        status = 206
        headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
    headers["content-length"] = str(end - start)
    if call.request.method == "HEAD" or start == end:
        return Response(status, b"", headers)
    file = source.open(sha256)
    if file is None:
        raise Refusal(507, "The rehearsal kept only the digest of this file, not its bytes")
    file.close()
    return Response(status, source.stream(sha256, start, end), headers)


def xet_write_token(call: Call) -> Response:
    """A folder on this computer instead of a CAS server: `local://` works in the shipped hf_xet."""
    call.repository().at(call.args["rev"])
    url, expires = call.stores.xet.new_cas(), int(call.now) + TOKEN_LIFE
    key = call.stores.signature("xet", url)[:32]
    return Response.of(
        {"accessToken": key, "exp": expires, "casUrl": url},
        x_xet_cas_url=url,
        x_xet_access_token=key,
        x_xet_token_expiration=str(expires),
    )
