"""Commands to a device: given, withdrawn, tried again, put away; and the part of the page that shows them.

Every form works as a plain one, which ends on the page again. A script asks with `?part=commands` and gets the part.
"""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from doover_web.common.snowflake import now_ms
from doover_web.common.wire import Conflict, Forbidden, NotFound, Refused, refusal_body
from doover_web.data.access import parse_id
from doover_web.identity.guard import check_in_use
from doover_web.identity.permissions import Rights
from doover_web.pages.permission_words import in_words

from ..desk import desk_for, desk_of, dismiss
from ..overview import CHANNELS, tree_of
from ..page import page
from ..ui import sending
from ..ui.commands import Command
from ..ui.controls import Control
from ..ui.element import Element
from ..ui.entering import check_again, read_entry
from ..ui.frame import DeviceFrame, device_frame
from ..ui.rows import Desk
from ..ui.wording import value_words

# A page that was drawn longer ago asks first: what it shows may be over.
FRESH_MS = 10 * 60_000
LONGEST_REASON = 1000
FIELDS = ("app", "name", "place", "value", "low", "high", "date", "time")


@page
def commands(request, agent_id: str):
    """GET is the part of the page with every control and everybody's commands; POST gives a command."""
    device = device_frame(request, agent_id, "overview", channels=CHANNELS)
    if request.method != "POST":
        return _part(request, device)
    return _done(request, device, lambda: _give(request, device))


@page
@require_POST
def command(request, agent_id: str, message_id: str, deed: str):
    """Withdraw a command, try it again, or put away how it ended."""
    device = device_frame(request, agent_id, "overview", channels=CHANNELS)
    wanted = parse_id(message_id)
    deeds = {"cancel": _cancel, "retry": _retry, "dismiss": _dismiss}
    return _done(request, device, lambda: deeds[deed](request, device, wanted))


def _give(request, device: DeviceFrame) -> HttpResponse | None:
    """Send what a form asks for; a question comes back where one is to be asked first."""
    _check_may(device)
    tree = tree_of(device)
    desk = desk_of(request, device, tree)
    element, control = _named(desk, tree, request.POST)
    _check_usable(desk, control)
    value = read_entry(control, request.POST, now_ms(), timezone.get_current_timezone())
    reason = _reason_of(request)
    if not _is_confirmed(request, control, reason):
        return _ask(request, device, element, control, value)
    with sending.alone(device.reach, control):
        _check_usable(desk_of(request, device, tree), control)
        sending.send(reach=device.reach, control=control, value=value, reason=reason)
    return None


def _named(desk: Desk, tree, form) -> tuple[Element, Control]:
    """The control of a form, which has to be on the page."""
    called, place = (form.get("app", ""), form.get("name", "")), form.get("place")
    named = (one for one in tree.shown() if (one.app_key, one.name) == called and place in (None, one.place))
    element = next((one for one in named if one.is_control), None)
    control = desk.controls.get(element.place) if element else None
    if control is None or element is None:
        raise NotFound(_("This device has no such control any more"))
    return element, control


def _check_may(device: DeviceFrame) -> None:
    if not device.may(Rights.CONTROL):
        words = _("You may look at this device, not control it. An administrator can give you the right to control it.")
        raise Forbidden(words, code="no_control")
    check_in_use(device.agent.archived_at)


def _check_usable(desk: Desk, control: Control) -> None:
    if control.is_disabled:
        raise Conflict(_("%(control)s is not available right now") % {"control": control.label})
    if desk.standing(control).is_blocked:
        raise Conflict(_("%(control)s waits for an answer. Cancel that command first") % {"control": control.label})


def _is_confirmed(request, control: Control, reason: str) -> bool:
    """Whether there is nothing to ask: the question was answered, or none is due and the page is fresh."""
    answered = request.POST.get("confirmed") == "yes"
    if control.confirm and control.confirm.must_say_why and not reason:
        return False
    return answered or (control.confirm is None and not _is_stale(request))


def _is_stale(request) -> bool:
    """Whether the page was drawn long ago and nothing keeps it up to date."""
    drawn = request.POST.get("at", "")
    if request.POST.get("live") == "yes" or not (drawn.isascii() and drawn.isdigit() and len(drawn) < 16):
        return False
    return now_ms() - int(drawn) > FRESH_MS


def _ask(
    request, device: DeviceFrame, element: Element, control: Control, value, *, again: int | None = None, reason=""
) -> HttpResponse:
    """The question before a command, as a dialog's content or as a page of its own; `again` is the message of the one
    that is tried again, for this `reason`."""
    here = reverse("portal:commands", args=[device.agent.id])
    now = timezone.localtime()
    context = {
        "section": "devices",
        "device": device,
        "agent": device.agent,
        "element": element,
        "control": control,
        "confirm": control.confirm,
        "old": value_words(control, control.value, now),
        "new": value_words(control, value, now),
        "action": here if again is None else reverse("portal:command", args=[device.agent.id, again, "retry"]),
        "reason": reason,
        "fields": [(key, request.POST[key]) for key in FIELDS if key in request.POST],
        "is_stale": control.confirm is None,
        "lacks_reason": request.POST.get("confirmed") == "yes",
        "is_away": device.is_offline,
    }
    template = "portal/_confirm.html" if _is_part(request) else "portal/confirm.html"
    return render(request, template, context)


def _cancel(request, device: DeviceFrame, message_id: int) -> None:
    check_in_use(device.agent.archived_at)
    sending.cancel(reach=device.reach, message_id=message_id, now=now_ms())


def _retry(request, device: DeviceFrame, message_id: int) -> HttpResponse | None:
    """Send a command anew that failed or was not answered, as long as it is the newest of its control; a question comes
    back where giving it would ask one."""
    _check_may(device)
    tree = tree_of(device)
    old = sending.command_at(device.reach, message_id)
    desk = desk_of(request, device, tree)
    control = desk.control_of(old)
    element = next((one for one in tree.shown() if control and desk.controls.get(one.place) is control), None)
    if control is None or element is None:
        raise NotFound(_("This device has no such control any more"))
    value = now_ms() if not control.shows_value else old.request
    check_again(control, value, now_ms(), timezone.get_current_timezone())
    _check_is_newest(desk, control, old)
    reason = _reason_of(request) or old.reason
    if not _is_confirmed(request, control, reason):
        return _ask(request, device, element, control, value, again=old.id, reason=reason)
    with sending.alone(device.reach, control):
        _check_is_newest(desk_of(request, device, tree), control, old)
        sending.send(reach=device.reach, control=control, value=value, reason=reason, retry_of=old.id)
    return None


def _check_is_newest(desk: Desk, control: Control, old: Command) -> None:
    _check_usable(desk, control)
    newest = desk.standing(control).command
    if newest is not None and newest.id != old.id:
        raise Conflict(_("Somebody gave another command since. Look at it first"))


def _reason_of(request) -> str:
    return request.POST.get("reason", "").replace("\x00", "").strip()[:LONGEST_REASON]


def _dismiss(request, device: DeviceFrame, message_id: int) -> None:
    dismiss(request.session, message_id)


def _done(request, device: DeviceFrame, deed) -> HttpResponse:
    """Do it, and answer as was asked: with the part anew, or with the page. A refusal is told where the form was."""
    try:
        question = deed()
    except Refused as refusal:
        if _is_part(request):
            return HttpResponse(refusal_body(refusal), status=refusal.status, content_type="application/json")
        if refusal.status in (403, 404):
            raise
        messages.error(request, in_words(refusal.message))
        question = None
    if question is not None:
        return question
    if _is_part(request):
        return _part(request, device_frame(request, str(device.agent.id), "overview", channels=CHANNELS))
    return redirect("portal:device", device.agent.id)


def _part(request, device: DeviceFrame) -> HttpResponse:
    tree = tree_of(device)
    desk = desk_for(request, device, tree)
    elements = [one for one in tree.shown() if one.is_control]
    context = {"device": device, "agent": device.agent, "desk": desk, "elements": elements}
    return render(request, "portal/_commands.html", context)


def _is_part(request) -> bool:
    return request.GET.get("part") == "commands"
