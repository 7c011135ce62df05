"""The time machine: a device as it was at a moment, as far as its messages tell, and who wrote each value."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from doover_web.common.snowflake import MS_MIN, now_ms
from doover_web.common.wire import BadRequest
from doover_web.data.access import Reach, channel_named, check_history, ref_of
from doover_web.data.rebuild import Rebuilt, beside, leaves_of, rebuild
from doover_web.identity.permissions import Rights
from doover_web.pages.words import from_ms

from ..asked import Asked
from ..overview import CHANNELS, draw, tree_of
from ..page import page
from ..ui.commands import Command
from ..ui.frame import DeviceFrame, device_context
from ..ui.naming import Named, named_values, said, titles_of
from ..ui.presence import Presence
from ..ui.shown import Reading, has_scale, is_gauge
from ..ui.spans import moment_of, written
from ..ui.states import State
from ..ui.tree import Tree
from ..viewer.messages import names_of

TAGS, LAYOUT, COMMANDS = "tag_values", "ui_state", "ui_cmds"
MOST_VALUES = 400


@dataclass(frozen=True, slots=True)
class Value:
    """A single value: what it was, since when, and who wrote it. Where no message holds it `at` is None: it came
    `after` the last one that tells of it, and `who` is who wrote the state last. `or_earlier`: what was before `at`
    was not looked at. `asked` is when somebody asked for a setting."""

    app: str
    name: str
    words: str
    at: datetime | None = None
    who: str = ""
    is_known: bool = True
    after: datetime | None = None
    or_earlier: bool = False
    asked: datetime | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """What the page of the device calls its values, its settings and its applications."""

    tags: Mapping[str, Named]
    settings: Mapping[str, Named]
    apps: Mapping[str, str]


@page
@require_safe
def past(request, agent_id: str):
    """The device at the moment in the address; without one, as it is, with who wrote what."""
    context = device_context(request, agent_id, "past", channels=CHANNELS)
    device: DeviceFrame = context["device"]
    check_history(device.reach)
    at, problem = _moment(request)
    is_now = at is None
    moment = now_ms() if at is None else at
    found = {name: _rebuilt(device.reach, name, moment) for name in (TAGS, LAYOUT)}
    asked = Asked()
    found[COMMANDS] = _rebuilt(device.reach, COMMANDS, moment, asked)
    then = device if is_now else _as_it_was(device, found, moment)
    tree, board = tree_of(then), None
    names = Names(named_values(tree), named_values(tree, "cmds"), titles_of(tree))
    if not is_now:
        for element in list(tree.shown()):
            element.hidden = element.hidden or element.is_control or element.type == "uiMultiPlot"
            if is_gauge(element) and not has_scale(element):
                element.props = {**element.props, "form": None}  # a bar of no scale says what was not so
        board = draw(then, tree) if tree.visible else None
        _stand_still(tree)
    values = _values(request, device, found[TAGS], is_now, names)
    steps = _steps(device.reach, moment)
    context |= {
        "past": then,
        "board": board,
        "at": from_ms(moment, timezone.get_current_timezone()),
        "at_ms": moment,
        "at_written": written(moment),
        "is_now": is_now,
        "problem": problem,
        "values": values[:MOST_VALUES],
        "more_values": max(0, len(values) - MOST_VALUES),
        "settings": _settings(request, found[COMMANDS], names, asked.commands),
        "layout_is_todays": not is_now and not found[LAYOUT].origins,
        "reached": _reached(found[TAGS]),
        "last_written": _last_written(found[TAGS]),
        "state_at": _state_at(device),
        "nothing_kept": not found[TAGS].messages,
        "earlier": steps[0],
        "later": steps[1] if steps[1] and steps[1] <= now_ms() else None,
        **_day(moment),
    }
    return render(request, "portal/device_past.html", context)


def _stand_still(tree: Tree) -> None:
    """Moments are named and not counted: how long ago they are is told from now."""
    for element in tree.shown():
        view = element.view
        if isinstance(view, Reading) and view.moment is not None:
            element.view = Reading("text", text=view.sub, title=view.title)


def _moment(request) -> tuple[int | None, str]:
    """The moment of the address; None for now. One that is none or ahead of the clock is now, with the reason."""
    try:
        at = moment_of(request.GET.get("slide", "") or request.GET.get("at", ""))
    except BadRequest as refusal:
        return None, refusal.message
    if at is not None and at > now_ms():
        return None, _("That moment is still to come")
    return (None if at is None else max(at, MS_MIN)), ""


def _rebuilt(reach: Reach, name: str, at: int, as_patch: Asked | None = None) -> Rebuilt:
    channel = channel_named(reach, name)
    if channel is None or (channel.is_private and not reach.rights & Rights.PRIVATE):
        return Rebuilt()
    return rebuild(channel, ref_of(reach, channel), at, as_patch)


def _as_it_was(device: DeviceFrame, found: dict[str, Rebuilt], at: int) -> DeviceFrame:
    """The same frame with the states of then; nothing in it can be done any more. Without an earlier layout today's
    stands in for it."""
    states = dict(device.states)
    states[TAGS] = State(found[TAGS].document or {}, at, 0)
    states[COMMANDS] = State(found[COMMANDS].document or {}, at, 0)
    if found[LAYOUT].document:
        states[LAYOUT] = State(found[LAYOUT].document, at, 0)
    reach = replace(device.reach, rights=device.reach.rights & Rights.VIEW)
    return replace(device, states=states, reach=reach, alarms=[], now_ms=at, presence=Presence("unknown", ""))


def _values(request, device: DeviceFrame, found: Rebuilt, is_now: bool, names: Names) -> list[Value]:
    """Each value of then; those of today that are not known for then are named as such."""
    now, state = timezone.localtime(), device.state(TAGS)
    today, last = state.data, state.author_id if is_now else None
    shown = dict(leaves_of(today if is_now else found.document))
    wrote = {one.author_id for one in found.origins.values()} | (set() if last is None else {last})
    authors = names_of(request.caller, wrote)
    told = {path: _value(path, value, found, authors, now, names, names.tags, last) for path, value in shown.items()}
    if not is_now:
        unknown = [path for path, _value in leaves_of(today) if path not in shown]
        told |= {path: Value(*_called(path, names, names.tags), "", is_known=False) for path in unknown}
    return [
        one for path, one in told.items() if not path[-1].endswith("_hidden") and not _is_made_of(path, shown, names)
    ]


def _is_made_of(path, shown: Mapping[tuple, Any], names: Names) -> bool:
    """Whether a value without a name is a list of objects, such as the ranges that a gauge is drawn with."""
    value = shown.get(path)
    return isinstance(value, list) and ".".join(path) not in names.tags and any(isinstance(one, dict) for one in value)


def _value(path, value, found: Rebuilt, authors, now: datetime, names: Names, named, last: int | None = None) -> Value:
    origin = found.origins.get(path)
    same = origin is not None and _same(found.document, path, value)
    author = origin.author_id if origin and same else last
    who = "" if author is None else authors.get(author, _("Somebody else"))
    when = from_ms(origin.ms, now.tzinfo) if origin else None
    at, after = (when, None) if same else (None, when)
    one = named.get(".".join(path))
    words = said(one, value, now)
    return Value(
        *_called(path, names, named),
        words,
        at,
        who,
        after=after,
        or_earlier=origin is not None and origin.ms == found.reached,
    )


def _called(path, names: Names, named: Mapping[str, Named]) -> tuple[str, str]:
    """The application and the name of a value: as the page says, else made from its place."""
    one = named.get(".".join(path))
    app = path[0] if len(path) > 1 else ""
    return (one.app, one.label) if one else (names.apps.get(app, app), _name(path))


def _same(document: Any, path, value: Any) -> bool:
    """Whether the messages lead to the value that the state has; else somebody wrote it without keeping a message."""
    for key in path:
        document = document.get(key) if isinstance(document, dict) else None
    return document == value


def _settings(request, found: Rebuilt, names: Names, commands: Mapping[tuple, Command]) -> list[Value]:
    """What the device has written down as set, and whose command that was. A press counts each time, a value since it
    is the same."""
    now = timezone.localtime()
    leaves = list(leaves_of(found.document))[:MOST_VALUES]
    authors = names_of(request.caller, {one.author_id for one in commands.values()})
    settings = []
    for path, value in leaves:
        named, command = names.settings.get(".".join(path)), commands.get(path)
        is_press = named is not None and named.is_press
        one = _value(path, value, found, {}, now, names, names.settings)
        one = replace(one, who="")
        if is_press and path in found.told:
            one = replace(one, words=_("Pressed"), at=from_ms(found.told[path].ms, now.tzinfo))
        if command is not None:
            who = authors.get(command.author_id) or command.actor or _("Somebody else")
            one = replace(one, who=who, asked=from_ms(command.sent_ms, now.tzinfo))
        settings.append(one)
    return settings


def _name(path) -> str:
    return " › ".join(part.replace("_", " ") for part in (path[1:] or path))[:200]


def _reached(found: Rebuilt) -> datetime | None:
    return from_ms(found.reached, timezone.get_current_timezone()) if found.reached is not None else None


def _state_at(device: DeviceFrame) -> datetime | None:
    """When the state was written last, with or without a message."""
    at = device.state(TAGS).changed
    return None if at is None else from_ms(at, timezone.get_current_timezone())


def _last_written(found: Rebuilt) -> datetime | None:
    """When the newest of the values of then was written."""
    newest = max((one.ms for one in found.origins.values()), default=None)
    return None if newest is None else from_ms(newest, timezone.get_current_timezone())


def _steps(reach: Reach, at: int) -> tuple[int | None, int | None]:
    """When something was written last before the moment, and next after it."""
    channel = channel_named(reach, TAGS)
    if channel is None or (channel.is_private and not reach.rights & Rights.PRIVATE):
        return None, None
    return beside(channel, at)


def _day(at: int) -> dict:
    """The day of the moment, for the slider: from midnight to midnight of its zone, however long that is."""
    moment = datetime.fromtimestamp(at / 1000, timezone.get_current_timezone())
    start = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    end = (start + timedelta(hours=36)).replace(hour=0)  # the same wall clock a day later
    begins, ends = (int(edge.timestamp() * 1000) for edge in (start, end))
    return {"day_starts": begins, "day_ends": max(min(ends, now_ms()), begins + 1), "day": moment}
