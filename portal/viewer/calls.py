"""Calls over a channel (`data-api §16.3`): made, followed and withdrawn by a person."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.utils import timezone
from django.utils.translation import gettext as _

from doover_web.common.presence import mapping, number
from doover_web.common.snowflake import ms_of, now_ms
from doover_web.common.window import Window
from doover_web.common.wire import BadRequest, Conflict
from doover_web.data.access import Reach, channel_to_read, parse_id, ref_of
from doover_web.data.history import find_message, list_what_fits
from doover_web.data.publish import post_message, update_message
from doover_web.identity.permissions import Rights
from doover_web.pages import words

from ..ui.commands import is_cancelled
from ..ui.sending import actor_of, cancellation
from .messages import names_of
from .typed import json_of

LOOKED_AT, SHOWN, LONGEST = 200, 20, 4000
LONGEST_WAIT_S = 366 * 86400
QUIET_MS = 30_000  # after which the published clients give up waiting


@dataclass(frozen=True, slots=True)
class Life:
    """Where a call stands: the words, the meaning of their colour, and whether anything can still come of it."""

    words: str
    kind: str
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it is drawn."""

    id: str
    method: str
    app: str
    moment: datetime | None
    author: str
    life: Life
    request: str
    response: str


def life_of(data: Mapping, sent_ms: int, now: int, zone=None) -> Life:
    """Where the call of a message stands. Pure; whatever the message holds, it never fails."""
    status = mapping(data.get("status"))
    code, said = status.get("code") or "sent", status.get("message")
    about = mapping(said)
    expires = number(data.get("expires_after"))
    if code == "sent":
        if expires is not None and now > sent_ms + expires:
            return Life(_("Timed out: nobody took it in time"), "bad", is_over=True)
        if now - sent_ms > QUIET_MS:
            return Life(_("No answer for %(time)s") % {"time": words.duration((now - sent_ms) / 1000)}, "warn")
        return Life(_("Sent"), "wait")
    if code == "acknowledged":
        return Life(_("Acknowledged"), "wait")
    if code == "deferred":
        until = number(about.get("until"))
        at = None if until is None else words.from_ms(until, zone)
        return Life(_("Deferred until %(time)s") % {"time": format(at, "%H:%M:%S")} if at else _("Deferred"), "wait")
    if code == "pending":
        text = about.get("text", said)
        return Life(text[:200] if isinstance(text, str) and text else _("In progress"), "wait")
    if code == "awaiting_confirmation":
        return Life(_("Waits for confirmation"), "wait")
    if code == "success":
        return Life(_("Done"), "ok", is_over=True)
    if code == "error":
        return Life(*(_cancelled(about) if is_cancelled(said) else (_failed(said), "bad")), is_over=True)
    return Life(str(code)[:80], "idle")


def make_call(reach: Reach, name: str, form) -> str:
    """Send the call of a form; the sentence to show afterwards."""
    method = form.get("method", "").strip()
    if not method or len(method) > 255:
        raise BadRequest(_("Name the method to call, in 255 characters at most"))
    data: dict[str, Any] = {"type": "rpc", "method": method, "request": json_of(form.get("data", "") or "{}")}
    data |= {"status": {"code": "sent"}, "response": {}, "actor": actor_of(reach.caller)}
    if app := form.get("app_key", "").strip()[:255]:
        data["app_key"] = app
    if reason := form.get("reason", "").strip()[:1000]:
        data["reason"] = reason
    if seconds := form.get("expires_after", "").strip():
        if not re.fullmatch("[0-9]{1,9}", seconds) or not 0 < int(seconds) <= LONGEST_WAIT_S:
            raise BadRequest(_("Expires after is a whole number of seconds, a year at most"))
        data["expires_after"] = int(seconds) * 1000
    post_message(reach=reach, name=name, data=data)
    return _("Call sent")


def cancel_call(reach: Reach, name: str, form) -> str:
    """Withdraw a call, in the form that receivers take for that. Refused when it is over."""
    channel = channel_to_read(reach, name)
    message_id = parse_id(form.get("message", ""))
    message = find_message(channel, ref_of(reach, channel), message_id)
    data = mapping(orjson.loads(message.data))
    if data.get("type") != "rpc":
        raise BadRequest(_("This message is no call"))
    if life_of(data, ms_of(message_id), now_ms()).is_over:
        raise Conflict(_("This call is over already"))
    update_message(reach=reach, name=name, message_id=message_id, data=cancellation(reach.caller, now_ms()))
    return _("Call cancelled")


def shown(page) -> dict:
    """The panel: the form, and the latest calls among the newest messages."""
    typed = page.draft if page.draft and page.draft.action == "call" else None
    refused = page.draft if page.draft and page.draft.action == "cancel" else None
    return {
        "calls": calls_of(page.reach, page.channel) if page.reach.rights & Rights.HISTORY else [],
        "call_problem": typed.problem if typed else "",
        "cancel_problem": refused.problem if refused else "",
        "typed": page.request.POST if typed else {},
    }


def calls_of(reach: Reach, channel) -> list[Call]:
    found = [
        (message, data)
        for message in list_what_fits(channel, ref_of(reach, channel), Window(limit=LOOKED_AT))[0]
        if mapping(data := orjson.loads(message.data)).get("type") == "rpc"
    ][:SHOWN]
    names = names_of(reach.caller, {message.author_id for message, _ in found})
    now, zone = now_ms(), timezone.get_current_timezone()
    return [
        Call(
            id=str(message.id),
            method=str(data.get("method"))[:255],
            app=str(data.get("app_key") or "")[:255],
            moment=words.from_ms(ms_of(message.id)),
            author=names.get(message.author_id, _("Somebody else")),
            life=life_of(data, ms_of(message.id), now, zone),
            request=_text(data.get("request")),
            response=_text(data["response"]) if data.get("response") not in ({}, None) else "",
        )
        for message, data in found
    ]


def _cancelled(about: Mapping) -> tuple[str, str]:
    by = mapping(about.get("cancelled_by")).get("name")
    return (_("Cancelled by %(by)s") % {"by": by[:80]} if isinstance(by, str) and by else _("Cancelled")), "idle"


def _failed(said: Any) -> str:
    about = mapping(said)
    text = about.get("message", said if isinstance(said, str) else None)
    parts = [str(part)[:200] for part in (about.get("code"), text) if part]
    return _("Failed: %(why)s") % {"why": " · ".join(parts)} if parts else _("Failed")


def _text(value: Any) -> str:
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
