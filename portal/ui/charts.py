"""A chart of a device: which values over which time, read from the history and drawn. One for the full page, the drawer
and the plots on the device's page."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from doover_web.common.presence import mapping
from doover_web.common.presence import number as seconds
from doover_web.data.access import Reach, channel_named, check_history
from doover_web.data.heard import HOUR
from doover_web.data.leaves import LONGEST_PATH
from doover_web.data.timeseries import is_field
from doover_web.data.values import last_moment
from doover_web.identity.permissions import Rights

from .chart_lines import Shown, Source, Strip, gathered, number_of, point_words, set_number, strip_of
from .drawing import number
from .happenings import colour_words, marks_of
from .picture import Mark, Picture, picture, value_words
from .plots import NUMBER, TEXT, UNKNOWN, Chartable, Line, chartable, kind_of
from .spans import Span, preset_of, read_span
from .states import NOTHING, State, states_at
from .tree import overridden
from .watched import thresholds_of, watched_by

MOST_LINES, MOST_ROWS = 8, 100
POINTS = 360  # what the server draws: more of them make a smear of a line in the usual width
TAGS, COMMANDS, CONNECTION = "tag_values", "ui_cmds", "doover_connection"
LONGEST_INTERVAL = 400 * 86_400  # seconds
STATES = ("ui_state", "ui_overrides", TAGS, COMMANDS, CONNECTION)  # that a chart is read from
VIEWS = ("line", "zone", "off")
# The widths of rows that several lines share: whole parts of an hour and a day.
ROW_STEPS = (
    *(1000 * one for one in (1, 5, 10, 30, 60, 300, 600, 900, 1800)),
    *(HOUR * one for one in (1, 2, 4, 12, 24)),
)
WAITS = 0.1  # of the span that stays free behind the last value that "jump to last data" shows


@dataclass(slots=True)
class Chart:
    """Everything that the page, the drawer and the script show. `paths` in their order are the permalink."""

    agent_id: int
    plot: str
    title: str
    span: Span
    view: str
    paths: list[str]
    known: Chartable
    numbers: list[Shown] = field(default_factory=list)
    strips: list[Strip] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    picture: Picture | None = None
    is_sampled: bool = False
    has_limits: bool = False
    last_at: int | None = None
    may_alarm: bool = False
    alarm: dict[str, Any] | None = None  # the one that it is about

    @property
    def is_empty(self) -> bool:
        return not any(one.facts.count for one in self.numbers) and not any(one.changes.points for one in self.strips)

    @property
    def bands(self) -> list[tuple[str, int, bool]]:
        """What bands are, said once: whose it is where one of several lines has one, how wide (ms) their points are,
        and whether some are narrower."""
        found = [(one.drawn.line.title, one.drawn.course.step) for one in self.numbers if one.drawn.has_band]
        if not found:
            return []
        steps = {step for _title, step in found}
        title = found[0][0] if len(found) == 1 < len(self.numbers) else ""
        return [(title, max(steps), len(steps) > 1)]

    @property
    def means(self) -> list[tuple[str, int]]:
        """The lines that are drawn as means alone, and how wide (ms) their points are."""
        return [(one.drawn.line.title, one.drawn.course.step) for one in self.numbers if one.drawn.is_block]

    @property
    def row_step(self) -> int:
        """How wide (ms) a row of the table is; 0 where each is a reading by itself. Lines beside one another share
        rows, whatever each is read in."""
        widest = max((one.each for one in self.numbers), default=0)
        if not widest or len(self.numbers) + len(self.strips) == 1:
            return widest
        return next((step for step in ROW_STEPS if step >= widest), widest)

    @property
    def mark_kinds(self) -> list[tuple[str, Mark, int]]:
        """The colour of each kind of mark in words, its newest mark, and how many more there are; those of the alarm
        that the chart is about go before others."""
        found: dict[str, list[Mark]] = {}
        for mark in sorted(self.marks, key=self._is_own):
            found.setdefault(mark.kind, []).append(mark)
        listed = sorted(found.items(), key=lambda one: not self._is_own(one[1][-1]))
        return [(colour_words(kind, len(marks)), marks[-1], len(marks) - 1) for kind, marks in listed]

    def _is_own(self, mark: Mark) -> bool:
        return self.alarm is not None and str(mark.alarm_id) == self.alarm["id"]

    @property
    def others(self) -> list[Line]:
        """What may be added."""
        every = {**self.known.lines, **self.known.settings}
        return [line for path, line in every.items() if path not in self.paths]

    @property
    def is_full(self) -> bool:
        return len(self.paths) >= MOST_LINES

    def query(self, **changes: Any) -> str:
        """The query of this chart with some of it changed; None takes a part out."""
        asked: dict[str, Any] = {"plot": self.plot, "s": self.paths, "view": self.view}
        asked["alarm"] = self.alarm and self.alarm["id"]
        asked |= {"range": self.span.key} if self.span.key else {"from": self.span.after, "to": self.span.before}
        if "range" in changes:
            asked |= {"from": None, "to": None}
        if "from" in changes:
            asked["range"] = None
        asked |= changes
        return urlencode({key: value for key, value in asked.items() if value not in (None, "", [])}, doseq=True)

    @property
    def address(self) -> str:
        """The permalink."""
        return f"{reverse('portal:chart', args=[self.agent_id])}?{self.query()}"

    @property
    def last_address(self) -> str:
        """This chart where it has data for the last time."""
        width = self.span.before - self.span.after
        end = (self.last_at or 0) + int(width * WAITS)
        return "?" + self.query(**{"from": end - width, "to": end})

    def rows(self) -> list[tuple[int, list[str]]]:
        """The newest moments that have a value, and the words of each line there."""
        columns: list[dict[int, str]] = []
        wide = self.row_step if len(self.numbers) + len(self.strips) > 1 else 0
        for shown in self.numbers:
            line = shown.drawn.line
            points = gathered(shown.drawn.course.points, wide) if wide else shown.drawn.course.points
            columns.append({point.start: point_words(point, line) for point in points})
        for strip in self.strips:
            told = ((ms - ms % wide if wide else ms, value) for ms, value in strip.changes.points)
            columns.append({ms: value_words(value, strip.line) for ms, value in told})
        after = self.span.after - wide  # the first row may begin before what is shown
        moments = sorted({ms for column in columns for ms in column if ms >= after}, reverse=True)[:MOST_ROWS]
        return [(ms, [column.get(ms, "") for column in columns]) for ms in moments]


def read_chart(
    reach: Reach,
    asked,
    *,
    plot: str | None = None,
    points: int = POINTS,
    states: Mapping[str, State] | None = None,
) -> Chart:
    """The chart that an address asks for: `plot` names one that the device declares, `s` the values; `states` are those
    of the device, where they are known already. Forbidden without the right to history."""
    check_history(reach)
    states = states_at(reach, STATES) if states is None else states
    layout, overrides, tags = (states.get(name, NOTHING) for name in ("ui_state", "ui_overrides", TAGS))
    known = chartable(overridden(layout.data, overrides.data), tags.data)
    chart = _asked(reach, known, asked, asked.get("plot", "") if plot is None else plot)
    chart.may_alarm = bool(reach.rights & Rights.ALARMS_MANAGE) and not reach.archived_at
    lines = lines_of(chart)
    # A private channel has no state here.
    kept = {COMMANDS if line.is_set else TAGS for line in lines}
    found = {name: channel_named(reach, name) for name in kept & set(states)}
    sources = {name: Source(channel, states[name]) for name, channel in found.items() if channel is not None}
    lines = [line for line in lines if (COMMANDS if line.is_set else TAGS) in sources]
    if not lines:
        return chart
    chart.marks = marks_of(reach, chart.span.after, chart.span.before)
    _read(chart, lines, sources, points, silence_of(states.get(CONNECTION, NOTHING).data))
    return chart


def source_of(reach: Reach, line: Line) -> Source | None:
    """Where a line is read from; None where that may not be seen."""
    name = COMMANDS if line.is_set else TAGS
    state, channel = states_at(reach, [name]).get(name), channel_named(reach, name)
    return Source(channel, state) if state and channel else None


def silence_of(connection: Any) -> int:
    """For how long (ms) a device says nothing without a gap in its lines: twice as long as it promised to come
    (`ui-schema §8.1`), an hour at the least."""
    interval = seconds(mapping(mapping(connection).get("config")).get("expected_interval"))
    return HOUR if interval is None or not 0 < interval < LONGEST_INTERVAL else max(HOUR, int(2000 * interval))


def lines_of(chart: Chart) -> list[Line]:
    """The lines of a chart in their order, as its plot draws them."""
    plot = chart.known.plots.get(chart.plot)
    special = {line.path: line for line in plot.lines} if plot else {}
    lines = [special.get(path) or chart.known.line(path) or Line(path, path) for path in chart.paths]
    return [replace(one, limits=(*one.limits, *thresholds_of(chart.alarm, one.path))) for one in lines]


def _asked(reach: Reach, known: Chartable, asked, key: str) -> Chart:
    plot = known.plots.get(key)
    paths = [path[:LONGEST_PATH] for path in asked.getlist("s") if path and "\x00" not in path and is_field(path)]
    if not paths and plot:
        paths = [line.path for line in plot.lines if line.is_active]
    paths += [path for path in asked.getlist("add") if known.line(path)]
    paths = paths or list(known.lines)[:1]
    paths = list(dict.fromkeys(paths))[:MOST_LINES]
    span = read_span(asked, preset_of(plot.span if plot else None))
    view = asked.get("view", "")
    view = view if view in VIEWS else plot.view if plot and plot.view else "line"
    if plot and plot.earliest and span.after < plot.earliest < span.before:
        span = Span(plot.earliest, span.before, span.key, span.problem)
    chart = Chart(reach.agent_id, key if plot else "", "", span, view, paths, known)
    chart.alarm = watched_by(reach, asked.get("alarm", ""))
    lines = lines_of(chart)
    chart.title = plot.title if plot else ", ".join(line.title for line in lines[:3])
    chart.has_limits = any(line.limits for line in lines)
    return chart


def _read(chart: Chart, lines: list[Line], sources: Mapping[str, Source], points: int, silence: int) -> None:
    for place, line in enumerate(lines, 1):
        at = sources[COMMANDS if line.is_set else TAGS]
        kind = TEXT if line.steps else line.kind if line.kind != UNKNOWN else kind_of(at.now(line))
        if kind in (NUMBER, UNKNOWN):
            shown = (
                set_number(at, line, place, chart.span)
                if line.is_set
                else number_of(at, line, place, chart.span, points, silence)
            )
            if kind == NUMBER or shown.facts.count:
                chart.numbers.append(shown)
                continue
        chart.strips.append(strip_of(at, line, place, chart.span))
    drawn = [shown.drawn for shown in chart.numbers]
    chart.is_sampled = any(one.course.is_sampled for one in drawn)
    zone, span = timezone.get_current_timezone(), chart.span
    chart.picture = picture(drawn, chart.view, chart.marks, span.after, span.before, zone)
    hidden = {scale.key: scale for scale in chart.picture.scales if not scale.side}
    chart.numbers = [_with_ends(shown, hidden.get(shown.drawn.axis)) for shown in chart.numbers]
    if chart.is_empty and chart.paths:
        found = [last_moment(sources[TAGS].channel, one.path, span.after) for one in lines if not one.is_set]
        chart.last_at = max((ms for ms in found if ms is not None), default=None)


def _with_ends(shown: Shown, scale) -> Shown:
    if scale is None:
        return shown
    return replace(shown, ends=(number(scale.low), number(scale.high)))
