"""Endpoints that this server keeps and cannot send to: placeholders, and Firebase, whose keys belong to one app."""

from typing import Any

from django.utils.translation import gettext_noop

from ..letter import Letter, NotSent

WHY = gettext_noop("This server sends nothing to addresses of this kind")


def check(extra_data: dict[str, Any]) -> None:
    """Anything may be kept."""


def obstacle(extra_data: dict[str, Any]) -> str:
    return WHY


def send(letter: Letter) -> None:
    raise NotSent(WHY, for_good=True)
