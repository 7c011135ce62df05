"""What stands in the files of a report, for reading and printing it without a spreadsheet."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from doover_web.control.report_files import COURSE_HEAD, SUMMARY_HEAD
from doover_web.control.reports import Report
from doover_web.data.attached import Attached
from doover_web.data.blobs import storage
from doover_web.data.models import Blob

from .ui.drawing import number
from .ui.gauges import Spark, spark

MOST_ROWS = 200
SUMMARY, COURSE = "summary.csv", "course.csv"
LARGEST = 2_000_000  # bytes of a file that is read for a page
SLOTS = 60
FIGURES = ("lowest", "mean", "highest", "last")
Band = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """One value of one device over the time of the report."""

    device: str
    group: str
    value: str
    count: str
    figures: Sequence[str]
    spark: Spark | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """The first lines of a report, and how many more its file has."""

    lines: Sequence[Line]
    more: int


def sheet_of(report: Report) -> Sheet | None:
    """The summary of a fleet report with the course of each value; None for a report that has none."""
    files = {one.filename: one for one in report.files}
    rows = _rows(report, files.get(SUMMARY), SUMMARY_HEAD)
    if not rows:
        return None
    shown = rows[:MOST_ROWS]
    wanted = {(row["device_id"], row["value"]) for row in shown}
    courses = _courses(_rows(report, files.get(COURSE), COURSE_HEAD), wanted, _span(report.fields))
    lines = [
        Line(
            device=row["device"],
            group=row["group"],
            value=row["value"],
            count=_words(row["count"]),
            figures=[_words(row[key]) for key in FIGURES],
            spark=spark(courses[row["device_id"], row["value"]]) if courses else None,
        )
        for row in shown
    ]
    return Sheet(lines, len(rows) - len(shown))


def _rows(report: Report, file: Attached | None, head: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a file that has these columns; none where it is something else, or too large for a page."""
    if file is None or file.size > LARGEST:
        return []
    blob = Blob.objects.filter(agent_id=report.organisation.id, id=file.blob_id).first()
    if blob is None:
        return []
    with storage().open(blob.name) as opened:
        text = opened.read().decode(errors="replace")
    reader = csv.reader(io.StringIO(text))
    if tuple(next(reader, ())) != tuple(head):
        return []
    return [dict(zip(head, row, strict=True)) for row in reader if len(row) == len(head)]


def _courses(rows: Iterable[Mapping[str, str]], wanted: set, span: tuple[float, float] | None) -> Mapping[Any, list]:
    """The lowest, mean and highest of each value in equal slots of the span."""
    found: dict[Any, list[Band | None]] = defaultdict(lambda: [None] * SLOTS)
    for row in rows if span else ():
        key, at, band = (row["device_id"], row["value"]), _ms(row["time"]), _band(row)
        if span is None or key not in wanted or at is None or band is None or not span[0] <= at < span[1]:
            continue
        slot = int((at - span[0]) / (span[1] - span[0]) * SLOTS)
        before = found[key][slot]
        found[key][slot] = _joined(before, band) if before else band
    return found


def _joined(one: Band, other: Band) -> Band:
    return min(one[0], other[0]), (one[1] + other[1]) / 2, max(one[2], other[2])


def _band(row: Mapping[str, str]) -> Band | None:
    try:
        return float(row["lowest"]), float(row["mean"]), float(row["highest"])
    except ValueError:
        return None


def _span(fields: Mapping[str, Any]) -> tuple[float, float] | None:
    start, end = fields.get("period_start"), fields.get("period_end")
    known = isinstance(start, int | float) and isinstance(end, int | float) and start < end
    return (float(start), float(end)) if known else None  # type: ignore[arg-type]


def _ms(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp() * 1000
    except ValueError:
        return None


def _words(text: str) -> str:
    try:
        return number(float(text)) if text else "—"
    except (ValueError, OverflowError):
        return text[:40]
