"""The chart panel of a channel: which numbers, over which time, drawn by the server."""

from dataclasses import dataclass

from django.utils import timezone

from doover_web.common.window import Window
from doover_web.data.access import ref_of
from doover_web.data.history import list_what_fits
from doover_web.data.leaves import LONGEST_PATH, leaves
from doover_web.data.series import Course, read_course
from doover_web.identity.permissions import Rights

from ..ui.drawing import Drawing, draw, number
from ..ui.spans import RANGES, read_span
from .tree import Digits, read_json

MOST_CHARTS, MOST_OFFERED, RECENT = 4, 60, 5
POINTS = 360  # what the server draws; scripts ask for one to three pixels


@dataclass(frozen=True, slots=True)
class Chart:
    """One number over time, and what it came to."""

    path: str
    place: int
    course: Course
    drawing: Drawing
    lowest: str
    highest: str
    mean: str
    last: str
    count: int


def context(page) -> dict:
    """What the panel shows: charts of the paths in the address, else of the first number there is."""
    if not page.reach.rights & Rights.HISTORY:
        return {"chart_refused": True}
    asked = page.request.GET
    choices = offered(page)
    chosen = [path[:LONGEST_PATH] for path in asked.getlist("path") if path and "\x00" not in path]
    if ref_of(page.reach, page.channel).hides_secrets:  # what is offered to them was read without secrets
        chosen = [path for path in chosen if path in choices]
    chosen = list(dict.fromkeys(chosen))[:MOST_CHARTS] or choices[:1]
    span = read_span(asked)
    zone = timezone.get_current_timezone()
    courses = [read_course(page.channel, path, span.after, span.before, POINTS) for path in chosen]
    return {
        "charts": [_chart(course, place, zone) for place, course in enumerate(courses, 1)],
        "chart_paths": list(dict.fromkeys([*chosen, *choices])),
        "chart_chosen": chosen,
        "chart_ranges": {key: words for key, (words, _) in RANGES.items()},
        "chart_range": span.key,
        "chart_from": "" if span.key else asked.get("from", "")[:40],
        "chart_to": "" if span.key else asked.get("to", "")[:40],
        "chart_after": span.after,
        "chart_before": span.before,
        "chart_problem": span.problem,
        "chart_sampled": any(course.is_sampled for course in courses),
    }


def offered(page) -> list[str]:
    """The numbers in the newest messages, then those of the state."""
    recent, _ = list_what_fits(page.channel, ref_of(page.reach, page.channel), Window(limit=RECENT))
    documents = [read_json(message.data) for message in recent] + [page.document]
    found = [path for document in documents for path in leaves(_plain(document), MOST_OFFERED)]
    return list(dict.fromkeys(found))[:MOST_OFFERED]


def _plain(value):
    """A document whose numbers are numbers again."""
    if isinstance(value, dict):
        return {key: _plain(below) for key, below in value.items()}
    return float(value) if isinstance(value, Digits) else value


def _chart(course: Course, place: int, zone) -> Chart:
    points = course.points
    count = sum(point.count for point in points)
    return Chart(
        path=course.path,
        place=place,
        course=course,
        drawing=draw(course, zone),
        lowest=number(min(point.min for point in points)) if points else "—",
        highest=number(max(point.max for point in points)) if points else "—",
        mean=number(sum(point.sum for point in points) / count) if points else "—",
        last=number(points[-1].last) if points else "—",
        count=count,
    )
