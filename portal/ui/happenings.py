"""What happened at a device, as marks on a chart: transitions of alarms, and commands of people."""

from datetime import datetime
from typing import Any

import orjson
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doover_web.common.snowflake import ID_MIN, id_at, ms_of
from doover_web.common.window import Window
from doover_web.data.access import Reach, channel_named, ref_of
from doover_web.data.alarm_brief import brief
from doover_web.data.alarm_journal import moves_of_agent
from doover_web.data.alarm_words import EVENTS
from doover_web.data.alarms import ALARM, NO_DATA, OK, PENDING
from doover_web.data.history import list_messages
from doover_web.data.models import AlarmMove
from doover_web.identity.permissions import Rights
from doover_web.pages.in_line import isolated

from .names import NOTHING, names_at
from .naming import Named, Names, asked_words, by_names, pressed_words, spoken, value_of
from .picture import Mark

MOST_MARKS = 60
COMMANDS = "ui_cmds"
COMMAND_KEYS = ("app_key", "method", "request", "old_value", "actor")
KINDS = {ALARM: "bad", PENDING: "warn", OK: "ok", NO_DATA: "idle"}


def state_words(state: str) -> str:
    """What pages call the state of an alarm."""
    return {ALARM: _("Alarm"), PENDING: _("Pending"), OK: _("OK"), NO_DATA: _("No data")}.get(state, state)


def colour_words(kind: str, count: int) -> str:
    """What a legend calls the marks of a kind: by the colour that they are drawn in."""
    return {
        "bad": ngettext("Red line", "Red lines", count),
        "warn": ngettext("Amber line", "Amber lines", count),
        "ok": ngettext("Green line", "Green lines", count),
        "wait": ngettext("Violet line", "Violet lines", count),
    }.get(kind, ngettext("Grey line", "Grey lines", count))


def marks_of(reach: Reach, after: int, before: int) -> list[Mark]:
    """The newest marks in [after, before), in the order of time."""
    moves = moves_of_agent(reach, after=after, before=before, limit=MOST_MARKS)
    commands = _commands(reach, after, before)
    names = names_at([reach.agent_id] if moves or commands else []).get(reach.agent_id, NOTHING)
    now = timezone.localtime()
    found = [Mark(move.at, KINDS[move.new_state], _moved(move, names, now), move.alarm_id) for move in moves]
    found += [Mark(ms_of(id_), "wait", command_words(document, names, now)) for id_, document in commands]
    return sorted(found, key=lambda mark: mark.ms)[-MOST_MARKS:]


def _moved(move: AlarmMove, names: Names, now: datetime) -> str:
    """`Tank low — Level 12.4 %, below 20 %`; of an alarm that says something else its name and state."""
    said = by_names(names.values, move.said, now)
    told = brief(EVENTS[move.new_state], said, of_connection=move.of_connection)
    return told if told.startswith(f"{isolated(move.name)} — ") else f"{move.name}: {state_words(move.new_state)}"


def _commands(reach: Reach, after: int, before: int) -> list[tuple[int, dict]]:
    channel = channel_named(reach, COMMANDS)
    if channel is None or (channel.is_private and not reach.rights & Rights.PRIVATE):
        return []
    low, high = map(id_at, (after, before))
    window = Window(high, max(low - 1, ID_MIN), MOST_MARKS)
    found = list_messages(channel, ref_of(reach, channel), window, fields=COMMAND_KEYS)
    documents = [(message.id, orjson.loads(message.data)) for message in found]
    return [(id_, document) for id_, document in documents if is_command(document)]


def is_command(said: Any) -> bool:
    """Whether a message of `ui_cmds` is somebody's command (`ui-schema §11.1`)."""
    return isinstance(said, dict) and isinstance(said.get("method"), str)


def command_words(command: dict, names: Names, now: datetime) -> str:
    """`Main pump · Speed setpoint 20 → 35 Hz, Ada Operator`."""
    app, method = command.get("app_key"), command["method"]
    named = names.setting(app if isinstance(app, str) else "", method)
    words = _asked(named, spoken(method).capitalize(), command, now)
    actor = command.get("actor")
    who = actor.get("name") if isinstance(actor, dict) else None
    return f"{words}, {who[:80]}" if isinstance(who, str) and who else words


def _asked(named: Named | None, called: str, command: dict, now: datetime) -> str:
    if named is not None and named.is_press:
        return pressed_words(named.full)
    value, old = (value_of(named, command.get(key), now) for key in ("request", "old_value"))
    return asked_words(named.full if named else called, value, old, named.units if named else "")
