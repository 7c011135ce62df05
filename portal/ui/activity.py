"""What happened at a device, a line each, from the messages that say so (pure; `ui-schema §17.2`)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from doover_web.common.snowflake import ms_of
from doover_web.data.alarm_brief import brief
from doover_web.data.alarm_words import EVENTS
from doover_web.notifications.payload import read as read_payload
from doover_web.notifications.spoken import FENCES, said
from doover_web.notifications.topics import SEVERITIES

from .commands import FOREVER, NOTHING, Command, Stage, read_command, stage_of
from .naming import Names, asked_words, by_names, pressed_words, short, spoken, value_of

COMMAND, SETTING, NOTIFICATION, ALARM, CONNECTION, EVENT = (
    "command",
    "setting",
    "notification",
    "alarm",
    "connection",
    "event",
)
KINDS = {
    COMMAND: gettext_lazy("Commands"),
    SETTING: gettext_lazy("Set by the device"),
    NOTIFICATION: gettext_lazy("Notifications"),
    ALARM: gettext_lazy("Alarms"),
    CONNECTION: gettext_lazy("Connection"),
    EVENT: gettext_lazy("Events"),
}
SAME_MS = 30_000  # a value that the device logs so soon after the command for it is that command
LONGEST = 500
# Where a command stands → the words of its result and the colour of its dot.
PHASES = {
    "sent": (gettext_lazy("Sent, no answer"), "wait"),
    "working": (gettext_lazy("Device received it"), "wait"),
    "deferred": (gettext_lazy("Waits for its time"), "wait"),
    "timed_out": (gettext_lazy("No answer"), "warn"),
    "done": (gettext_lazy("Done"), "ok"),
    "failed": (gettext_lazy("Failed"), "bad"),
    "cancelled": (gettext_lazy("Cancelled"), "idle"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `tone` colours its dot; `result` is what came of a command; `who` is a name that the message gives."""

    id: int
    agent_id: int
    kind: str
    words: str
    author_id: int = 0
    who: str = ""
    app: str = ""
    name: str = ""
    severity: int = 0
    tone: str = "idle"
    result: str = ""
    reason: str = ""
    value: Any = None
    old: Any = NOTHING
    of_connection: bool = False  # of an alarm on it

    @property
    def ms(self) -> int:
        return ms_of(self.id)

    @property
    def kind_words(self) -> str:
        return str(KINDS[self.kind])


def entry_of(channel: str, agent_id: int, message_id: int, author_id: int, data: Any, now: int) -> Entry | None:
    """The line that a message makes; None for one that says nothing to people."""
    known = {"id": message_id, "agent_id": agent_id, "author_id": author_id}
    if channel == "ui_cmds":
        return _command(known, data, now)
    if channel == "notifications":
        return _notification(known, data)
    if channel == "doover_connection":
        return _connection(known, data)
    return _event(known, data)


def tidy(entries: Iterable[Entry], names: Mapping[int, Names] | None = None) -> list[Entry]:
    """The lines, the newest first, without what is there twice: a value that a device logs for a command; and without
    what the pages of the devices (`names`) want nothing said of."""
    ordered = sorted(entries, key=lambda one: one.id, reverse=True)
    shown = [one for one in ordered if not _is_quiet(one, (names or {}).get(one.agent_id))]
    commands = [one for one in shown if one.kind == COMMAND]
    return [one for one in shown if not (one.kind == SETTING and any(_is_of(one, command) for command in commands))]


def told_by(entry: Entry, names: Names, now: datetime) -> Entry:
    """The line in the words of its device's page: its values and settings by their names, with their units."""
    if entry.kind == ALARM:
        told = by_names(names.values, entry.words, now)
        return replace(entry, words=brief(EVENTS.get(entry.value, ""), told, of_connection=entry.of_connection))
    if entry.kind == NOTIFICATION:
        return replace(entry, words=by_names(names.values, entry.words, now))
    named = names.setting(entry.app, entry.name) if entry.kind in (COMMAND, SETTING) else None
    if named is None:
        return entry
    if named.is_press:
        return replace(entry, words=pressed_words(named.full))
    new = value_of(named, entry.value, now)
    if entry.kind == SETTING:
        return replace(entry, words=_set_words(named.full, new))
    old = "" if entry.old is NOTHING else value_of(named, entry.old, now)
    return replace(entry, words=_command_words(named.full, new, old, named.units))


def _command_words(called: str, new: str, old: str, units: str = "") -> str:
    if new and not old:
        return _("Set %(name)s to %(value)s") % {"name": called, "value": new}
    words = asked_words(called, new, old, units)
    return _("Set %(words)s") % {"words": words} if new else words


def _set_words(name: str, value: str) -> str:
    return _("Device set %(name)s to %(value)s") % {"name": name, "value": value or "—"}


def _command(known: dict, data: Any, now: int) -> Entry | None:
    if isinstance(data, dict) and data.get("type") == "log" and isinstance(data.get("key"), str):
        app, key = _text(data.get("app_key")), data["key"][:LONGEST]
        words = _set_words(spoken(key), short(data.get("value")))
        return Entry(**known, kind=SETTING, words=words, app=app, name=key, value=data.get("value"))
    command = read_command(known["id"], known["author_id"], data, None)
    if command is None:
        return None
    result, tone = _result(stage_of(command, FOREVER, now))
    return Entry(
        **known,
        kind=COMMAND,
        words=_command_words(spoken(command.method), short(command.request), short(_old(command))),
        who=command.actor,
        app=command.app,
        name=command.method,
        tone=tone,
        result=result,
        reason=command.reason,
        value=command.request,
        old=command.old,
    )


def _result(stage: Stage) -> tuple[str, str]:
    words, tone = PHASES.get(stage.phase, PHASES["working"])
    return (f"{words}: {stage.text}" if stage.phase == "failed" and stage.text else str(words)), tone


def _old(command: Command) -> Any:
    return None if command.old is NOTHING else command.old


def _notification(known: dict, data: Any) -> Entry | None:
    payload = read_payload(data)
    if payload.topic.startswith("dev/alarms/") and not payload.message.startswith("Test of "):
        return None  # the alarm's own line says it
    tone = (
        "bad"
        if payload.severity >= SEVERITIES["Critical"]
        else "warn"
        if payload.severity >= SEVERITIES["Warn"]
        else "idle"
    )
    words = said(payload.topic, payload.title, payload.message)
    if payload.title and not payload.topic.startswith(FENCES):  # a crossing names its fence itself
        words = f"{payload.title}: {words}"
    parts = payload.topic.split("/")
    app = parts[3] if payload.topic.startswith("dev/applications/") and len(parts) > 3 else ""
    return Entry(**known, kind=NOTIFICATION, words=words[:LONGEST], app=app, severity=payload.severity, tone=tone)


def _connection(known: dict, data: Any) -> Entry | None:
    state = data.get("determination") if isinstance(data, dict) else None
    if state not in ("Online", "Offline"):
        return None
    words = _("Online") if state == "Online" else _("Offline")
    return Entry(**known, kind=CONNECTION, words=words, tone="ok" if state == "Online" else "bad", value=state)


def _event(known: dict, data: Any) -> Entry | None:
    """The channels of the first generation: `{action_string}`, also below `activity_log`, or parts of a sentence."""
    told = data.get("activity_log", data) if isinstance(data, dict) else data
    if not isinstance(told, dict):
        return Entry(**known, kind=EVENT, words=told[:LONGEST]) if isinstance(told, str) and told.strip() else None
    words = next((told[key] for key in ("action_string", "message", "action") if isinstance(told.get(key), str)), "")
    subject = _text(told.get("subject"))
    words = f"{subject}: {words}" if subject and words else words or subject
    return Entry(**known, kind=EVENT, words=words[:LONGEST], who=_text(told.get("actor"))) if words.strip() else None


def _is_of(logged: Entry, command: Entry) -> bool:
    same = (logged.agent_id, logged.name, logged.value) == (command.agent_id, command.name, command.value)
    return same and command.app in ("", logged.app) and abs(logged.ms - command.ms) <= SAME_MS


def _is_quiet(one: Entry, names: Names | None) -> bool:
    return names is not None and bool(one.name) and (one.app, one.name) in names.quiet


def _text(value: Any) -> str:
    return value[:80] if isinstance(value, str) else ""
