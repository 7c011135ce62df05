"""Whether a device is there, by its `doover_connection` (`data-api §16.2`): the one rule, as plain functions.

Pages judge with `verdict` when they read, the server with `while_open`, `after_link` and `by_word`
when it writes.
`static/js/presence.js` judges like `verdict`, so that a badge ages in the browser too.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CONTINUOUS_LIMIT_S, UNKNOWN_LIMIT_S = 120, 3600
# How long a device without any promise (no config) may be without its link.
GRACE_S = 10
FAR = 1 << 62
# What the server says while a link is open, and just after.
LINKED = ("ContinuousOnline", "ContinuousOnlineNoPing", "ContinuousPending")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state (`online`, `overdue`, `offline`, `unknown`), since when, the last sign of life and until when it
    sleeps (all in ms since 1970), and whether its badge is not to be shown."""

    state: str
    since: float | None = None
    seen: float | None = None
    asleep_until: float | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Turns:
    """From which moments (ms since 1970) a silent device counts as overdue and as offline; None for never.

    The verdict as two numbers, for lists that count and sort thousands of devices: `verdict` gives the same state.
    """

    seen: int | None
    overdue_from: int | None
    offline_from: int | None


def verdict(connection: Any, now_ms: float) -> Verdict:
    """The verdict on an aggregate of `doover_connection`; whatever it holds, it never fails."""
    document = mapping(connection)
    status, config = mapping(document.get("status")), mapping(document.get("config"))
    if not status:
        return Verdict("unknown", hidden=_hidden(config, "unknown"))
    seen, ping = number(status.get("last_online")), number(status.get("last_ping"))
    wake = number(config.get("next_wake_time"))
    asleep = wake is not None and wake > now_ms
    state, since = "online", None
    if document.get("determination") == "Offline" or (not asleep and _silent(seen, limit_s(config), now_ms)):
        state, since = "offline", seen
    elif not asleep and status.get("status") == "ContinuousOnlineNoPing":
        state, since = "overdue", ping
    elif not asleep:
        due = wake if wake is not None else _due(config, ping if ping is not None else seen)
        if due is not None and due < now_ms:
            state, since = "overdue", due
    asleep_until = wake if asleep and config.get("connection_type") != "Continuous" else None
    return Verdict(state, since, seen, asleep_until, _hidden(config, state))


def turns(connection: Any) -> Turns | None:
    """When the verdict on this `doover_connection` turns, if nothing more is written; None for a device never seen."""
    document = mapping(connection)
    status, config = mapping(document.get("status")), mapping(document.get("config"))
    if not status:
        return None
    seen, ping = number(status.get("last_online")), number(status.get("last_ping"))
    wake = number(config.get("next_wake_time"))
    awake = 0 if wake is None else wake
    offline = None if seen is None else max(_after(seen + limit_s(config) * 1000), awake)
    due = wake if wake is not None else _due(config, ping if ping is not None else seen)
    overdue = None if due is None else max(_after(due), awake)
    if status.get("status") == "ContinuousOnlineNoPing":
        overdue = awake
    if document.get("determination") == "Offline":
        offline = 0
    return Turns(_whole(seen), _whole(overdue), _whole(offline))


def while_open(connection: Any, now_ms: int, *, seen: Mapping, pongs: bool) -> dict:
    """The patch for a device whose own link is open: `seen` is what is known of the link (address, pings, latency),
    `pongs` whether its pings are answered. Without answers the last sign of life stays as it was."""
    before = number(mapping(mapping(connection).get("status")).get("last_online"))
    status: dict[str, Any] = {"status": "ContinuousOnline" if pongs else "ContinuousOnlineNoPing"}
    if pongs or before is None:
        status["last_online"] = now_ms
    return {"status": {**status, **seen}, "determination": "Online"}


def by_word(connection: Any, heard_ms: int, written_ms: int | None, fresh_s: float) -> dict | None:
    """The patch for a device without a link that said something by a request at `heard_ms`; None when enough is said:
    it was there within the last `fresh_s`, or somebody wrote after its words, at `written_ms`, that it is gone."""
    document = mapping(connection)
    status, config = mapping(document.get("status")), mapping(document.get("config"))
    seen, is_gone = number(status.get("last_online")), document.get("determination") == "Offline"
    if is_gone and written_ms is not None and written_ms > heard_ms:
        return None
    if not is_gone and seen is not None and heard_ms - seen < min(fresh_s, limit_s(config) / 3) * 1000:
        return None
    kind = "PeriodicUnknown" if _is_periodic(config) else "Unknown"
    return {"status": {"status": kind, "last_online": heard_ms, "last_ping": heard_ms}, "determination": "Online"}


def after_link(connection: Any, now_ms: int, ended_ms: int | None, grace_s: float = GRACE_S) -> dict | None:
    """The patch for a device without an open link; None when everything is said already. `ended_ms` is when its own
    link ended last, None when it never had one; `grace_s` is how long it may be away when its config promises nothing.
    """
    document = mapping(connection)
    status, config = mapping(document.get("status")), mapping(document.get("config"))
    if not status or document.get("determination") == "Offline":
        return None
    seen, wake = number(status.get("last_online")), number(config.get("next_wake_time"))
    # Somebody else (a processor) may have vouched for the device after its link ended.
    linked = ended_ms is not None and status.get("status") in LINKED and (seen is None or seen <= ended_ms + 1000)
    if wake is not None and wake > now_ms:
        return {"status": {"status": "PeriodicUnknown"}} if linked and _is_periodic(config) else None
    by_link = linked and not _promises(config)
    if _silent(ended_ms, grace_s, now_ms) if by_link else _silent(seen, limit_s(config), now_ms):
        return {"status": {"status": _gone(status, config)}, "determination": "Offline"}
    if linked and status.get("status") != "ContinuousPending":
        return {"status": {"status": "ContinuousPending"}}
    return None


def limit_s(config: Mapping) -> float:
    """After how many seconds of silence a device counts as gone."""
    after, interval = number(config.get("offline_after")), number(config.get("expected_interval"))
    if after is not None:
        return after
    if config.get("connection_type") == "Continuous":
        return CONTINUOUS_LIMIT_S
    return interval * 2 if interval is not None else UNKNOWN_LIMIT_S


def mapping(value: Any) -> Mapping:
    return value if isinstance(value, Mapping) else {}


def number(value: Any) -> float | None:
    """A finite number of a document; anything else counts as absent."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 1e15:
        return None
    return value


def _after(ms: float) -> int:
    """The first whole millisecond past a moment."""
    return math.floor(ms) + 1


def _whole(ms: float | None) -> int | None:
    """As a column holds it. What a document dates absurdly far is bounded, and on the same side of every clock."""
    return None if ms is None else math.ceil(max(-FAR, min(ms, FAR)))


def _silent(seen: float | None, limit: float, now_ms: float) -> bool:
    """Silent past its limit, though nobody may have determined it yet."""
    return seen is not None and now_ms - seen > limit * 1000


def _promises(config: Mapping) -> bool:
    """Whether the config says how long the device may be silent."""
    return (
        number(config.get("offline_after")) is not None
        or number(config.get("expected_interval")) is not None
        or config.get("connection_type") == "Continuous"
    )


def _is_periodic(config: Mapping) -> bool:
    return config.get("connection_type") in ("Periodic", "PeriodicContinuous")


def _gone(status: Mapping, config: Mapping) -> str:
    if _is_periodic(config):
        return "PeriodicUnknown"
    continuous = config.get("connection_type") == "Continuous" or status.get("status") in LINKED
    return "ContinuousOffline" if continuous else "Unknown"


def _due(config: Mapping, ping: float | None) -> float | None:
    interval = number(config.get("expected_interval"))
    return None if interval is None or ping is None else ping + interval * 1000


def _hidden(config: Mapping, state: str) -> bool:
    display = config.get("display")
    away = state in ("offline", "unknown")
    return display == "Never" or (display == "OfflineOnly" and not away) or (display == "OnlineOnly" and away)
