"""Whether a device is there: its `doover_connection` in, a verdict out. Pure; `static/js/presence.js` judges alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from doover_web.pages import words

MINUTE_MS = 60_000
CONTINUOUS_LIMIT_S, UNKNOWN_LIMIT_S = 120, 3600
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
    """The verdict on an aggregate of `doover_connection`; whatever it holds, it never fails."""
    document = _mapping(connection)
    status, config = _mapping(document.get("status")), _mapping(document.get("config"))
    if not status:
        return Presence("unknown", "Never seen", hidden=_hidden(config, "unknown"))
    seen, ping = _number(status.get("last_online")), _number(status.get("last_ping"))
    wake = _number(config.get("next_wake_time"))
    asleep = wake is not None and wake > now_ms
    state, since = "online", None
    if document.get("determination") == "Offline" or _gone(config, seen, asleep, now_ms):
        state, since = "offline", seen
    elif not asleep and status.get("status") == "ContinuousOnlineNoPing":
        state, since = "overdue", ping
    elif not asleep:
        due = wake if wake is not None else _due(config, ping if ping is not None else seen)
        if due is not None and due < now_ms:
            state, since = "overdue", due
    asleep_until = wake if asleep and config.get("connection_type") != "Continuous" else None
    said = _say(state, since, asleep_until, now_ms, zone)
    return Presence(state, said, since, seen, _hidden(config, state))


def limit_s(config: Mapping) -> float:
    """After how many seconds of silence a device counts as gone."""
    after, interval = _number(config.get("offline_after")), _number(config.get("expected_interval"))
    if after is not None:
        return after
    if config.get("connection_type") == "Continuous":
        return CONTINUOUS_LIMIT_S
    return interval * 2 if interval is not None else UNKNOWN_LIMIT_S


def _gone(config: Mapping, seen: float | None, asleep: bool, now_ms: float) -> bool:
    """Silent past its limit, though nobody has determined it yet."""
    return seen is not None and not asleep and now_ms - seen > limit_s(config) * 1000


def _due(config: Mapping, ping: float | None) -> float | None:
    interval = _number(config.get("expected_interval"))
    return None if interval is None or ping is None else ping + interval * 1000


def _hidden(config: Mapping, state: str) -> bool:
    display = config.get("display")
    away = state in ("offline", "unknown")
    return display == "Never" or (display == "OfflineOnly" and not away) or (display == "OnlineOnly" and away)


def _say(state: str, since: float | None, wake: float | None, now_ms: float, zone: tzinfo | None) -> str:
    if state == "online":
        at = words.from_ms(wake, zone) if wake is not None and zone else None
        return f"Asleep to {at:%H:%M}" if at else "Online"
    name = state.capitalize()
    if since is None or now_ms - since < MINUTE_MS:
        return name
    return f"{name} {words.duration((now_ms - since) / 1000)}"


def _mapping(value: Any) -> Mapping:
    return value if isinstance(value, Mapping) else {}


def _number(value: Any) -> float | None:
    """A finite number of a document; anything else counts as absent."""
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e15:
        return None
    return value
