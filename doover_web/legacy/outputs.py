"""Files and packages that the first generation sends: base64 on the wire, in the store an attachment that bears the
channel's name (`legacy-client-api §7, §15`). Pure."""

import base64
import binascii
import hashlib
import mimetypes
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile

LONGEST_NAME = 255
PACKAGE = "package"  # what stands in a processor's channel for its package
PACKED: tuple[str | None, str] = ("application/zip", ".zip")


def split_file(channel: str, message: Any) -> tuple[Any, list[UploadedFile]]:
    """What is kept of a message that holds a file or is a package, and the file. Whatever could not be put together
    again to the letter is no file and stays where it is."""
    if channel.startswith("#"):
        content = _bytes_of(message)
        content_type, extension = PACKED
    elif isinstance(message, dict) and isinstance(message.get("output_type", 0), str | None):
        content = _bytes_of(message.get("output"))
        content_type, extension = _meant(message["output_type"])
    else:
        return message, []
    if not content or len(channel + extension) > LONGEST_NAME or "\\" in channel or not channel.isprintable():
        return message, []
    return _rest(message, content), [SimpleUploadedFile(channel + extension, content, content_type)]


def _rest(message: Any, content: bytes) -> dict:
    if isinstance(message, dict):
        return {key: value for key, value in message.items() if key != "output"}
    return {PACKAGE: {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}}


def is_package(channel: str, document: Any) -> bool:
    """Whether `document` stands for the package that hangs on it."""
    return channel.startswith("#") and isinstance(document, dict) and list(document) == [PACKAGE]


def _bytes_of(text: Any) -> bytes | None:
    """The bytes of which `text` is the base64, in the one way there is to write it."""
    if not isinstance(text, str):
        return None
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return content if base64.b64encode(content).decode() == text else None


def _meant(kind: str | None) -> tuple[str | None, str]:
    """The content type that an `output_type` means, and an extension for it. Old programs also write `jpg`."""
    if kind and "/" not in kind:
        kind = mimetypes.guess_type(f"file.{kind}", strict=False)[0]
    return kind, (mimetypes.guess_extension(kind) if kind else None) or ""
