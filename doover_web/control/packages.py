"""Folders that travel as a zip in base64 text."""

import base64
import binascii
import io
import struct
import zipfile
from typing import IO

from doover_web.common.wire import BadRequest

LARGEST_FOLDER = 100 * 1024 * 1024  # bytes, unpacked
MOST_FILES = 20_000
ENTRY = b"PK\x01\x02"  # how an entry of the directory begins
PIECE = 1024 * 1024


def check_zip(text: str, what: str) -> None:
    """Refuse base64 that is none, a zip that is none, one that unpacks to too much or outside its folder."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as problem:
        raise BadRequest(f"{what} is not a zip in base64: {problem}", code="bad_package") from problem
    check_archive(io.BytesIO(raw), what)


def check_archive(file: IO[bytes], what: str, largest: int = LARGEST_FOLDER) -> None:
    """The same of a file that is a zip; it is read from its start, and stands there again afterwards."""
    try:
        if _entries(file) > MOST_FILES:  # asked before they are read: each becomes an object
            raise BadRequest(f"{what} unpacks to too much", code="bad_package")
        with zipfile.ZipFile(file) as archive:
            files = archive.infolist()
    except (ValueError, zipfile.BadZipFile, NotImplementedError, struct.error) as problem:
        raise BadRequest(f"{what} is not a zip: {problem}", code="bad_package") from problem
    finally:
        file.seek(0)
    if sum(one.file_size for one in files) > largest:
        raise BadRequest(f"{what} unpacks to too much", code="bad_package")
    for one in files:
        steps = one.filename.replace("\\", "/").split("/")
        if ".." in steps or steps[0] == "" or ":" in steps[0]:
            raise BadRequest(f"{what} holds a file outside its folder: {one.filename[:80]!r}", code="bad_package")


def _entries(file: IO[bytes]) -> int:
    """How many entries the directory of a zip may have, counted without reading it."""
    found, rest = 0, b""
    while piece := file.read(PIECE):
        text = rest + piece
        found += text.count(ENTRY)
        rest = text[-(len(ENTRY) - 1) :]
    file.seek(0)
    return found
