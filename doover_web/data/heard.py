"""When anything was heard on a channel, so that what is told on change alone is known to have held meanwhile."""

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace

from doover_web.common.snowflake import id_at, ms_of, now_ms

from .asking import ask
from .leaves import LARGEST
from .models import Channel
from .series import Point
from .values import value_before

MOST_PLACES = 1000
FEWEST, PROBES = 2, 50  # distances that make a rhythm, stretches that are looked into
MEDIANS, HOUR = 3, 3_600_000  # silence longer than this is a gap (`ui-schema §8.1`)
HEARD = """
SELECT f.id, l.id FROM unnest(%(lows)s::bigint[], %(highs)s::bigint[]) AS s(low, high)
CROSS JOIN LATERAL (
    SELECT id FROM data_message WHERE agent_id = %(agent)s AND channel_id = %(channel)s AND id >= s.low AND id < s.high
      AND (expires_at IS NULL OR expires_at > %(now)s) ORDER BY id LIMIT 1
) f
CROSS JOIN LATERAL (
    SELECT id FROM data_message WHERE agent_id = %(agent)s AND channel_id = %(channel)s AND id >= f.id AND id < s.high
      AND (expires_at IS NULL OR expires_at > %(now)s) ORDER BY id DESC LIMIT 1
) l ORDER BY f.id
"""


def heard(channel: Channel, after: int, before: int, width: int) -> list[int]:
    """Moments (ms) in [after, before) of messages on `channel`: the first and the last of each `width` ms, found in two
    steps down an index for each place."""
    after = after if channel.history_since is None else max(after, channel.history_since)
    if after >= before:
        return []
    starts = range(after, before, width_over(after, before, width))
    asked = {
        "agent": channel.agent_id,
        "channel": channel.id,
        "lows": [id_at(start) for start in starts],
        "highs": [id_at(min(start + starts.step, before)) for start in starts],
        "now": now_ms(),
    }
    return sorted({ms_of(id_) for pair in ask(HEARD, asked) for id_ in pair})


def held_at(channel: Channel, path: str, after: int, told: Sequence[Point], step: int) -> Point | None:
    """The number that was told last before `after`, where what is `told` since begins later; truths count as 1 or 0."""
    if told and told[0].start - after < step:
        return None
    ms, value = value_before(channel, path, after) or (after, None)
    if not isinstance(value, int | float) or not abs(value) < LARGEST:
        return None
    number = float(value) if isinstance(value, bool) else value
    return Point(ms, 1, number, number, number, number, number)


def width_over(after: int, before: int, least: int) -> int:
    """How wide places are of which no more than MOST_PLACES cover a span."""
    return max(least, (before - after) // MOST_PLACES, 1)


def read_held(
    channel: Channel,
    told: Sequence[Point],
    step: int,
    after: int,
    before: int,
    silence: int = HOUR,
    *,
    is_sampled: bool = False,
) -> list[list[Point]]:
    """The points `told` within [after, before), each `step` ms wide, in runs with what held between them. `silence`:
    for how long (ms) the device may say nothing without a gap (`ui-schema §8.1`). With `is_sampled` values were passed
    over, so nobody knows what held."""
    long = max(silence, 3 * step // 2)
    edges = [point.start for point in told] + [before]
    is_close = all(other - one <= long for one, other in itertools.pairwise(edges))
    moments = [] if is_close or is_sampled or not told else heard(channel, after, before, long // 2)
    limit = max(MEDIANS * usual_distance(told, step), silence, width_over(after, before, 1))
    return runs_held(told, limit, long, moments, before)


def usual_distance(points: Sequence[Point], step: int) -> int:
    """The middle of the distances between points (ms), `step` at the least."""
    distances = sorted(other.start - one.start for one, other in itertools.pairwise(points))
    return max(distances[len(distances) // 2] if distances else 0, step, 1)


def runs_held(
    points: Sequence[Point], silence: int, long: int, moments: Sequence[int], until: int
) -> list[list[Point]]:
    """`points` in runs without what nobody knows. Where more than `long` ms passed without a value it held as long as
    the channel spoke (`moments`) of something else; a run ends where nothing was said for more than `silence` ms. Up
    to `until` at the end."""
    runs: list[list[Point]] = []
    for point, following in itertools.zip_longest(points, points[1:]):
        if runs and point.start - runs[-1][-1].start <= silence:
            runs[-1].append(point)
        else:
            runs.append([point])
        end = following.start if following else until
        if end - point.start > long:
            _hold(runs, point, silence, moments[bisect_right(moments, point.start) : bisect_left(moments, end)])
    return runs


def cut_before(runs: Iterable[Sequence[Point]], after: int) -> list[list[Point]]:
    """The runs from `after` on; one that begins before it is cut there, on its line. Its ends are what was told, not
    where the line is."""
    found = []
    for run in runs:
        place = next((at for at, point in enumerate(run) if point.start >= after), len(run))
        kept = list(run[place:])
        if kept and place and kept[0].start > after:
            one, other = run[place - 1], kept[0]
            share = (after - one.start) / (other.start - one.start)
            value = one.mean + (other.mean - one.mean) * share
            low, high = min(one.last, other.first), max(one.last, other.first)
            kept.insert(0, Point(after, 1, low, high, value, one.last, one.last))
        if kept:
            found.append(kept)
    return found


def mean_of(runs: Iterable[Sequence[Point]]) -> float | None:
    """The mean over the time that the lines of these runs cover, not over how often somebody spoke."""
    area = length = 0.0
    alone: list[float] = []
    for run in runs:
        alone += [point.mean for point in run]
        for one, other in itertools.pairwise(run):
            area += (one.mean / 2 + other.mean / 2) * (other.start - one.start)
            length += other.start - one.start
    if length:
        return area / length
    return sum(alone) / len(alone) if alone else None


def mean_held(told: Sequence[Point], step: int, until: int) -> float | None:
    """The mean over the time to `until` (ms) of what holds until something else is told, as truths do. Of a point that
    stands for the values of `step` ms its mean counts for as long, and then what it ended with."""
    area = length = 0.0
    for point, following in itertools.zip_longest(told, told[1:]):
        whole = max((following.start if following else until) - point.start, 0)
        inside = min(step, whole)
        area += point.mean * inside + point.last * (whole - inside)
        length += whole
    return area / length if length else mean_of([told])


def speaks_between(channel: Channel, told: Sequence[Point]) -> bool:
    """Whether the channel mostly spoke of something else between values: those are told on change then."""
    pairs = list(itertools.pairwise(told))
    probed = pairs[:: max(len(pairs) // PROBES, 1)]
    asked = {
        "agent": channel.agent_id,
        "channel": channel.id,
        "lows": [id_at(one.start + 1) for one, _ in probed],
        "highs": [id_at(other.start) for _, other in probed],
        "now": now_ms(),
    }
    return bool(probed) and len(ask(HEARD, asked)) > len(probed) // 2


def is_steady(told: Sequence[Point]) -> bool:
    """Whether values come at a rhythm, as readings do, and not when something changed."""
    distances = [other.start - one.start for one, other in itertools.pairwise(told)]
    if len(distances) < FEWEST:
        return False
    usual = sorted(distances)[len(distances) // 2]
    return sum(abs(one - usual) <= usual / 4 for one in distances) >= 3 * len(distances) / 4


def mean_in_steps(runs: Iterable[Sequence[Point]], step: int) -> float | None:
    """The mean over the time that these runs cover, where each value holds until the next. Of a point that stands for
    the values of `step` ms its mean counts for as long."""
    area = length = 0.0
    kept = list(runs)
    for run in kept:
        for one, other in itertools.pairwise(run):
            whole = other.start - one.start
            inside = min(step, whole) if one.count > 1 else 0
            area, length = area + one.mean * inside + one.last * (whole - inside), length + whole
    return area / length if length else mean_of(kept)


def lasting(told: Sequence[Point], until: int) -> list[Point]:
    """What holds until something else is told, as truths do, the last of it to `until` (ms): each with its end."""
    run: list[Point] = []
    for point, following in itertools.zip_longest(told, told[1:]):
        end = (following.start if following else until) - 1
        run += [point, held_to(point, end)] if end > point.start else [point]
    return run


def held_to(point: Point, ms: int) -> Point:
    """What a point said last, still so at a moment."""
    value = point.last
    return replace(point, start=ms, count=1, min=value, max=value, sum=value, first=value, last=value)


def _hold(runs: list[list[Point]], point: Point, silence: int, moments: Sequence[int]) -> None:
    """What `point` said last, held through these moments; what lies between the ends of a run is left out."""
    last = point.start
    for at, later in itertools.zip_longest(moments, moments[1:]):
        if at - last > silence:
            runs.append([held_to(point, at)])
        elif last == point.start and point.last != point.mean:
            runs[-1].append(held_to(point, point.start + 1))
        if at > runs[-1][-1].start and (later is None or later - at > silence):
            runs[-1].append(held_to(point, at))
        last = at
