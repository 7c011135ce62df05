"""Endpoints that this server keeps and cannot send to: placeholders, and Firebase, whose keys belong to one app."""

from typing import Any

from ..letter import Letter, NotSent

WHY = "This server sends nothing to endpoints of this kind"


def check(extra_data: dict[str, Any]) -> None:
    """Anything may be kept."""


def obstacle(extra_data: dict[str, Any]) -> str:
    return WHY


def send(letter: Letter) -> None:
    raise NotSent(WHY, for_good=True)
