"""What an element says, in words and drawings, for a viewer's language, zone and moment. No request, no database."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import orjson
from django.utils.translation import gettext as _

from doover_web.common.presence import mapping
from doover_web.pages import words

from . import kinds
from .dates import written
from .element import Element
from .gauges import Gauge, Spark, linear, radial
from .lookups import is_true, number
from .readings import read_tags
from .values import Range, colour_of, match, moment_of, number_text, ranges_of, scale_of, text_of, thresholds_of

log = logging.getLogger(__name__)
LONG_TEXT, CLIPPED = 80, 400
MOST_LINES, MOST_ROWS = 40, 60


@dataclass(frozen=True, slots=True)
class Reading:
    """A value as it is drawn. `kind` is number, text, flag, moment or none; `beyond`: a gauge ends before it."""

    kind: str
    text: str = "—"
    units: str = ""
    title: str = ""
    sub: str = ""
    zone: Range | None = None
    beyond: str = ""
    on: bool = False
    moment: datetime | None = None
    gauge: Gauge | None = None
    form: str = ""
    number: float | None = None
    scale: tuple[float, float] = (0, 1)
    spark: Spark | None = None

    @property
    def is_long(self) -> bool:
        """Text that takes lines of its own."""
        return self.kind == "text" and (len(self.text) > LONG_TEXT or "\n" in self.text)

    @property
    def size(self) -> str:
        """How much room the digits of a round gauge take."""
        length = len(self.text) + (0.5 * len(self.units))
        return "is-small" if length > 9 else "is-medium" if length > 6 else ""

    @property
    def spoken(self) -> str:
        """The value as it is read out."""
        said = f"{self.text} {self.units}".strip()
        return ", ".join(part for part in (said, self.beyond or (self.zone.label if self.zone else "")) if part)


@dataclass(frozen=True, slots=True)
class Face:
    """All that a reading says in its place, and nothing else: two that are equal are drawn the same."""

    id: str
    label: str
    icon: str
    help: tuple[str, ...]
    reads: tuple[str, ...]
    chart: str
    view: Reading
    is_available: bool
    is_container: bool

    @property
    def chart_words(self) -> str:
        """What a click on it opens, as it is read out."""
        return _("%(label)s: %(value)s, chart") % {"label": self.label, "value": self.view.spoken}


def face_of(element: Element) -> Face:
    """What the template of a reading is given."""
    return Face(
        id=element.id,
        label=element.label,
        icon=element.icon,
        help=element.help,
        reads=element.reads,
        chart=element.chart,
        view=element.view,
        is_available=element.is_available,
        is_container=element.is_container,
    )


def reading_of(element: Element, now: datetime, seen: tuple[float, float] | None = None) -> Reading:
    """How the value of a variable or timestamp is drawn; `seen` is the span of its last days, for a gauge without
    ranges."""
    kind = kind_of(element)
    if kind == "number":
        return _number(element, seen)
    if element.value is None or element.value == "":
        return _nothing(element, seen)
    if kind == "moment":
        return _moment(element, now)
    if kind == "flag":
        on = is_true(element.value)
        return Reading("flag", text=_("Yes") if on else _("No"), on=on)
    return Reading("text", text=_text(element.value))


def kind_of(element: Element) -> str:
    """number, text, flag or moment, by what the document says, else by the value."""
    declared, value = element.props.get("varType"), element.value
    if element.type == "uiTimestamp" or declared in ("time", "timestamp"):
        return "moment"
    if declared in ("bool", "boolean"):
        return "flag"
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if declared in ("float", "number", "int", "integer", None):
        if is_number or (declared and isinstance(value, str) and number(value) is not None):
            return "number"
        return "flag" if isinstance(value, bool) else "text"
    return "text"


def is_gauge(element: Element) -> bool:
    return element.type == "uiVariable" and element.props.get("form") in ("radialGauge", "linearGauge")


def has_scale(element: Element) -> bool:
    """Whether the document says from where to where its gauge reaches."""
    return element.units == "%" or bool(ranges_of(element.props.get("ranges")))


def is_graphable(element: Element) -> bool:
    """Whether a click on the value opens its chart."""
    refused = element.props.get("notGraphable")
    default = element.type == "uiTimestamp"
    return element.history is not None and not (default if refused is None else is_true(refused))


def _number(element: Element, seen: tuple[float, float] | None) -> Reading:
    value = number(element.value)
    if value is None:
        return _nothing(element, seen)
    ranges = ranges_of(element.props.get("ranges"))
    shown = Reading(
        "number",
        text=number_text(value, element.props.get("decPrecision")),
        units=element.units,
        zone=match(ranges, value),
        number=value,
    )
    if not is_gauge(element):
        return shown
    shown = _with_gauge(shown, element, seen)
    low, high = shown.scale
    if low <= value <= high:
        return shown
    return replace(shown, beyond=_("Above scale") if value > high else _("Below scale"))


def _nothing(element: Element, seen: tuple[float, float] | None) -> Reading:
    shown = Reading("none", title=_("No value yet"))
    return _with_gauge(shown, element, seen) if is_gauge(element) else shown


def _with_gauge(shown: Reading, element: Element, seen: tuple[float, float] | None) -> Reading:
    ranges, thresholds = ranges_of(element.props.get("ranges")), thresholds_of(element.props.get("thresholds"))
    if seen is None and shown.number is not None and not 0 <= shown.number <= 1:
        seen = (min(0.0, shown.number), max(0.0, shown.number))
    scale = scale_of(ranges, element.units, seen)
    form, ends = str(element.props.get("form")), (number_text(scale.min), number_text(scale.max))
    draw = radial if form == "radialGauge" else linear
    gauge = draw(shown.number, scale, ranges, thresholds, ends)
    return replace(shown, form=form, scale=(scale.min, scale.max), gauge=gauge)


def _moment(element: Element, now: datetime) -> Reading:
    moment = moment_of(element.value, now.tzinfo) if now.tzinfo else None
    if moment is None:
        return Reading("text", text=_text(element.value))
    pattern = element.props.get("absoluteFormat")
    absolute = written(moment, pattern) if isinstance(pattern, str) and pattern else words.clock(moment, now)
    return Reading("moment", text=words.ago(moment, now), sub=absolute, title=words.in_utc(moment), moment=moment)


def _text(value: Any) -> str:
    if isinstance(value, Mapping | list):
        return orjson.dumps(value).decode()[:CLIPPED]
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, int | float):
        return number_text(value)
    return str(value)


@dataclass(frozen=True, slots=True)
class Fold:
    """What can be folded: whether it is open at first, what its head says on the right, the page of tabs."""

    is_open: bool = False
    status: str = ""
    page: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A series of a plot in its legend."""

    label: str
    text: str
    units: str
    colour: str
    active: bool


@dataclass(frozen=True, slots=True)
class Foreign:
    """A part that somebody else's script draws: where it is from, and the values of its application."""

    source: str
    table: list


def fold_of(element: Element) -> Fold:
    """How a submodule or tabs begin."""
    page, visible = number(element.props.get("defaultPage")), element.visible
    before = visible[: int(page)] if page is not None and 0 <= page < len(visible) else []
    return Fold(
        is_true(element.props.get("defaultOpen")),
        text_of(element.props.get("statusString")),
        sum(one.type != kinds.WARNING for one in before),  # warnings have no tab
    )


def lines_of(element: Element) -> list[Line]:
    """The legend of a plot."""
    found = []
    for at, (name, series) in enumerate(list(element.series.items())[:MOST_LINES], 1):
        value = series.get("value", series.get("lookup"))
        shown = number_text(value) if isinstance(value, int | float) and not isinstance(value, bool) else _text(value)
        colour = colour_of(series.get("colour")) or str((at - 1) % 8 + 1)
        label, units = text_of(series.get("displayString")) or name, text_of(series.get("units"))
        found.append(Line(label, "—" if value is None else shown, units, colour, series.get("active") is not False))
    return found


def foreign_of(element: Element, tags: Mapping, now: datetime) -> Foreign:
    """What is said in place of a part that is not run here: whose it is, and its application's values."""
    url = text_of(element.props.get("componentUrl"))
    source = _host_of(url) if url.startswith("http") else url
    groups = read_tags({element.app_key: mapping(tags.get(element.app_key))}, None, now)
    return Foreign(source, [one for group in groups for one in group.readings][:MOST_ROWS])


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def draw_all(elements: Iterable[Element], tags: Mapping, now: datetime) -> None:
    """Give each of these its view; what somebody gave a view already keeps it. One that cannot be drawn becomes an
    error tile in its place."""
    for element in elements:
        if element.view is not None or element.problem:
            continue
        try:
            element.view = _view_of(element, tags, now)
        except Exception:  # whatever a document holds, the rest of the page stands (`ui-schema §25`)
            log.warning("an element cannot be drawn", exc_info=True, extra={"app": element.app_key, "at": element.id})
            element.problem = "broken"


def _view_of(element: Element, tags: Mapping, now: datetime) -> Any:
    if element.type in kinds.READINGS:
        return reading_of(element, now)
    if element.type in ("uiSubmodule", "uiTabs"):
        return fold_of(element)
    if element.type == "uiMultiPlot":
        return lines_of(element)
    return foreign_of(element, tags, now) if element.type == "uiRemoteComponent" else None
