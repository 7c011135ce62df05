"""What an uploaded picture is, told from its content alone (pure, `control-api`, changes in 1.18.3)."""

import re

LARGEST = 5 * 1024 * 1024
LOOKED_AT = 4096  # bytes
_SVG = re.compile(rb"^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*<svg[\s>]", re.DOTALL | re.IGNORECASE)


def type_of(start: bytes) -> str | None:
    """The content type of a PNG, JPEG, WebP or SVG picture that begins with `start`; None for anything else."""
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if start.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    if _SVG.match(start[:LOOKED_AT]):
        return "image/svg+xml"
    return None
