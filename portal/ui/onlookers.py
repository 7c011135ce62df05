"""Who looks at a device right now, by its `dv-ui-sub` (`ui-schema §13`), and what may come live there. Pure."""

from collections.abc import Iterable
from typing import Any

from doover_web.common.presence import mapping, number

from .controls import flag
from .element import Element
from .values import decimals

GONE_MS = 120_000


def here(document: Any, now: float) -> list[int]:
    """The people whose page of the device is open, those who were stamped last first."""
    stamps = mapping(mapping(document).get("agent_open"))
    fresh = [(stamp, int(who)) for who, at in stamps.items() if _is_id(who) and (stamp := number(at)) is not None]
    return [who for stamp, who in sorted(fresh, reverse=True) if now - stamp < GONE_MS]


def live_lines(elements: Iterable[Element]) -> list[str]:
    """The numbers that a device may send faster while somebody asks for it: a field, an element and decimals each."""
    found = [(one, one.history) for one in elements if flag(one.props.get("live")) and not one.old]
    shown = ((one, history[1]) for one, history in found if history and history[0] == "tag_values")
    return [f"{field} {one.id} {_places(one)}" for one, field in shown if not set(" |") & set(field)]


def _places(element: Element) -> str:
    places = decimals(element.props.get("decPrecision"))
    return "" if places is None else str(places)


def _is_id(who: Any) -> bool:
    return isinstance(who, str) and who.isascii() and who.isdigit() and len(who) <= 19
