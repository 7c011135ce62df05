"""Whether a device is there, in words: its `doover_connection` in, a badge out. Pure; the rule is `common/presence`."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from django.utils.translation import gettext as _

from doover_web.common.presence import Verdict, verdict
from doover_web.pages import words

MINUTE_MS = 60_000
KINDS = {"online": "ok", "overdue": "warn", "offline": "bad", "unknown": "idle", "hidden": "idle"}


@dataclass(frozen=True, slots=True)
class Presence:
    """The state (`online`, `overdue`, `offline`, `unknown`), since when in ms, the words, and the last sign of life."""

    state: str
    words: str
    since: float | None = None
    seen: float | None = None
    hidden: bool = False

    @property
    def kind(self) -> str:
        """The meaning of the colour."""
        return KINDS[self.state]

    @property
    def seen_at(self) -> datetime | None:
        return None if self.seen is None else words.from_ms(self.seen)


def judge(connection: Any, now_ms: float, zone: tzinfo | None = None) -> Presence:
    """The badge for an aggregate of `doover_connection`; whatever it holds, it never fails."""
    found = verdict(connection, now_ms)
    return Presence(found.state, _say(found, now_ms, zone), found.since, found.seen, found.hidden)


def _say(found: Verdict, now_ms: float, zone: tzinfo | None) -> str:
    if found.state == "unknown":
        return _("Never seen")
    if found.state == "online":
        at = words.from_ms(found.asleep_until, zone) if found.asleep_until is not None and zone else None
        return _("Asleep to %(time)s") % {"time": format(at, "%H:%M")} if at else _("Online")
    name = _("Offline") if found.state == "offline" else _("Overdue")
    if found.since is None or now_ms - found.since < MINUTE_MS:
        return name
    return f"{name} {words.duration((now_ms - found.since) / 1000)}"
