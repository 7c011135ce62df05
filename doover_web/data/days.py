"""The course of many numbers of a channel at once, roughly: a few dozen places each, in a handful of queries."""

from collections.abc import Container, Mapping, Sequence
from typing import Any

import orjson

from doover_web.common.snowflake import first_id_of, now_ms

from .asking import ask
from .buckets import QUARTER
from .heard import heard
from .known import NUMBERS, stated
from .leaves import LARGEST as MOST_LARGE
from .leaves import LONGEST_PATH
from .models import Channel, Series
from .series import open_series

Place = tuple[float, float, float]  # lowest, mean, highest
PER_PLACE, LARGEST = 2, 65_536  # messages that stand for a place where nothing is rolled up, bytes of each at most
OPENED = 4  # numbers that a reading brings into the pyramid at most

ROLLED = """
SELECT series, (start - %(after)s) / %(width)s AS place, min(min), sum(sum) / sum(count), max(max),
       (array_agg(last ORDER BY start DESC))[1]
FROM data_seriesbucket
WHERE agent_id = %(agent)s AND channel_id = %(channel)s AND series = ANY(%(series)s::smallint[])
  AND step = %(step)s AND start >= %(after)s AND start < %(before)s
GROUP BY 1, 2
"""
SAMPLED = """
SELECT s.place, m.data::text
FROM unnest(%(lows)s::bigint[], %(highs)s::bigint[]) WITH ORDINALITY AS s(low, high, place)
CROSS JOIN LATERAL (
    SELECT data FROM data_message
    WHERE agent_id = %(agent)s AND channel_id = %(channel)s AND id >= s.low AND id < s.high
      AND (expires_at IS NULL OR expires_at > %(now)s)
    ORDER BY id LIMIT %(each)s
) m
WHERE pg_column_size(m.data) <= %(largest)s
"""


def read_days(channel: Channel, paths: Sequence[str], after: int, before: int, places: int) -> dict[str, list]:
    """How the numbers at `paths` went from `after` to `before` (ms): for each as many `Place`s as asked, None where
    nothing was said. What is not rolled up is sampled from the messages, and a few more are rolled up from then on."""
    width = max(QUARTER, (before - after) // places)
    after = max(after, channel.history_since) if channel.history_since is not None else after
    found: dict[str, list] = {path: [None] * places for path in paths if path and len(path) <= LONGEST_PATH}
    numbers = dict(
        Series.objects.filter(
            agent_id=channel.agent_id, channel_id=channel.id, path__in=list(found), edge__gt=after
        ).values_list("number", "path")
    )
    asked = {"agent": channel.agent_id, "channel": channel.id, "after": after, "before": before, "width": width}
    if numbers:
        ends: dict[str, dict[int, float]] = {path: {} for path in numbers.values()}
        for number, place, *values, last in ask(ROLLED, {**asked, "series": list(numbers), "step": QUARTER}):
            if place < places:
                found[numbers[number]][place] = tuple(values)
                ends[numbers[number]][place] = last
        _hold(found, ends, channel, asked)
    missing = [path for path in found if path not in numbers.values()]
    if missing:
        _sample(found, missing, asked, places)
        known = stated(channel, [path for path in missing if not any(found[path])], NUMBERS)
        for path in [path for path in missing if any(found[path]) or path in known][:OPENED]:
            open_series(channel, path)
    return found


def _hold(found: dict[str, list], ends: dict[str, dict[int, float]], channel: Channel, asked: dict) -> None:
    """What is told on change alone holds through the places in which the channel spoke of something else."""
    gaps = any(None in found[path][min(told) :] for path, told in ends.items() if told)
    moments = heard(channel, asked["after"], asked["before"], asked["width"]) if gaps else ()
    spoken = {(ms - ms % QUARTER - asked["after"]) // asked["width"] for ms in moments}  # as its bucket is placed
    for path, told in ends.items():
        hold(found[path], told, spoken)


def hold(places: list[Place | None], told: Mapping[int, float], spoken: Container[int]) -> None:
    """In places in which the channel spoke of something else, what was `told` last before them still was so."""
    value = None
    for place, known in enumerate(places):
        value = told.get(place, value)
        if known is None and value is not None and place in spoken:
            places[place] = (value, value, value)


def _sample(found: dict[str, list], paths: Sequence[str], asked: dict, places: int) -> None:
    """The first messages of each place stand for it."""
    starts = [asked["after"] + asked["width"] * place for place in range(places)]
    ids = [first_id_of(start) for start in [*starts, asked["before"]]]
    more = {"lows": ids[:-1], "highs": ids[1:], "each": PER_PLACE, "largest": LARGEST, "now": now_ms()}
    for place, text in ask(SAMPLED, {**asked, **more}):
        document = orjson.loads(text)
        for path in paths:
            if (value := number_at(document, path)) is not None:
                low, mean, high = found[path][place - 1] or (value, value, value)
                found[path][place - 1] = (min(low, value), (mean + value) / 2, max(high, value))


def number_at(document: Any, path: str) -> float | None:
    """The number at a path, a literal top-level key or keys joined by dots; None when there is none."""
    if not isinstance(document, dict):
        return None
    found: Any = document.get(path)
    if found is None:
        found = document
        for key in path.split("."):
            found = found.get(key) if isinstance(found, dict) else None
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    return found if is_number and abs(found) < MOST_LARGE else None
