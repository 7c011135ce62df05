"""What a device's documents say can be charted: its variables, its plots, and how each is to be drawn (pure;
`ui-schema §5.1, §7, §8`). A value's history is found by its path in `tag_values`."""

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .lookups import Sources, is_true, parse, read, resolve
from .walking import LONGEST, elements_of, leaves_of

SET = "$cmds."  # what begins the path of a value that was set, as its lookup does
LOOKUP = re.compile(r"!?\$tag\.([^:]+)(?::([^:]*))?(?::.*)?", re.DOTALL)
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|[a-zA-Z]{3,30}")
NAMED = {"blue", "green", "limegreen", "yellow", "orange", "tomato", "red", "magenta", "purple", "grey"}
NUMBER, TRUTH, TEXT, UNKNOWN = "number", "boolean", "string", "unknown"
KINDS = {"float": NUMBER, "bool": TRUTH, "string": TEXT, "number": NUMBER, "boolean": TRUTH}
SET_BY = {"uiSlider": NUMBER, "uiFloatInput": NUMBER, "uiSwitch": TRUTH, "uiBoolParam": TRUTH, "uiSelect": TEXT}
SPAN = re.compile(r"(\d{1,5})\s*([mhdw])")
UNITS_MS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}
MOST_ELEMENTS, MOST_LINES, MOST_BANDS = 2000, 300, 12


@dataclass(frozen=True, slots=True)
class Limit:
    """A line across a chart, or with `high` a zone; `colour` is one that `colour_of` let through."""

    label: str
    low: float
    high: float | None = None
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One value over time. `axis`: lines of the same text share a scale, an empty one has its own. `low` and `high`
    fix an end of the scale."""

    path: str
    title: str
    units: str = ""
    kind: str = UNKNOWN
    colour: str = ""
    axis: str = ""
    decimals: int | None = None
    steps: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    limits: tuple[Limit, ...] = ()
    is_active: bool = True

    @property
    def is_set(self) -> bool:
        """Whether it is what a control was set to."""
        return self.path.startswith(SET)


@dataclass(frozen=True, slots=True)
class Plot:
    """A chart that an application declares: its lines, how wide (ms) and with which limits it opens first."""

    key: str
    title: str
    lines: tuple[Line, ...]
    span: int | None = None
    view: str = ""
    earliest: int | None = None


@dataclass(frozen=True, slots=True)
class Chartable:
    """Everything of a device that can be drawn: its lines by path, what its controls were set to, its plots by
    `<app>.<element>` or `<app>/<way>/<element>`."""

    lines: dict[str, Line] = field(default_factory=dict)
    settings: dict[str, Line] = field(default_factory=dict)
    plots: dict[str, Plot] = field(default_factory=dict)

    def add(self, line: Line) -> None:
        """Keep a line, unless its value is known already."""
        (self.settings if line.is_set else self.lines).setdefault(line.path, line)

    def line(self, path: str) -> Line | None:
        """The value of a path, whichever it is."""
        return self.lines.get(path) or self.settings.get(path)


def chartable(ui_state: Any, tags: Any) -> Chartable:
    """What the page declares, then the tags that it says nothing of."""
    found = Chartable()
    tags = tags if isinstance(tags, Mapping) else {}
    elements = list(itertools.islice(elements_of(ui_state), MOST_ELEMENTS))
    for app, element in elements:
        if (line := _variable(app, element, tags)) is not None:
            found.add(line)
            found.plots.setdefault(f"{app}.{element['name']}", _of_variable(app, element, line))
    for app, element in elements:
        if (line := _control(app, element, tags)) is not None:
            found.add(line)
    for app, element in elements:
        if element.get("type") == "uiMultiPlot":
            _add_plot(found, app, element, tags)
    for path, value in leaves_of(tags):
        if len(found.lines) >= MOST_LINES:
            break
        kind = kind_of(value)
        if kind != UNKNOWN and path not in found.lines and not path.endswith("_hidden"):
            found.lines[path] = Line(path, _title(path), kind=kind)
    return found


def kind_of(value: Any) -> str:
    """How a single value is drawn."""
    if isinstance(value, bool):
        return TRUTH
    if isinstance(value, int | float):
        return NUMBER
    return TEXT if isinstance(value, str) else UNKNOWN


def history_path(lookup: Any, app: str) -> str | None:
    """`$tag.app().level_pct:number` in `tank_1` → `tank_1.level_pct`; None for what has no history here."""
    found = LOOKUP.fullmatch(lookup) if isinstance(lookup, str) else None
    if found is None:
        return None
    return ".".join(app if part == "app()" else part for part in found[1].split("."))


def set_path(lookup: Any, app: str) -> str | None:
    """`$cmds.app().speed` in `pump_1` → `$cmds.pump_1.speed`; None for what no control is set to."""
    found = parse(lookup) if isinstance(lookup, str) else None
    return f"{SET}{found.key(app)}" if found and found.source == "cmds" else None


def colour_of(value: Any) -> str:
    """A colour that may stand in an attribute; empty for anything else."""
    return value if isinstance(value, str) and COLOUR.fullmatch(value) else ""


def span_of(text: Any) -> int | None:
    """`24h` → ms; None for what is no span."""
    found = SPAN.fullmatch(text.strip()) if isinstance(text, str) else None
    return int(found[1]) * UNITS_MS[found[2]] if found and int(found[1]) else None


def value_at(document: Any, path: str) -> Any:
    """The value that a path names: a literal top-level key first."""
    if isinstance(document, Mapping) and path in document:
        return document[path]
    for part in path.split("."):
        document = document.get(part) if isinstance(document, Mapping) else None
    return document


# --- one element ---


def _add_plot(found: Chartable, app: str, element: Mapping, tags: Mapping) -> None:
    series = element.get("series")
    if not isinstance(series, Mapping):
        return
    lines = [line for key, one in series.items() if (line := _series(app, key, one, tags)) is not None]
    if not lines:
        return
    for line in lines:
        found.add(replace(line, axis=""))
    known = {line.path: found.line(line.path) or line for line in lines}
    lines = [replace(line, decimals=known[line.path].decimals) for line in lines]
    title = _text(element.get("title"), app, tags) or _text(element.get("displayString"), app, tags) or element["name"]
    span = span_of(element.get("defaultZoom"))
    view = _view(element, [limit for line in lines for limit in line.limits])
    if sum(bool(line.limits) for line in lines) > 1:
        view = "off" if element.get("defaultRangeView") == "off" else view
    for key in _keys(found, app, element):
        found.plots[key] = Plot(key, title, tuple(lines), span, view, _earliest(element))


def _keys(found: Chartable, app: str, element: Mapping) -> list[str]:
    """What a plot is called: the application and the name. One that stands in another element has its way there too,
    as its name alone may be that of several."""
    short, way = f"{app}.{element['name']}", element["way"]
    if "/" not in way:
        return [short]
    return [f"{app}/{way}", *([] if short in found.plots else [short])]


def _series(app: str, key: str, one: Any, tags: Mapping) -> Line | None:
    lookup = one.get("lookup") if isinstance(one, Mapping) else None
    path = history_path(lookup, app) or set_path(lookup, app)
    if path is None:
        return None
    shared, ends = one.get("sharedAxis"), one.get("range")
    ends = ends if isinstance(ends, Mapping) else {}
    steps = one.get("stepLabels")
    return Line(
        path=path,
        title=_text(one.get("displayString"), app, tags) or str(key)[:LONGEST],
        units=_text(one.get("units"), app, tags),
        kind=KINDS.get(str(one.get("dataType")), UNKNOWN),
        colour=colour_of(one.get("colour")),
        axis="*" if shared is True else shared[:LONGEST] if isinstance(shared, str) else f"own {path}",
        steps=tuple(_text(step) for step in steps[:MOST_BANDS]) if isinstance(steps, list) else (),
        low=_number(ends.get("min")),
        high=_number(ends.get("max")),
        limits=_limits(app, one, tags),
        is_active=one.get("active") is not False,
    )


def _variable(app: str, element: Mapping, tags: Mapping) -> Line | None:
    refused = resolve(element.get("notGraphable"), app, Sources(tags))
    if element.get("type") not in ("uiVariable", "uiTimestamp") or is_true(refused):
        return None
    path = history_path(element.get("currentValue"), app) or set_path(element.get("currentValue"), app)
    if path is None or element["type"] == "uiTimestamp":
        return None
    decimals = element.get("decPrecision")
    return Line(
        path=path,
        title=_text(element.get("displayString"), app, tags) or element["name"],
        units=_text(element.get("units"), app, tags),
        kind=KINDS.get(str(element.get("varType")), UNKNOWN),
        decimals=min(decimals, 9) if isinstance(decimals, int) and decimals >= 0 else None,
        limits=_limits(app, element, tags),
    )


def _control(app: str, element: Mapping, tags: Mapping) -> Line | None:
    """What a control is set to, where that is a single value; without a lookup it is kept under its name."""
    kind = SET_BY.get(str(element.get("type")))
    value = element.get("currentValue")
    path = f"{SET}{app}.{element['name']}" if value is None else set_path(value, app)
    if kind is None or path is None or (element["type"] == "uiSlider" and element.get("dualSlider") is not False):
        return None
    title = _text(element.get("displayString"), app, tags) or element["name"]
    return Line(path, title, _text(element.get("units"), app, tags), kind)


def _of_variable(app: str, element: Mapping, line: Line) -> Plot:
    since = _number(element.get("defaultRangeSince"))
    span = span_of(element.get("defaultZoom")) or (int(since) if since and 0 < since < 1e13 else None)
    key = f"{app}.{element['name']}"
    return Plot(key, line.title, (line,), span, _view(element, line.limits), _earliest(element))


def _limits(app: str, element: Mapping, tags: Mapping) -> tuple[Limit, ...]:
    def listed(name: str) -> list:
        value = element.get(name)
        if (path := history_path(value, app)) is not None:
            value = value_at(tags, path)
        return [one for one in value[:MOST_BANDS] if isinstance(one, Mapping)] if isinstance(value, list) else []

    def bound(one: Mapping, name: str) -> float | None:
        path = history_path(one.get(name), app)
        return _number(one.get(name) if path is None else value_at(tags, path))

    zones = [
        Limit(_text(one.get("label")), low, high, colour_of(one.get("colour")))
        for one in listed("ranges")
        if one.get("show_on_graph", one.get("showOnGraph", True)) is not False
        if (low := bound(one, "min")) is not None and (high := bound(one, "max")) is not None and low < high
    ]
    lines = [
        Limit(_text(one.get("label")), value, None, colour_of(one.get("colour")))
        for one in listed("thresholds")
        if (value := bound(one, "value")) is not None
    ]
    return tuple(zones + lines)


def _view(element: Mapping, limits) -> str:
    asked = element.get("defaultRangeView")
    if asked in ("line", "zone", "off"):
        return asked
    if any(limit.high is None for limit in limits):
        return "line"
    return "zone" if limits else "off"


def _earliest(element: Mapping) -> int | None:
    seconds = _number(element.get("earliestDataDate"))
    return int(seconds * 1000) if seconds is not None and 0 <= seconds < 1e11 else None


def _title(path: str) -> str:
    return path.rsplit(".", 1)[-1].replace("_", " ")[:LONGEST]


def _text(value: Any, app: str = "", tags: Mapping | None = None) -> str:
    """Words of a document; a binding to a tag is read, one to anything else is not known here."""
    if isinstance(value, str) and value.startswith(("$", "!$")):
        found = parse(value)
        value = read(found, app, Sources(tags or {})) if found and found.source == "tag" else ""
    return value[:LONGEST] if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e290 else None
