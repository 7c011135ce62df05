"""What a person writes: a message, a new state, a channel. Each form calls one verb; a refusal keeps the typed text."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _

from doover_web.common.wire import BadRequest, Conflict
from doover_web.data.access import Reach, check_new_name, parse_id
from doover_web.data.publish import (
    delete_message,
    open_channel,
    post_message,
    set_archived,
    update_aggregate,
)

from ..ui.alarm_deeds import DEEDS
from .calls import cancel_call, make_call
from .keeping import keep
from .typed import json_of
from .watchers import send_shot

IN_PANELS = {"one_shot": send_shot, "call": make_call, "cancel": cancel_call, "keep": keep, **DEEDS}


@dataclass(frozen=True, slots=True)
class Draft:
    """A form as it was sent, to be shown again with what is wrong."""

    action: str
    text: str
    problem: str
    revision: str = ""
    replaces: bool = False
    logs: bool = False
    problems: dict[str, str] = field(default_factory=dict)


def draft_of(form, problem: str, revision: int, problems: dict[str, str] | None = None) -> Draft:
    """What to show after a refusal; the next attempt is made against the state as it is now."""
    return Draft(
        action=form.get("action", ""),
        text=form.get("data", ""),
        problem=problem,
        revision=str(revision),
        replaces=form.get("mode") == "replace",
        logs="log" in form,
        problems=problems or {},
    )


def carry_out(reach: Reach, name: str, form, revision: int, files: Sequence[UploadedFile] = ()) -> str:
    """Do what a form of the channel page asks; the sentence to show afterwards."""
    action = form.get("action", "")
    if action == "message":
        return _send(reach, name, form, files)
    if action in IN_PANELS:
        return IN_PANELS[action](reach, name, form)
    deeds = {"state": _save, "delete": _delete, "archive": _archive, "unarchive": _unarchive}
    deed = deeds.get(action)
    if deed is None:
        raise BadRequest(_("This form asks for something that the page does not know"))
    return deed(reach, name, form, revision)


def create_channel(reach: Reach, form) -> str:
    """A new channel; its name."""
    name = form.get("name", "").strip()
    check_new_name(name)
    open_channel(reach=reach, name=name, settings={"is_private": "is_private" in form})
    return name


def _send(reach: Reach, name: str, form, files: Sequence[UploadedFile]) -> str:
    data = {} if files and not form.get("data", "").strip() else json_of(form.get("data", ""))
    post_message(reach=reach, name=name, data=data, files=files)
    return _("Message sent")


def _save(reach: Reach, name: str, form, revision: int) -> str:
    """Merge or replace. Refused when the state moved since the form was drawn, unless the person has seen that."""
    data = json_of(form.get("data", ""))
    if not isinstance(data, dict):
        raise BadRequest(_("The state of a channel is a JSON object: begin with {"))
    if form.get("mode") == "replace" and form.get("revision", "") not in ("", str(revision)):
        raise Conflict(_("The state changed since you opened it. Save again to put yours in its place"))
    update_aggregate(reach=reach, name=name, data=data, replace_all=form.get("mode") == "replace", log="log" in form)
    return _("State saved")


def _delete(reach: Reach, name: str, form, revision: int) -> str:
    delete_message(reach=reach, name=name, message_id=parse_id(form.get("message", "")))
    return _("Message deleted")


def _archive(reach: Reach, name: str, form, revision: int) -> str:
    set_archived(reach=reach, name=name, moment=timezone.now())
    return _("Channel archived")


def _unarchive(reach: Reach, name: str, form, revision: int) -> str:
    set_archived(reach=reach, name=name, moment=None)
    return _("Channel is back in use")
