"""What the built-in report says: numbers of devices over a span, as CSV files. Pure: values in, bytes out."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import NamedTuple

from doover_web.data.cells import cell_of

SUMMARY_HEAD = ("device", "device_id", "group", "value", "count", "lowest", "mean", "highest", "first", "last")
COURSE_HEAD = ("time", "device", "device_id", "value", "lowest", "mean", "highest")


class Piece(NamedTuple):
    """What a value was from `start` (ms) on: how often it was `told`, and its extremes, sum and ends."""

    start: int
    told: int
    low: float
    high: float
    total: float
    first: float
    last: float


@dataclass(frozen=True, slots=True)
class Line:
    """One value of one device over the span; `mean` is that of time, without it the readings' own."""

    device: str
    device_id: int
    group: str
    path: str
    pieces: Sequence[Piece]
    mean: float | None = None


def summary_csv(lines: Iterable[Line]) -> bytes:
    """A row for each value: how often it was told, its extremes, mean and ends."""
    rows = (
        [_text(one.device), one.device_id, _text(one.group), _text(one.path), *_over(one.pieces, one.mean)]
        for one in lines
    )
    return _written(SUMMARY_HEAD, rows)


def course_csv(lines: Iterable[Line], zone: tzinfo) -> bytes:
    """A row for each piece of each value, its time in `zone` with the offset."""
    rows = (
        [_time(piece.start, zone), _text(one.device), one.device_id, _text(one.path), *_of(piece)]
        for one in lines
        for piece in one.pieces
    )
    return _written(COURSE_HEAD, rows)


def _over(pieces: Sequence[Piece], mean: float | None) -> list:
    count = sum(piece.told for piece in pieces)
    if not count:
        return [0, "", "", "", "", ""]
    low, high = min(piece.low for piece in pieces), max(piece.high for piece in pieces)
    mean = sum(piece.total for piece in pieces) / count if mean is None else mean
    return [count, low, min(max(mean, low), high), high, pieces[0].first, pieces[-1].last]


def _of(piece: Piece) -> list:
    return [piece.low, min(max(piece.total / piece.told, piece.low), piece.high), piece.high]


def _written(head: Sequence[str], rows: Iterable[list]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue().encode()


def _text(words: str) -> str:
    """Names come from people; a spreadsheet must not run them."""
    return cell_of(words) if words else ""


def _time(ms: int, zone: tzinfo) -> str:
    return datetime.fromtimestamp(ms / 1000, zone).isoformat(timespec="seconds")
