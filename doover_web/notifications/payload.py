"""What a message on a `notifications` channel says (`data-api §12.1`). Pure."""

from dataclasses import dataclass
from typing import Any

import orjson

from .topics import SEVERITIES, SEVERITY_NAMES

LONGEST_TITLE, LONGEST_TOPIC = 200, 1000


@dataclass(frozen=True, slots=True)
class Payload:
    """`title` and `topic` are empty when the sender named none; `severity` is 3 to 7."""

    message: str
    title: str = ""
    severity: int = SEVERITIES["Info"]
    topic: str = ""


def read_text(text: str) -> Payload:
    """The payload of a message's JSON text. One that cannot be read goes out as it is, with the text for its words."""
    try:
        return read(orjson.loads(text))
    except orjson.JSONDecodeError:  # only the beginning of a very long one
        return Payload(text)


def read(data: Any) -> Payload:
    """The same, of a document."""
    if not _is_readable(data):
        return Payload(orjson.dumps(data).decode())
    severity = data.get("severity")
    return Payload(
        message=data["message"],
        title=(data.get("title") or "").strip()[:LONGEST_TITLE],
        severity=SEVERITIES["Info"] if severity is None else severity_of(severity) or 0,
        topic=(data.get("topic") or "")[:LONGEST_TOPIC],
    )


def _is_readable(data: Any) -> bool:
    if not isinstance(data, dict) or not isinstance(data.get("message"), str) or not data["message"].strip():
        return False
    if any(not isinstance(data.get(key), str | None) for key in ("title", "topic")):
        return False
    return data.get("severity") is None or severity_of(data["severity"]) is not None


def severity_of(value: Any) -> int | None:
    """3 to 7 for a number or an exact name; None for anything else."""
    if isinstance(value, str):
        return SEVERITIES.get(value)
    is_known = isinstance(value, int) and not isinstance(value, bool) and value in SEVERITY_NAMES
    return value if is_known else None
