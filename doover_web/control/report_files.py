"""What the built-in report says: numbers of devices over a span, as CSV files. Pure: values in, bytes out."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import NamedTuple

from doover_web.common.directions import UNITS
from doover_web.data.cells import cell_of
from doover_web.pages.words import from_ms

SUMMARY_HEAD = ("device", "device_id", "group", "value", "count", "lowest", "mean", "highest", "first", "last")
COURSE_HEAD = ("time", "device", "device_id", "value", "lowest", "mean", "highest")
NAMED_HEAD = ("application", "name", "unit")  # stand behind either
KIND_HEAD = ("kind",)  # and this behind a summary: what its figures are
MOMENT, TRUTH = "moment", "truth"
SECONDS_BELOW = 1e11  # a moment that is smaller is in seconds, a greater one in milliseconds


class Called(NamedTuple):
    """What a page calls a value: the heading, the name and the unit; `kind` is MOMENT or TRUTH, empty for a number."""

    app: str = ""
    name: str = ""
    unit: str = ""
    kind: str = ""


UNNAMED = Called()


class Piece(NamedTuple):
    """What a value was from `start` (ms) on: how often it was `told` (never, where it was only known to hold), and its
    extremes, sum and ends. `towards` is the mean of a direction, where it is known."""

    start: int
    told: int
    low: float
    high: float
    total: float
    first: float
    last: float
    towards: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One value of one device over the span; `mean` is that of time, without it the readings' own; directions have
    none then."""

    device: str
    device_id: int
    group: str
    path: str
    pieces: Sequence[Piece]
    mean: float | None = None
    named: Called = UNNAMED

    @property
    def is_direction(self) -> bool:
        return self.named.unit in UNITS

    @property
    def is_moment(self) -> bool:
        return self.named.kind == MOMENT


def summary_csv(lines: Iterable[Line], zone: tzinfo) -> bytes:
    """A row for each value: how often it was told, its extremes, mean and ends; of moments the ends, in `zone`; of
    directions the mean, empty where they cancel each other, and the ends."""
    rows = (
        [_text(one.device), one.device_id, _text(one.group), _text(one.path), *_over(one, zone), *map(_text, one.named)]
        for one in lines
    )
    return _written((*SUMMARY_HEAD, *NAMED_HEAD, *KIND_HEAD), rows)


def course_csv(lines: Iterable[Line], zone: tzinfo) -> bytes:
    """A row for each piece of each value, its time in `zone` with the offset; moments have no course."""
    rows = (
        [
            *(_time(piece.start, zone), _text(one.device), one.device_id, _text(one.path)),
            *(piece.low, _mean(piece, one.is_direction), piece.high),
            *map(_text, one.named[: len(NAMED_HEAD)]),
        ]
        for one in lines
        if not one.is_moment
        for piece in one.pieces
    )
    return _written((*COURSE_HEAD, *NAMED_HEAD), rows)


def _over(line: Line, zone: tzinfo) -> list:
    pieces = line.pieces
    count = sum(piece.told for piece in pieces)
    if not pieces:
        return [0, "", "", "", "", ""]
    if line.is_moment:
        return [count, "", "", "", _moment(pieces[0].first, zone), _moment(pieces[-1].last, zone)]
    if line.is_direction:  # no direction is lower than another
        return [count, "", "" if line.mean is None else line.mean, "", pieces[0].first, pieces[-1].last]
    low, high = min(piece.low for piece in pieces), max(piece.high for piece in pieces)
    return [count, low, _mean_over(line, count, low, high), high, pieces[0].first, pieces[-1].last]


def _mean_over(line: Line, count: int, low: float, high: float) -> float:
    mean = line.mean
    if mean is None:
        mean = sum(piece.total for piece in line.pieces) / count if count else line.pieces[-1].last
    return min(max(mean, low), high)


def _mean(piece: Piece, is_direction: bool) -> float | str:
    if is_direction:
        return "" if piece.towards is None else piece.towards
    return min(max(piece.total / piece.told, piece.low), piece.high) if piece.told else piece.last


def _written(head: Sequence[str], rows: Iterable[list]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue().encode()


def _text(words: str) -> str:
    """Names come from people; a spreadsheet must not run them."""
    return cell_of(words) if words else ""


def _moment(value: float, zone: tzinfo) -> str:
    moment = from_ms(value if abs(value) >= SECONDS_BELOW else value * 1000, zone)
    return moment.isoformat(timespec="seconds") if moment else ""


def _time(ms: int, zone: tzinfo) -> str:
    return datetime.fromtimestamp(ms / 1000, zone).isoformat(timespec="seconds")
