"""Folders that travel as a zip in base64 text."""

import base64
import binascii
import io
import struct
import zipfile

from doover_web.common.wire import BadRequest

LARGEST_FOLDER = 100 * 1024 * 1024  # bytes, unpacked
MOST_FILES = 20_000
ENTRY = b"PK\x01\x02"  # how an entry of the directory begins


def check_zip(text: str, what: str) -> None:
    """Refuse base64 that is none, a zip that is none, one that unpacks to too much or outside its folder."""
    try:
        raw = base64.b64decode(text, validate=True)
        if raw.count(ENTRY) > MOST_FILES:  # asked before they are read: each becomes an object
            raise BadRequest(f"{what} unpacks to too much", code="bad_package")
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            files = archive.infolist()
    except (binascii.Error, ValueError, zipfile.BadZipFile, NotImplementedError, struct.error) as problem:
        raise BadRequest(f"{what} is not a zip in base64: {problem}", code="bad_package") from problem
    if sum(one.file_size for one in files) > LARGEST_FOLDER:
        raise BadRequest(f"{what} unpacks to too much", code="bad_package")
    for one in files:
        steps = one.filename.replace("\\", "/").split("/")
        if ".." in steps or steps[0] == "" or ":" in steps[0]:
            raise BadRequest(f"{what} holds a file outside its folder: {one.filename[:80]!r}", code="bad_package")
