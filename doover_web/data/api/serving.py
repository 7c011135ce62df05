"""Sending a stored file: in pieces, in part when asked, and so that nothing in it can act as this site."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator

from django.core.files.base import File
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from doover_web.common.wire import JSON, Busy, NotFound, error_body

from ..blobs import storage
from ..files import StoredFile

log = logging.getLogger(__name__)
PIECE = 256 * 1024
RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
# A browser may show these by themselves; all else it saves. Nothing of them runs: see ISOLATED.
SHOWN = re.compile(
    r"image/(?:png|jpeg|gif|webp|avif|bmp|x-icon|vnd\.microsoft\.icon)|(?:video|audio)/[\w.+-]+|application/pdf"
    r"|text/(?:plain|csv|css|javascript)|application/(?:json|javascript|wasm)"
)
# As pages these would run; sent as text they are only read.
PAGES = re.compile(
    r"text/html|application/xhtml\+xml|(?:text|application)/(?:[\w.-]+\+)?xml|message/rfc822|multipart/.*"
)
ISOLATED = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"
# The viewer of a browser does not open in a sandbox; it has one of its own.
ISOLATED_PDF = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'"


def send_file(request: HttpRequest, file: StoredFile) -> HttpResponseBase:
    """200 with all of the file, 206 with the part that `Range` asks for, 416 when there is no such part."""
    tag = f'"{file.id}"'
    if request.headers.get("If-None-Match") == tag:
        return _dressed(HttpResponse(status=304), file, tag)
    part = _part(request, file.size, tag)
    if part is None:
        return _no_such_part(file)
    start, end = part
    if request.method == "HEAD":
        response: HttpResponseBase = HttpResponse()
    else:
        response = StreamingHttpResponse(_pieces(_opened(file), start, end))
    if end - start < file.size:
        response.status_code = 206
        response["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
    response["Content-Length"] = str(end - start)
    return _dressed(response, file, tag)


def _part(request: HttpRequest, size: int, tag: str) -> tuple[int, int] | None:
    """The bytes to send, from and up to; None when the part that is asked for lies outside of the file. Several parts
    at once, and parts of what the file was before, are answered with all of it."""
    asked = RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if asked is None or asked.group() == "bytes=-" or request.headers.get("If-Range", tag) != tag:
        return 0, size
    first, last = asked.groups()
    if not first:
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
    return (start, end) if start < end else None


def _opened(file: StoredFile) -> File:
    try:
        return storage().open(file.blob)
    except FileNotFoundError as problem:
        log.error("The bytes of attachment %s are missing: %s", file.id, file.blob)
        raise NotFound("The bytes of this attachment are lost") from problem
    except Exception as problem:
        raise Busy("The file cannot be read right now; try again") from problem


def _no_such_part(file: StoredFile) -> HttpResponse:
    response = HttpResponse(error_body("The file has no such part", "bad_range"), status=416, content_type=JSON)
    response["Content-Range"] = f"bytes */{file.size}"
    return response


async def _pieces(opened: File, start: int, end: int) -> AsyncIterator[bytes]:
    """The bytes from `start` up to `end`, read beside the loop."""
    try:
        await asyncio.to_thread(opened.seek, start)
        while start < end and (piece := await asyncio.to_thread(opened.read, min(PIECE, end - start))):
            start += len(piece)
            yield piece
    finally:
        opened.close()


def _dressed(response: HttpResponseBase, file: StoredFile, tag: str) -> HttpResponseBase:
    kind = (file.content_type or "application/octet-stream").lower()
    is_shown = SHOWN.fullmatch(kind) is not None
    served = "text/plain" if PAGES.fullmatch(kind) else kind
    response["Content-Type"] = f"{served}; charset=utf-8" if served.startswith("text/") else served
    response["Content-Disposition"] = content_disposition_header(not is_shown, file.filename)
    response["Content-Security-Policy"] = ISOLATED_PDF if kind == "application/pdf" else ISOLATED
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = tag
    response["Cache-Control"] = "private, max-age=3600, immutable"
    return response
