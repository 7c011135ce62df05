from dataclasses import dataclass
from typing import Any

from ninja import Router, Schema

from doover_web.common.wire import BadRequest, Forbidden

from ..access import channel_to_read, reach_agent, ref_of
from ..leaves import LONGEST_PATH
from ..models import Channel
from ..series import MOST_POINTS, POINTS, Course, read_course
from ..states import POINTS as STRETCHES
from ..states import States, read_states
from .answers import answer

router = Router(tags=["series"])
MOST_PATHS = 8
MOST_MS = 10**14
SHAPE = {
    "parameters": [
        {"in": "query", "name": "path", "required": True, "schema": {"type": "array", "items": {"type": "string"}}},
        {"in": "query", "name": "after", "required": True, "schema": {"type": "integer"}},
        {"in": "query", "name": "before", "required": True, "schema": {"type": "integer"}},
        {"in": "query", "name": "points", "schema": {"type": "integer", "minimum": 2, "maximum": MOST_POINTS}},
    ]
}


class CourseOut(Schema):
    """Columns of equal length: `times` in ms, and what the values were from each time on until the next."""

    path: str
    step: int
    is_sampled: bool
    times: list[int]
    count: list[int]
    min: list[float]
    max: list[float]
    mean: list[float]
    first: list[float]
    last: list[float]


class SeriesOut(Schema):
    after: int
    before: int
    series: list[CourseOut]


class StatesOut(Schema):
    """Columns of equal length: `times` in ms, the state from each time on until the next, and how many more changes
    there were before the next."""

    path: str
    is_sampled: bool
    times: list[int]
    values: list[str | bool]
    turns: list[int]


class StatesListOut(Schema):
    after: int
    before: int
    states: list[StatesOut]


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a channel is to be drawn, over which span, with how many points."""

    channel: Channel
    paths: list[str]
    after: int
    before: int
    points: int


@router.get("/agents/{agent_id}/channels/{name}/series", response=SeriesOut, openapi_extra=SHAPE)
def get_series(request, agent_id: str, name: str):
    """How numbers of the messages went over a span of time, ready to be drawn (an extension, see charts.md)."""
    asked = _asked(request, agent_id, name, POINTS)
    courses = [read_course(asked.channel, path, asked.after, asked.before, asked.points) for path in asked.paths]
    drawn = [course_out(course) for course in courses]
    return answer({"after": asked.after, "before": asked.before, "series": drawn})


@router.get("/agents/{agent_id}/channels/{name}/states", response=StatesListOut, openapi_extra=SHAPE)
def get_states(request, agent_id: str, name: str):
    """Which states strings and truth values of the messages were in over a span (an extension, see charts.md)."""
    asked = _asked(request, agent_id, name, STRETCHES)
    found = [read_states(asked.channel, path, asked.after, asked.before, asked.points) for path in asked.paths]
    return answer({"after": asked.after, "before": asked.before, "states": [states_out(one) for one in found]})


def _asked(request, agent_id: str, name: str, usual: int) -> Asked:
    """Reads the question; the caller may read every value of the channel's history."""
    after, before = whole_number(request, "after"), whole_number(request, "before")
    points = whole_number(request, "points", usual)
    if not 2 <= points <= MOST_POINTS:
        raise BadRequest(f"points must be between 2 and {MOST_POINTS}", code="bad_limit")
    if before <= after:
        raise BadRequest("before must be later than after", code="bad_time")
    paths = list(dict.fromkeys(request.GET.getlist("path")))
    if not 1 <= len(paths) <= MOST_PATHS or any(not path or len(path) > LONGEST_PATH for path in paths):
        raise BadRequest(f"Name 1 to {MOST_PATHS} paths, each of up to {LONGEST_PATH} characters", code="bad_path")
    if any("\x00" in path for path in paths):
        raise BadRequest("A path may not hold the character \\u0000", code="bad_path")
    reach = reach_agent(request.auth, agent_id)
    channel = channel_to_read(reach, name)
    if ref_of(reach, channel).hides_secrets:
        raise Forbidden("You may not read single values of this channel (device_configure)", code="no_configure")
    return Asked(channel, paths, after, before, points)


def course_out(course: Course) -> dict[str, Any]:
    """A course in columns, for orjson."""
    return {"path": course.path, "step": course.step, "is_sampled": course.is_sampled, **course.columns()}


def states_out(found: States) -> dict[str, Any]:
    """States in columns, for orjson."""
    out: dict[str, Any] = {"path": found.path, "is_sampled": found.is_sampled}
    out["times"] = [state.start for state in found.states]
    out["values"] = [state.value for state in found.states]
    out["turns"] = [state.turns for state in found.states]
    return out


def whole_number(request, name: str, default: int | None = None) -> int:
    text = request.GET.get(name, "")
    if not text and default is not None:
        return default
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 15 or abs(int(text)) > MOST_MS:
        raise BadRequest(f"{name} must be a whole number; times are in ms since 1970", code="bad_number")
    return int(text)
