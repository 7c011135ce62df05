"""Charts of a device: the page and its permalink, the part that the drawer and the script read, the CSV file."""

import heapq
from collections.abc import Iterator
from datetime import datetime, tzinfo
from operator import itemgetter
from typing import Any

import orjson
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from doover_web.common.snowflake import ID_MIN, id_at, ms_of
from doover_web.common.window import Window
from doover_web.data.access import Reach, channel_to_read, reach_agent
from doover_web.data.cells import ABSENT, cell_of
from doover_web.data.models import Channel
from doover_web.data.series import MOST_POINTS
from doover_web.data.timeseries import list_readings
from doover_web.identity.models import Agent
from doover_web.pages.export import csv_response
from doover_web.pages.parts import part_of
from doover_web.pages.words import from_ms

from ..overview import plot_at
from ..page import page
from ..ui.charts import POINTS, TAGS, Chart, lines_of, read_chart, source_of
from ..ui.frame import device_context
from ..ui.names import NOTHING, names_at
from ..ui.naming import Named
from ..ui.plots import Line
from ..ui.plotted import plotted
from ..ui.spans import RANGES, written

CSV_PAGE, MOST_CSV_ROWS = 1000, 200_000
LONGEST_NAME = 120  # of a file


@page
@require_safe
def chart(request, agent_id: str):
    """One chart: the whole page, or with `part` what stands in the drawer or on the device's page, or what the script
    draws."""
    part = part_of(request)
    if part == "data":
        return _data(request, agent_id)
    if part == "plot":
        return render(
            request, "portal/_chart.html", {"chart": plot_at(reach_agent(request.caller, agent_id), request.GET)}
        )
    if part == "drawer":
        reach = reach_agent(request.caller, agent_id)
        shown = chart_context(request, read_chart(reach, request.GET))
        return render(request, "portal/_chart_drawer.html", shown)
    context = device_context(request, agent_id, "chart")
    device = context["device"]
    if not device.sees_history:
        return render(request, "portal/chart.html", {**context, "chart_refused": True})
    return render(
        request, "portal/chart.html", {**context, **chart_context(request, read_chart(device.reach, request.GET))}
    )


@page
@require_safe
def export(request, agent_id: str):
    """The values of a chart within its time, a row a message and a column a line."""
    reach = reach_agent(request.caller, agent_id)
    channel = channel_to_read(reach, TAGS)
    shown = read_chart(reach, request.GET, points=2)
    names = names_at([reach.agent_id]).get(reach.agent_id, NOTHING)
    heads = [_head(line, names.values.get(line.path)) for line in lines_of(shown)]
    rows = _rows(reach, channel, shown, timezone.get_current_timezone())
    return csv_response(request, named(reach, shown)["file"], [_("Time"), *heads], rows)


def named(reach: Reach, shown: Chart) -> dict[str, str]:
    """What a file of this chart says of itself: whose it is and what, of when, and what it is called."""
    device = Agent.objects.only("name", "display_name").get(pk=reach.agent_id).title
    zone = timezone.get_current_timezone()
    start, end = (datetime.fromtimestamp(ms / 1000, zone) for ms in (shown.span.after, shown.span.before))
    ends = f"{end:%Y-%m-%d %H:%M}" if start.date() != end.date() else f"{end:%H:%M}"
    stem = slugify(f"{device} {shown.title} {start:%Y-%m-%d}")[:LONGEST_NAME]
    return {
        "title": f"{device}: {shown.title}",
        "period": f"{start:%Y-%m-%d %H:%M} – {ends} ({end:%Z})",
        "file": stem or f"chart-{reach.agent_id}",
    }


def _head(line: Line, named: Named | None) -> str:
    """`Main tank · Level (%) [tank_1.level_pct]`: a column for people, and for programs, that know its place."""
    title = named.full if named else line.title
    title = f"{title} ({line.units})" if line.units else title
    return title if title == line.path else f"{title} [{line.path}]"


def chart_context(request, shown: Chart) -> dict:
    """What the templates of a chart show."""
    return {
        "chart": shown,
        "ranges": {key: words for key, (words, _ms) in RANGES.items()},
        "chart_from": "" if shown.span.key else written(shown.span.after),
        "chart_to": "" if shown.span.key else written(shown.span.before),
        "chart_rows": [(from_ms(ms, timezone.get_current_timezone()), cells) for ms, cells in shown.rows()],
        "lines": lines_of(shown),
    }


def _data(request, agent_id: str) -> HttpResponse:
    """What the script draws, as JSON; what stands around it comes as the HTML that the page has too."""
    reach: Reach = reach_agent(request.caller, agent_id)
    asked = request.GET.get("points", "")
    points = (
        min(max(int(asked), 100), MOST_POINTS) if asked.isascii() and asked.isdigit() and len(asked) < 6 else POINTS
    )
    shown = read_chart(reach, request.GET, points=points)
    context = chart_context(request, shown)
    parts = {part: render_to_string(f"portal/_chart_{part}.html", context, request) for part in ("legend", "around")}
    return HttpResponse(
        orjson.dumps({**plotted(shown), **named(reach, shown), **parts}), content_type="application/json"
    )


def _rows(reach: Reach, channel: Channel, shown: Chart, zone: tzinfo) -> Iterator[list[str]]:
    """In the order of time, what was told and what was set."""
    for ms, values in heapq.merge(_told(channel, shown), _set(reach, shown), key=itemgetter(0)):
        moment = datetime.fromtimestamp(ms / 1000, zone)
        cells = (cell_of(values.get(path, ABSENT)) for path in shown.paths)
        yield [moment.isoformat(timespec="milliseconds"), *cells]


def _set(reach: Reach, shown: Chart) -> list[tuple[int, dict[str, Any]]]:
    """The changes of what controls were set to."""
    span, found = shown.span, []
    for line in lines_of(shown):
        if line.is_set and (source := source_of(reach, line)):
            changes = source.changes(line, span.after, span.before)
            found += [(ms, {line.path: value}) for ms, value in changes.points]
    return sorted(found, key=itemgetter(0))


def _told(channel: Channel, shown: Chart) -> Iterator[tuple[int, dict[str, Any]]]:
    after, before = (max(id_at(ms), ID_MIN + 1) for ms in (shown.span.after, shown.span.before))
    paths, left, cursor = [one.path for one in lines_of(shown) if not one.is_set], MOST_CSV_ROWS, after - 1
    while paths and left > 0:
        found = list_readings([channel], Window(None, cursor, min(CSV_PAGE, left)), paths)
        for reading in found:
            if reading.message_id >= before:
                return
            value = orjson.loads(reading.value)
            yield ms_of(reading.message_id), {paths[0]: value} if len(paths) == 1 else value
        if len(found) < CSV_PAGE:
            return
        cursor, left = found[-1].message_id, left - len(found)
