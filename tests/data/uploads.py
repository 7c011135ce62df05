"""Bodies with files, as clients send them, and what comes back."""

import asyncio
import json

BOUNDARY = "b0undary"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))


def part(name, content, filename=None, content_type=None):
    """One part of a multipart body; `content` a document or bytes."""
    head = f'Content-Disposition: form-data; name="{name}"'
    if filename is not None:
        head += f'; filename="{filename}"'
    if content_type is not None:
        head += f"\r\nContent-Type: {content_type}"
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + raw + b"\r\n"


def multipart(*parts):
    raw = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
    return {"raw": raw, "content_type": f"multipart/form-data; boundary={BOUNDARY}"}


def photo(number=1, name="photo.png", content=PNG, content_type="image/png"):
    return part(f"attachment-{number}", content, name, content_type)


def body(response):
    async def gather():
        return b"".join([piece async for piece in response.streaming_content])

    return asyncio.run(gather())


def names(document):
    return [one["filename"] for one in document["attachments"]]
