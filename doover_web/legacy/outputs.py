"""Files that the first generation sends: base64 under `output` on the wire, in the store an attachment that bears the
channel's name (`legacy-client-api §7.1, §15`). Pure."""

import base64
import binascii
import mimetypes
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile

LONGEST_NAME = 255


def split_file(channel: str, message: Any) -> tuple[Any, list[UploadedFile]]:
    """What is kept of a message that holds a file, and the file. Whatever could not be put together again to the
    letter is no file and stays where it is."""
    if channel.startswith("#") or not isinstance(message, dict) or "output_type" not in message:
        return message, []
    text, kind = message.get("output"), message["output_type"]
    content = _bytes_of(text) if isinstance(text, str) and isinstance(kind, str | None) else None
    content_type, extension = _meant(kind) if content else (None, "")
    if not content or len(channel + extension) > LONGEST_NAME or "\\" in channel or not channel.isprintable():
        return message, []
    kept = {key: value for key, value in message.items() if key != "output"}
    return kept, [SimpleUploadedFile(channel + extension, content, content_type)]


def _bytes_of(text: str) -> bytes | None:
    """The bytes of which `text` is the base64, in the one way there is to write it."""
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
