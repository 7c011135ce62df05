"""What an alarm would have done over the last days, before it is saved: its rule over the messages that were kept.

A channel with more messages than may be read is judged from the pyramid, by the first, lowest, highest and last value
of each stretch. Messages are what was logged; between them the state may have moved, so this is close and not exact.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from django.utils.translation import gettext as _

from doover_web.common.snowflake import ID_MAX, ID_MIN, first_id_of, ms_of, now_ms
from doover_web.common.window import Window
from doover_web.common.wire import Forbidden

from .access import Reach, channel_to_read, check_manages_alarms, ref_of
from .alarm_bodies import definition_of
from .alarm_rows import compiled_of
from .alarms import OPERATORS, Rule
from .leaves import LONGEST_PATH
from .models import Channel
from .replay import Readings, Replay, replay
from .series import MOST_POINTS, read_course
from .timeseries import list_readings
from .values import read_changes, value_before

DAY_MS = 86_400_000
DAYS = 30
PAGE, MOST_MESSAGES = 2_000, 20_000
MOST_KEYS = 8


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The replay of a rule over [after, before). `readings`: how many messages were judged; `is_coarse`: they were too
    many, and stretches stand for them; `since`: the first reading, None when there was none."""

    after: int
    before: int
    replay: Replay
    readings: int
    since: int | None
    is_coarse: bool = False
    is_sampled: bool = False


def rehearse(*, reach: Reach, name: str, body: Any, days: int = DAYS) -> Rehearsal:
    """What the alarm in `body` would have done with the channel's messages of the last `days`. Nothing is kept.
    Refused as making the alarm would be; it takes the right to history as well."""
    channel = channel_to_read(reach, name)
    check_manages_alarms(reach)
    if ref_of(reach, channel).hides_secrets:
        raise Forbidden(
            _("You may not watch over %(name)s: it holds secrets (device_configure)") % {"name": name[:80]},
            code="no_alarms",
        )
    rule = replace(compiled_of(definition_of(body)).rule, enabled=True)
    before = now_ms()
    after = before - days * DAY_MS
    if channel.history_since is not None:
        after = min(max(after, channel.history_since), before - 1)
    return _rehearsed(channel, rule, after, before)


def _rehearsed(channel: Channel, rule: Rule, after: int, before: int) -> Rehearsal:
    keys = sorted(
        {key for one in rule.conditions for key in one.keys if "\x00" not in key and len(key) <= LONGEST_PATH}
    )
    keys = keys[:MOST_KEYS]
    found = _messages(channel, keys, after, before) if keys else []
    held = _held(channel, keys, after)
    coarse, sampled = found is None, False
    if found is None:
        found, sampled = _coarse(channel, rule, keys, after, before)
    done = replay(rule, held, found, after, before)
    since = after if held else found[0][0] if found else None
    return Rehearsal(after, before, done, len(found), since, coarse, sampled)


def _messages(channel: Channel, keys: Sequence[str], after: int, before: int) -> list[Readings] | None:
    """What the messages say of these keys, in the order of time; None when they are too many."""
    found: list[Readings] = []
    cursor, last = first_id_of(after) - 1, first_id_of(before)
    while len(found) <= MOST_MESSAGES:
        page = list_readings([channel], Window(None, max(cursor, ID_MIN), PAGE), keys)
        for reading in page:
            if reading.message_id >= min(last, ID_MAX):
                return found
            value = orjson.loads(reading.value)
            found.append((ms_of(reading.message_id), value if len(keys) > 1 else {keys[0]: value}))
        if len(page) < PAGE:
            return found
        cursor = page[-1].message_id
    return None


def _held(channel: Channel, keys: Sequence[str], after: int) -> Readings | None:
    """What was known at the beginning; of several readings the oldest moment counts for all."""
    found = {key: held for key in keys if (held := value_before(channel, key, after)) is not None}
    return (
        (min(ms for ms, _value in found.values()), {key: value for key, (_ms, value) in found.items()})
        if found
        else None
    )


def _coarse(channel: Channel, rule: Rule, keys: Sequence[str], after: int, before: int) -> tuple[list[Readings], bool]:
    """The readings that stand for too many messages, and whether even they are a sample."""
    streams: list[list[Readings]] = []
    sampled = False
    for key in keys:
        wanted = _wanted(rule, key)
        if isinstance(wanted, str):
            changes = read_changes(channel, key, after, before)
            streams.append([(ms, {key: value}) for ms, value in changes.points])
            sampled = sampled or changes.since > after
            continue
        course = read_course(channel, key, after, before, MOST_POINTS)
        sampled = sampled or course.is_sampled
        streams.append(list(_spread(key, course, as_truth=isinstance(wanted, bool))))
    merged = sorted(itertools.chain.from_iterable(streams), key=lambda reading: reading[0])
    return merged, sampled


def _spread(key: str, course, *, as_truth: bool) -> Iterator[Readings]:
    """The values of each stretch, apart from one another so that all are judged."""
    for point in course.points:
        values = dict.fromkeys((point.first, point.max, point.min, point.last))
        ordered = [point.first, *(one for one in values if one not in (point.first, point.last)), point.last]
        width = max(course.step // max(len(ordered), 1), 1)
        for place, value in enumerate(ordered if point.count > 1 else [point.first]):
            yield point.start + place * width, {key: value >= 0.5 if as_truth else value}


def _wanted(rule: Rule, key: str) -> Any:
    """What a key is compared with."""
    return next((one.value for one in rule.conditions if one.key == key and one.operator in OPERATORS), None)
