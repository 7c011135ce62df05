"""The report generator that every installation has: what the numbers of devices did over a span of time.

It reads each value that was told, as far as there is time, and says what it could not read whole. It tells what the
person who asked may read, no more.
"""

import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from doover_web.common.directions import UNITS
from doover_web.data.access import reach_agents, same_channel_of_many
from doover_web.data.leaves import leaves
from doover_web.data.many_agents import states_of_many
from doover_web.identity.auth import Caller
from doover_web.identity.models import Agent, Group, Organisation
from doover_web.pages.words import looks_like_ms

from .models import Application
from .report_files import MOMENT, TRUTH, Called, Line, Piece, course_csv, summary_csv
from .report_read import DIRECTION, Found, read_value
from .reports import id_of

log = logging.getLogger(__name__)
NAME = "fleet_report"
CHANNEL = "tag_values"
PERMISSIONS = "dv_proc_extended_permissions"
MOST_DEVICES = 1000
MOST_VALUES = 32  # of a device
MOST_LINES = 5000  # of a report
MOST_NAMED = 5  # values of a remark
# Seconds for reading single values, of a report and of each device; then the pyramid tells what it can.
PATIENCE, PATIENCE_EACH = 360, 90
MOMENTS = re.compile(r"(?:^|[._])(?:last|at|on|since|until|time|timestamp|ts|date)(?:$|_)", re.IGNORECASE)
DIRECTIONS = re.compile(r"(?:^|[._])(?:wind_(?:from|dir|direction)|heading|azimuth)$", re.IGNORECASE)
SCHEMA = {
    "type": "object",
    "properties": {
        PERMISSIONS: {
            "type": "object",
            "title": "Devices",
            "properties": {
                "all_devices": {"type": "boolean", "title": "All devices", "default": True},
                "devices": {"type": "array", "title": "These devices", "items": {"type": "string"}},
                "groups": {"type": "array", "title": "Devices of these groups", "items": {"type": "string"}},
            },
        },
        "values": {
            "type": "array",
            "title": "Values",
            "description": "Paths in tag_values, such as tank_1.level; none: every number of each device",
            "items": {"type": "string", "maxLength": 500},
            "maxItems": MOST_VALUES,
        },
        "dv_proc_schedules": {
            "type": "string",
            "title": "When",
            "description": "cron(minute hour day month weekday), rate(n hours) or disabled",
            "default": "cron(0 8 1 * ?)",
        },
        "dv_proc_timezone": {"type": "string", "title": "Time zone", "default": ""},
        "dv_emails": {
            "type": "array",
            "title": "Mail it to",
            "items": {"type": "string", "format": "email", "maxLength": 254},
            "maxItems": 20,
        },
    },
}


@dataclass(slots=True)
class Written:
    """The files of a report, and what there is to say about them."""

    files: list[SimpleUploadedFile]
    devices: list[int]
    words: list[str] = field(default_factory=list)


def generator() -> Application:
    """The application of this generator; made when it is first asked for."""
    defaults = {
        "display_name": "Fleet report",
        "description": "What the numbers of devices did over a span of time: lowest, mean and highest, as CSV files.",
        "type": Application.Type.REPORT,
        "visibility": Application.Visibility.CORE,
        "allow_many": True,
        "config_schema": SCHEMA,
    }
    return Application.objects.get_or_create(name=NAME, organisation=None, defaults=defaults)[0]


def is_built_in(application: Application) -> bool:
    """Whether this server makes the reports of this application itself."""
    return application.name == NAME and application.organisation_id is None


def write(
    organisation: Organisation,
    config: dict[str, Any],
    span: tuple[int, int],
    zone: str,
    by: Caller,
    note: Callable[[int, int], None],
) -> Written:
    """The report over `span` (ms, its end excluded) of the devices and values that `config` names, as far as `by` may
    read their history. `note` is told between devices how many are done, and of how many."""
    devices = devices_of(organisation, config, by)
    written = Written([], [one.id for one in devices])
    if len(devices) == MOST_DEVICES:
        written.words.append(f"Only the first {MOST_DEVICES} devices are in it.")
    lines: list[Line] = []
    sampled: list[str] = []
    about: list[str] = []
    for line, found in _lines(devices, _values(config), span, by, note):
        if len(lines) == MOST_LINES:
            written.words.append(f"Only the first {MOST_LINES} values are in it.")
            break
        lines.append(line)
        if found.is_sampled or found.is_about:
            (sampled if found.is_sampled else about).append(f"{line.path} of {line.device}")
    written.words += _remarks(sampled, about)
    told = sum(1 for line in lines if any(piece.told for piece in line.pieces))
    counts = f"{_count(len(devices), 'device')}, {_count(len(lines), 'value')}"
    written.words.insert(0, f"{counts}, {_told(told, len(lines))} readings in this time.")
    where: tzinfo = ZoneInfo(zone)
    written.files = [
        SimpleUploadedFile("summary.csv", summary_csv(lines, where), "text/csv"),
        SimpleUploadedFile("course.csv", course_csv(lines, where), "text/csv"),
    ]
    return written


def _remarks(sampled: list[str], about: list[str]) -> Iterator[str]:
    """What is not certain in a report."""
    if sampled:
        yield (
            f"Sampled: {_listed(sampled)}. There is too much to read each message, so a selection of them stands for"
            " all: count, extremes and mean are those of the selection, and what held in between is not told. "
            "Make the report again later."
        )
    if about:
        yield (
            f"About: {_listed(about)}. There is too much to read each value, or only quarters of an hour are kept: what"
            " it told within a stretch counts alike in the mean."
        )


def _listed(names: list[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def devices_of(organisation: Organisation, config: dict[str, Any], by: Caller) -> list[Agent]:
    """The devices of the organisation that `config` names and `by` may see; all of them when it names none."""
    chosen = _chosen(config)
    found = Agent.objects.visible_to(by).devices().in_use().filter(organisation=organisation).select_related("group")
    ids, groups = _ids(chosen.get("devices")), _ids(chosen.get("groups"))
    if (ids or groups) and chosen.get("all_devices") is not True:
        below = Group.objects.filter(organisation=organisation, lineage__overlap=groups).values("id")
        found = found.filter(Q(id__in=ids) | Q(group__in=below))
    return list(found.order_by("display_name", "name", "id")[:MOST_DEVICES])


def missing_in(organisation: Organisation, config: dict[str, Any], by: Caller) -> dict[str, str]:
    """What is wrong with the `devices` and `groups` that `config` names: some are not there, or not for `by` to see."""
    chosen = _chosen(config)
    if chosen.get("all_devices") is True:
        return {}
    devices = Agent.objects.visible_to(by).devices().in_use().filter(organisation=organisation)
    groups = Group.objects.filter(organisation=organisation).in_use()
    words = {
        "devices": _("Some of these devices are not there any more. Choose again"),
        "groups": _("Some of these groups are not there any more. Choose again"),
    }
    return {key: words[key] for key, there in (("devices", devices), ("groups", groups)) if _lacks(there, chosen, key)}


def _lacks(there: QuerySet, chosen: dict[str, Any], key: str) -> bool:
    given = chosen.get(key)
    asked = {str(one) for one in given[:MOST_DEVICES]} if isinstance(given, list) else set()
    return there.filter(pk__in=_ids(given)).count() < len(asked)


def _chosen(config: dict[str, Any]) -> dict[str, Any]:
    chosen = config.get(PERMISSIONS)
    return chosen if isinstance(chosen, dict) else {}


def _lines(
    devices: list[Agent], wanted: list[str], span: tuple[int, int], by: Caller, note
) -> Iterator[tuple[Line, Found]]:
    """Each line, and what it was made of."""
    end = time.monotonic() + PATIENCE
    by_id = {one.id: one for one in devices}
    reaches = reach_agents(by, by_id)
    places = same_channel_of_many(reaches.values(), CHANNEL, history=True)
    states = {one.channel.agent_id: orjson.loads(one.data) for one in states_of_many(places, ())}
    names = _names(by_id)
    order = {agent_id: number for number, agent_id in enumerate(by_id)}
    for done, (reach, channel) in enumerate(sorted(places, key=lambda place: order[place[0].agent_id])):
        note(done, len(places))
        device, until = by_id[reach.agent_id], min(end, time.monotonic() + PATIENCE_EACH)
        for path in wanted or leaves(states.get(device.id, {}), MOST_VALUES):
            known = names.get(device.id, {})
            named = known.get(path) or _unnamed(path, known)
            if not named.kind and isinstance(_value_at(states.get(device.id), path), bool):
                named = named._replace(kind=TRUTH)
            kind = DIRECTION if named.unit in UNITS else named.kind
            may_turn = not kind and path not in known and DIRECTIONS.search(path) is not None
            found = read_value(channel, path, span, kind, may_turn, until)
            if found.kind == DIRECTION and not kind:
                named = named._replace(unit=UNITS[0])
            if not named.kind and _are_moments(path, found.pieces):
                named = named._replace(kind=MOMENT)
            group = device.group.name if device.group else ""
            line = Line(device.title, device.id, group, path, found.pieces, found.mean, named)
            yield line, found


def _unnamed(path: str, known: Mapping[str, Called]) -> Called:
    """What a value is called that no element shows: by its place, under the heading of its application."""
    app, _dot, name = path.rpartition(".")
    heading = next((one.app for place, one in known.items() if place.startswith(f"{app}.")), "") if app else ""
    return Called(heading or _spoken(app), _spoken(name))


def _value_at(state: Any, path: str) -> Any:
    for key in path.split("."):
        state = state.get(key) if isinstance(state, dict) else None
    return state


def _spoken(name: str) -> str:
    """`wind_from` → `Wind from`."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _are_moments(path: str, pieces: Sequence[Piece]) -> bool:
    """Whether the numbers of a value are moments by their size, in seconds by their name as well."""
    ends = [end for one in pieces for end in (one.low, one.high)]
    if not ends:
        return False
    return all(map(looks_like_ms, ends)) or (
        MOMENTS.search(path) is not None and all(looks_like_ms(1000 * end) for end in ends)
    )


def _names(agent_ids: Iterable[int]) -> dict[int, dict[str, Called]]:
    """What the pages of the devices call their values; a report without names is one all the same."""
    try:
        return import_string(settings.VALUE_NAMES)(agent_ids)
    except Exception:  # whatever a document holds
        log.warning("The values of a report have no names", exc_info=True)
        return {}


def _told(told: int, lines: int) -> str:
    if told in (0, lines):
        return "with" if told else "without"
    return f"{told} of them with"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _values(config: dict[str, Any]) -> list[str]:
    given = config.get("values")
    return [one for one in given if isinstance(one, str) and one][:MOST_VALUES] if isinstance(given, list) else []


def _ids(given: Any) -> list[int]:
    found = [id_of(one) for one in given[:MOST_DEVICES]] if isinstance(given, list) else []
    return [one for one in found if one is not None]
