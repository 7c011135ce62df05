"""What a person does with an alarm, from any page: each calls one verb and gives the sentence to show afterwards."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from doover_web.common.wire import Refused
from doover_web.data.access import Reach, parse_id
from doover_web.data.actions.alarm import create_alarm, delete_alarm, put_alarm, update_alarm
from doover_web.data.actions.alarm_note import acknowledge_alarm, send_test
from doover_web.data.alarm_bodies import definition_of
from doover_web.data.alarm_words import summary
from doover_web.data.rehearsal import rehearse
from doover_web.notifications.rules import wake

from ..problems import told
from .alarm_form import Named, body_of, form_context, with_another_row, without_row
from .rehearsed import rehearsed

REHEARSE, MORE, LESS = "alarm_rehearse", "alarm_more", "alarm_less_"  # the last with the number of a row


def save(reach: Reach, name: str, form) -> str:
    """Make an alarm, or state the one with the id in the form anew."""
    body = body_of(form)
    if form.get("id"):
        put_alarm(reach=reach, name=name, alarm_id=parse_id(form["id"]), body=body)
        return _("%(name)s saved") % {"name": body["name"]}
    create_alarm(reach=reach, name=name, body=body)
    return _("%(name)s watches from now on") % {"name": body["name"]}


def switch(reach: Reach, name: str, form) -> str:
    """Switch one on or off."""
    on = form.get("on") == "true"
    alarm = update_alarm(reach=reach, name=name, alarm_id=parse_id(form.get("id", "")), body={"enabled": on})
    return (_("%(name)s is on") if on else _("%(name)s is off")) % {"name": alarm["name"]}


def remove(reach: Reach, name: str, form) -> str:
    """Delete one."""
    delete_alarm(reach=reach, name=name, alarm_id=parse_id(form.get("id", "")))
    return _("Alarm deleted")


def acknowledge(reach: Reach, name: str, form) -> str:
    """Say that one has been seen."""
    acknowledge_alarm(reach=reach, name=name, alarm_id=parse_id(form.get("id", "")), text=form.get("note", ""))
    return _("Noted: others see that you have seen it")


def test(reach: Reach, name: str, form) -> str:
    """Let one say what it would say, as a test."""
    send_test(reach=reach, name=name, alarm_id=parse_id(form.get("id", "")))
    transaction.on_commit(wake)
    return _("A test message is on its way to whoever hears of this alarm")


def is_only_shown(action: str) -> bool:
    """Whether a button of the form shows it again and keeps nothing."""
    return action in (REHEARSE, MORE) or action.startswith(LESS)


def shown_again(reach: Reach, name: str, document: Any, form, names: Named = None) -> dict:
    """The form as it was typed: with one condition more or less, or with what the alarm would have done."""
    action = form.get("action", "")
    if action == MORE:
        return form_context(document, form, "", names, with_another_row(form))
    if action.startswith(LESS):
        return form_context(document, form, "", names, without_row(form, action.removeprefix(LESS)))
    try:
        body = body_of(form)
        found = rehearse(reach=reach, name=name, body=body)
    except Refused as refusal:
        problem, problems = told(refusal)
        return form_context(document, form, problem, names, problems=problems)
    of = summary(definition_of(body).conditions)
    return {**form_context(document, form, "", names), "rehearsal": rehearsed(found), "rehearsal_of": of}


DEEDS = {"alarm": save, "alarm_switch": switch, "alarm_delete": remove, "alarm_ack": acknowledge, "alarm_test": test}
