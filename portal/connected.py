"""What there is to say of the connection of a device: when it was there, what it promised, where it came from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from doover_web.common.presence import mapping, number
from doover_web.data.comings import Turn, turns_of
from doover_web.pages import words

from .ui.frame import DeviceFrame
from .ui.uptime import Bar, Stay, bars_of, kinds_of, known_of, share_of, stays_of, within

DAYS = (1, 7, 30, 90)
USUAL_DAYS = 30
DAY_MS = 86_400_000
MOST_TURNS, MOST_SHOWN = 1000, 50


@dataclass(frozen=True, slots=True)
class Connected:
    """The last `days` of a connection, the newest stretch first; `more` are not listed. Where less is known, it is
    known `since`, and the share is that of `known`; there is none when all that is known is an outage."""

    days: int
    stays: list[Stay]
    more: int
    share: str
    bars: list[Bar]
    outages: int
    since: datetime | None
    known: str
    kinds: list[str]


def connected(device: DeviceFrame, days: int) -> Connected:
    """How a device was connected over the last days."""
    start = device.now_ms - days * DAY_MS
    turns = _with_silence(turns_of(device.reach, after_ms=0, most=MOST_TURNS), device)
    stays = within(stays_of(turns, device.now_ms), start, device.now_ms)
    known = known_of(stays)
    is_part = bool(known) and len(known) < len(stays)
    only_away = is_part and not any(one.is_there for one in known)
    return Connected(
        days=days,
        stays=known[:MOST_SHOWN],
        more=len(known[MOST_SHOWN:]),
        share="" if only_away else share_of(stays),
        bars=bars_of(stays),
        outages=sum(not one.is_there for one in known),
        since=known[-1].starts_at if is_part else None,
        known=words.duration((device.now_ms - known[-1].start) / 1000) if is_part else "",
        kinds=kinds_of(stays),
    )


def _with_silence(turns: list[Turn], device: DeviceFrame) -> list[Turn]:
    """The turns, with the outage that one is in and that no message told of."""
    seen, said = device.presence.seen, bool(turns) and not turns[0].is_there
    if not device.sees_history or not device.is_offline or said or seen is None or (turns and seen < turns[0].ms):
        return turns
    return [Turn(int(seen), False), *turns]


def days_asked(query) -> int:
    """Over how many days one wants to look."""
    asked = query.get("days", "")
    return int(asked) if asked in {str(one) for one in DAYS} else USUAL_DAYS


def promise_of(connection: Any) -> str:
    """How often a device means to be heard of; empty when it promised nothing."""
    config = mapping(mapping(connection).get("config"))
    interval = number(config.get("expected_interval"))
    if interval is not None and interval > 0:
        return _("every %(time)s") % {"time": words.duration(interval)}
    return _("all the time") if config.get("connection_type") == "Continuous" else ""


def address_of(connection: Any) -> str:
    """Where a device connected from last; empty when that is not known."""
    address = mapping(mapping(connection).get("status")).get("ip")
    return address[:64] if isinstance(address, str) else ""


def before_outage(device: DeviceFrame) -> str:
    """For how long a device had been there before it went away; empty when that is not known."""
    turns = turns_of(device.reach, after_ms=0, most=2)
    came = next((turn for turn in turns if turn.is_there), None)
    if came is None:
        return ""
    went = device.presence.seen if turns[0].is_there else turns[0].ms
    return words.duration((went - came.ms) / 1000) if went is not None and went > came.ms else ""
