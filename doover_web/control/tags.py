"""The words by which people sort devices: short, each once, in the order of the alphabet (pure)."""

import re
from collections.abc import Iterable
from typing import Any

from .values import wrong

MOST = 30  # of one device
LONGEST = 50
TAG = re.compile(rf"[^\s,\x00-\x1f\x7f](?:[^,\x00-\x1f\x7f]{{0,{LONGEST - 2}}}[^\s,\x00-\x1f\x7f])?")


def read_tags(value: Any, field: str = "tags") -> list[str]:
    """A list of tags as it is kept; null is none. BadRequest for anything else."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise wrong(field, "must be a list of texts")
    if not all(isinstance(one, str) and TAG.fullmatch(one.strip()) for one in value):
        raise wrong(field, f"holds something that is no tag: 1 to {LONGEST} characters without commas")
    return check_tags((one.strip() for one in value), field)


def from_text(text: str) -> list[str]:
    """The tags in what somebody typed, between commas."""
    return [one.strip() for one in text.split(",") if one.strip()]


def check_tags(tags: Iterable[str], field: str = "tags") -> list[str]:
    """Each once, in order. BadRequest when there are too many."""
    found = sorted(set(tags))
    if len(found) > MOST:
        raise wrong(field, f"has {MOST} tags at most")
    return found
