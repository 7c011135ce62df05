"""What stands in the files of a report, for reading and printing it without a spreadsheet."""

import csv
import io
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from doover_web.common.directions import UNITS
from doover_web.control.report_files import (
    COURSE_HEAD,
    KIND_HEAD,
    MOMENT,
    NAMED_HEAD,
    SECONDS_BELOW,
    SUMMARY_HEAD,
    TRUTH,
)
from doover_web.control.reports import Report
from doover_web.data.attached import Attached
from doover_web.data.blobs import storage
from doover_web.data.cells import value_of
from doover_web.data.models import Blob
from doover_web.identity.models import Agent
from doover_web.pages.words import clock, from_ms, looks_like_ms

from .ui.drawing import number
from .ui.gauges import Spark, spark
from .ui.key_values import in_words
from .ui.names import names_at
from .ui.naming import Named, spoken
from .ui.values import decimals
from .ui.wording import compass_point

MOST_ROWS = 200
SUMMARY, COURSE = "summary.csv", "course.csv"
LARGEST = 2_000_000  # bytes of a file that is read for a page
SLOTS = 48  # as many as the course of a day beside a value has
TEXTS = ("device", "group", "value", *NAMED_HEAD)
FIGURES = ("lowest", "mean", "highest", "last")
Band = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """One value of one device over the time of the report."""

    device: str
    group: str
    value: str
    app: str
    label: str
    units: str
    count: str
    lowest: str
    mean: str
    highest: str
    last: str
    spark: Spark | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """The first lines of a report, and how many more its file has."""

    lines: Sequence[Line]
    more: int


def sheet_of(report: Report, caller) -> Sheet | None:
    """The summary of a fleet report with the course of each value, by the names that `caller` may know; None for a
    report that has none."""
    files = {one.filename: one for one in report.files}
    rows = [one for one in _rows(report, files.get(SUMMARY), SUMMARY_HEAD) if not one["value"].endswith("_hidden")]
    if not rows:
        return None
    shown = rows[:MOST_ROWS]
    wanted = {(row["device_id"], row["value"]) for row in shown}
    courses = _courses(_rows(report, files.get(COURSE), COURSE_HEAD), wanted, _span(report.fields))
    names = _names(caller, {row["device_id"] for row in shown})
    lines = [
        _line(row, names.get(row["device_id"], {}).get(row["value"]), courses[row["device_id"], row["value"]])
        for row in shown
    ]
    return Sheet(lines, len(rows) - len(shown))


def _line(row: Mapping[str, str], named: Named | None, course: Sequence[Band | None]) -> Line:
    kind = row.get("kind") or (named.kind if named else "") or _kind_by_size(row)
    return Line(
        device=row["device"],
        group=row["group"],
        value=row["value"],
        app=named.app if named else row.get("application", ""),
        label=(named.label if named else row.get("name", "")) or spoken(row["value"].rpartition(".")[2]).capitalize(),
        units=named.units if named else row.get("unit", ""),
        count=_words(row["count"]),
        spark=None if kind == MOMENT else spark(course),
        **_figures(row, named, kind),
    )


def _kind_by_size(row: Mapping[str, str]) -> str:
    """What an older report, which says of no value what it is, holds as milliseconds since 1970."""
    ends = [_float(row[key]) for key in ("lowest", "highest")]
    return MOMENT if all(one is not None and looks_like_ms(one) for one in ends) else ""


def _figures(row: Mapping[str, str], named: Named | None, kind: str) -> dict[str, str]:
    if kind == MOMENT:
        return {**dict.fromkeys(FIGURES, "—"), "last": _moment(row["last"])}
    places, mean = decimals(named.props.get("decPrecision")) if named else None, _float(row["mean"])
    words = {key: _words(row[key], places) for key in FIGURES}
    if places is None and mean is not None:
        words["mean"] = number(mean, 1 + max(map(_places, (row["lowest"], row["highest"], row["last"]))))
    if (named.units if named else row.get("unit")) in UNITS:
        return _directions(row, words)
    if kind != TRUTH or mean is None:
        return words
    on, off = _("Yes"), _("No")
    ends = {key: on if _float(row[key]) else off for key in ("lowest", "highest", "last")}
    return {**ends, "mean": f"{number(100 * mean, 1)} %"}


def _directions(row: Mapping[str, str], words: dict[str, str]) -> dict[str, str]:
    """Where to in the mean and at last; none is lower than another, and older reports tell a mean that is none."""
    known = {"last", "mean"} if "unit" in row else {"last"}
    towards = {key: _float(row[key]) for key in known}
    told = {key: f"{words[key]}° {compass_point(at)}" for key, at in towards.items() if at is not None}
    return dict.fromkeys(FIGURES, "—") | told


def _names(caller, ids: set[str]) -> dict[str, Mapping[str, Named]]:
    """What the values of these devices are called on their pages, as far as the caller may see the devices."""
    known = [int(one) for one in ids if one.isascii() and one.isdigit() and len(one) < 19]
    devices = Agent.objects.visible_to(caller).devices().filter(pk__in=known)
    found = names_at(devices.values_list("id", flat=True))
    return {str(agent_id): names.values for agent_id, names in found.items()}


def _rows(report: Report, file: Attached | None, head: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a file that has these columns, perhaps with names behind them; none where it is something else, or
    too large for a page."""
    if file is None or file.size > LARGEST:
        return []
    blob = Blob.objects.filter(agent_id=report.organisation.id, id=file.blob_id).first()
    if blob is None:
        return []
    with storage().open(blob.name) as opened:
        text = opened.read().decode(errors="replace")
    try:
        first, *rows = list(csv.reader(io.StringIO(text))) or [[]]
    except csv.Error:  # anybody who may write there may have written anything
        return []
    if tuple(first) not in (tuple(head), (*head, *NAMED_HEAD), (*head, *NAMED_HEAD, *KIND_HEAD)):
        return []
    return [_plain(dict(zip(first, row, strict=True))) for row in rows if len(row) == len(first)]


def _plain(row: dict[str, str]) -> dict[str, str]:
    """Texts as they were before the file guarded them against spreadsheets."""
    texts = {key: found for key in TEXTS if isinstance(found := value_of(row.get(key, "")), str)}
    return row | texts


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
        found = float(row["lowest"]), float(row["mean"]), float(row["highest"])
    except ValueError:
        return None
    return found if all(map(math.isfinite, found)) else None


def _span(fields: Mapping[str, Any]) -> tuple[float, float] | None:
    start, end = fields.get("period_start"), fields.get("period_end")
    known = isinstance(start, int | float) and isinstance(end, int | float) and start < end
    return (float(start), float(end)) if known else None  # type: ignore[arg-type]


def _ms(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp() * 1000
    except ValueError:
        return None


def _words(text: str, decimals: int | None = None) -> str:
    value = _float(text)
    if value is None:
        return text[:40] or "—"
    return in_words(value, decimals) or number(value)


def _moment(text: str) -> str:
    """A moment of a file: as it is written now, or as older reports have it, in milliseconds or seconds since 1970."""
    value, now = _float(text), timezone.localtime()
    ms = _ms(text) if value is None else value if abs(value) >= SECONDS_BELOW else 1000 * value
    moment = None if ms is None else from_ms(ms, now.tzinfo)
    return clock(moment, now) if moment else text[:40] or "—"


def _places(text: str) -> int:
    """How many decimals a figure of the file has, four at most."""
    return min(4, len(text.rpartition(".")[2].rstrip("0"))) if "." in text and "e" not in text else 0


def _float(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
