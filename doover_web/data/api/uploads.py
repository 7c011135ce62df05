"""A request's body as a document and files: plain JSON, or multipart in the shapes that the clients send
(`data-api §7.6`)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler, TemporaryFileUploadHandler
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.utils.datastructures import MultiValueDict

from doover_web.common.wire import JSON, BadRequest, TooLarge, flag

from ..publish import apply_with
from ..requests import body_of
from ..writes import Applied, Write

PAYLOAD = "json_payload"
LONGEST_NAME = 255


class _Heard:
    """A body as it is read, and how many boundaries went by."""

    def __init__(self, body, boundary: bytes):
        self._body, self._boundary, self._end = body, boundary, b""
        self.boundaries, self.is_closed = 0, False

    def read(self, size=-1):
        piece, long = self._body.read(size), len(self._boundary)
        self.boundaries += (self._end[1 - long :] + piece).count(self._boundary)
        seen = self._end + piece
        self.is_closed = self.is_closed or self._boundary + b"--" in seen
        self._end = seen[-long - 1 :]
        return piece


class _Parser(MultiPartParser):
    """Django's parser, except that names of files stay as the client wrote them, as clients look for them again, and
    that no part is passed over: a body that breaks off, or a part whose head cannot be read, is refused."""

    _input_data: Any

    def _parse(self):
        if self._content_length == 0:
            return super()._parse()
        self._input_data = heard = _Heard(self._input_data, b"--" + self._boundary)
        fields, files = super()._parse()
        if not heard.is_closed:
            raise MultiPartParserError("it breaks off before its last boundary")
        if heard.boundaries - 1 > sum(len(parts) for _, parts in (*fields.lists(), *files.lists())):
            raise MultiPartParserError("a part has no name, or a head that is not UTF-8")
        return fields, files

    def sanitize_file_name(self, file_name):
        is_name = file_name.strip() and len(file_name) <= LONGEST_NAME and file_name.isprintable()
        if not is_name or set(file_name) & {"/", "\\"}:
            raise MultiPartParserError(f"a file name is 1 to {LONGEST_NAME} printable characters without slashes")
        return file_name


class _ToDisk(TemporaryFileUploadHandler):
    """Django's handler, except that the name of a file, which may be too long for the disk, stays off it."""

    def new_file(self, *args, **kwargs):
        super(TemporaryFileUploadHandler, self).new_file(*args, **kwargs)
        self.file = TemporaryUploadedFile("upload", self.content_type, 0, self.charset, self.content_type_extra)

    def file_complete(self, file_size):
        file = super().file_complete(file_size)
        file.name = self.file_name
        return file


def written(request: HttpRequest, make: Callable[[Any], Write], *, is_wrapped: bool) -> Applied:
    """Carry out the write that `make` makes of the request's document, with the files that came along."""
    with _sent(request) as (document, files):
        if files and is_wrapped and isinstance(document, dict):
            document.setdefault("data", {})  # files alone
        write = make(document)
        write.drops_files = flag(request.GET, "clear_attachments")
        return apply_with(write, files)


def upload_shape(example: Any, *, is_wrapped: bool) -> dict:
    """The OpenAPI text for a body that is JSON, or multipart with files."""
    parts = {PAYLOAD: {"type": "string", "example": example}, "attachment-1": {"type": "string", "format": "binary"}}
    form = {"schema": {"type": "object", "properties": parts}}
    schema = {"type": "object", **({"required": ["data"]} if is_wrapped else {})}
    content = {JSON: {"schema": schema, "example": example}, "multipart/form-data": form}
    return {"requestBody": {"required": True, "content": content}}


@contextmanager
def _sent(request: HttpRequest) -> Iterator[tuple[Any, list[UploadedFile]]]:
    """The document and the files, in the order of their parts; the files are on disk, and gone afterwards."""
    if not (request.content_type or "").lower().startswith("multipart/"):
        yield body_of(request.body), []
        return
    fields, parts = _parse(request)
    try:
        yield _document(fields, parts), _attachments(fields, parts)
    finally:
        for _, part in _each(parts):
            part.close()


def _parse(request: HttpRequest) -> tuple[MultiValueDict, MultiValueDict]:
    if not str(request.META.get("CONTENT_LENGTH", "")).isdigit():
        raise BadRequest("A body with files needs the header Content-Length", code="no_length")
    try:
        return _Parser(request.META, request, [MemoryFileUploadHandler(request), _ToDisk(request)], "utf-8").parse()
    except RequestDataTooBig as problem:
        raise TooLarge(f"The fields are larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} bytes") from problem
    except (MultiPartParserError, SuspiciousOperation, UnreadablePostError, ValueError, LookupError) as problem:
        raise BadRequest(f"The multipart body cannot be read: {problem}", code="bad_multipart") from problem


def _each(parts: MultiValueDict) -> Iterator[tuple[str, UploadedFile]]:
    return ((name, part) for name in parts for part in parts.getlist(name))


def _document(fields: MultiValueDict, parts: MultiValueDict) -> Any:
    """The document, from a field or from a file of its name; `{}` when there is neither."""
    part = parts.get(PAYLOAD)
    if part is None:
        return body_of(fields.get(PAYLOAD, "").encode())
    if part.size > settings.MAX_BODY_BYTES:
        raise TooLarge(f"{PAYLOAD} is larger than {settings.MAX_BODY_BYTES} bytes")
    return body_of(part.read())


def _attachments(fields: MultiValueDict, parts: MultiValueDict) -> list[UploadedFile]:
    if any(name.startswith("attachment") for name in fields):
        raise BadRequest("An attachment needs a file name: filename=… in its part", code="no_filename")
    return [part for name, part in _each(parts) if name.startswith("attachment")]
