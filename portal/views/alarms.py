"""Alarms: those of one device with their editor and history, and all that one may see."""

from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from urllib.parse import urlencode

from django.contrib import messages as notes
from django.http import HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from doover_web.common.snowflake import ms_of, now_ms
from doover_web.common.wire import BadRequest, Refused
from doover_web.data.access import Reach, channel_to_watch, check_sees_alarms, reach_agent, ref_of
from doover_web.data.actions.alarm_note import may_acknowledge
from doover_web.data.alarm_brief import brief
from doover_web.data.alarm_journal import moves_of_agent, notes_of
from doover_web.data.alarm_lists import alarms_of_agent, open_alarms_of
from doover_web.data.alarm_words import EVENTS
from doover_web.data.alarms import ALARM, PENDING
from doover_web.data.history import read_aggregate
from doover_web.data.models import AlarmMove
from doover_web.identity.permissions import Rights
from doover_web.pages.parts import part_of
from doover_web.pages.typed import in_field
from doover_web.pages.words import from_ms

from ..fence_alarms import fences_seen, is_of_fence
from ..overview import CHANNELS, tree_of
from ..page import page
from ..problems import NOTHING_WRONG, told
from ..seen_alarms import Seen, Standing, seen_of
from ..ui.alarm_deeds import DEEDS, is_only_shown, shown_again
from ..ui.alarm_form import STATES, fields_of, form_context
from ..ui.charts import Chart, read_chart
from ..ui.frame import DeviceFrame, device_context
from ..ui.happenings import KINDS, state_words
from ..ui.naming import Named, by_names, choices_of, named_values, summary_by, titles_of
from ..viewer.messages import names_of
from ..viewer.tree import read_json
from .chart import chart_context

DAY_MS = 86_400_000
TAGS = "tag_values"
SHOWN_MOVES, SHOWN_NOTES = 100, 20


@dataclass(frozen=True, slots=True)
class Row:
    """An alarm in the list: how it stands, and who has seen it so."""

    alarm: dict
    words: str
    kind: str
    since: datetime | None
    seen: Seen | None
    fence: int | None = None  # that keeps it, where one may see it

    @property
    def is_open(self) -> bool:
        return self.alarm["enabled"] and self.alarm["state"] in (ALARM, PENDING)

    @property
    def is_of_fence(self) -> bool:
        return is_of_fence(self.alarm["channel_name"])


def _number(request, agent_id: str):
    """How many are open, for the tab that is on each page of the device."""
    reach = reach_agent(request.caller, agent_id)
    check_sees_alarms(reach)
    return render(request, "portal/_alarms_here.html", {"number": len(open_alarms_of(reach))})


@page
@require_http_methods(["GET", "HEAD", "POST"])
def of_device(request, agent_id: str):
    """The alarms of a device: the list, the form for one, what one did; with `part=number` how many are open."""
    if part_of(request) == "number":
        return _number(request, agent_id)
    context = device_context(request, agent_id, "alarms", channels=CHANNELS)
    device: DeviceFrame = context["device"]
    reach = device.reach
    check_sees_alarms(reach)
    base, (problem, problems) = reverse("portal:device_alarms", args=[agent_id]), NOTHING_WRONG
    more: dict | None = {}
    if request.method == "POST":
        try:
            more = _post(request, device, base)
            if more is None:
                return HttpResponseRedirect(base)
        except Refused as refusal:
            if refusal.status in (403, 404):
                raise
            problem, problems = told(refusal)
    named = named_values(tree_of(device))
    now = timezone.localtime()
    alarms = [{**one, "condition_summary": summary_by(named, one, now)} for one in alarms_of_agent(reach)]
    shown = _shown(request, device, alarms, named, problem, problems) | (more or {})
    context |= {
        "rows": rows_of(request.caller, reach.agent_id, alarms),
        "alarm_base": base,
        "alarm_problem": problem,
        "may_manage_alarms": device.may_alarm,
        "may_acknowledge": may_acknowledge(reach),
        "doomed_alarm": next((one for one in alarms if _is_doomed(one, request.GET.get("drop"))), None),
        **shown,
    }
    if part_of(request) == "list":
        return render(request, "portal/_alarm_rows.html", context)
    refused = problem or context.get("alarm_problem") or context.get("problems")
    return render(request, "portal/device_alarms.html", context, status=400 if refused else 200)


def _is_doomed(alarm: dict, asked: str | None) -> bool:
    """Whether the page asks for a yes to delete this one; that of a fence goes with the fence."""
    return alarm["id"] == asked and not is_of_fence(alarm["channel_name"])


def rows_of(caller, agent_id: int, alarms: list[dict]) -> list[Row]:
    """Alarms of one agent ready to be listed: those that are on first."""
    standings = [Standing(agent_id, int(alarm["id"]), alarm["entered_state_ts"]) for alarm in alarms]
    seen, order = seen_of(caller, standings), list(STATES)
    fences = fences_seen(caller, ((one["channel_name"], int(one["id"])) for one in alarms))
    rows = [_row(alarm, seen.get(standing), fences) for alarm, standing in zip(alarms, standings, strict=True)]

    def place(row: Row) -> tuple:
        seen_last = row.is_open and row.seen is not None
        return not row.is_open, order.index(row.alarm["state"]), seen_last, row.alarm["name"].casefold()

    return sorted(rows, key=place)


def _row(alarm: dict, seen: Seen | None, fences: set[int]) -> Row:
    words, kind = STATES[alarm["state"]]
    since = from_ms(alarm["entered_state_ts"], timezone.get_current_timezone())
    fence = int(alarm["id"]) if is_of_fence(alarm["channel_name"]) and int(alarm["id"]) in fences else None
    return Row(alarm, str(words), kind, since, seen, fence)


def _fence_of(request, alarm: dict) -> int | None:
    """The fence that keeps an alarm, where one may see it."""
    return next(iter(fences_seen(request.caller, [(alarm["channel_name"], int(alarm["id"]))])), None)


def _post(request, device: DeviceFrame, base: str) -> dict | None:
    """Do what a form asks; None to go back to the list, else what the page shows of what was not saved."""
    reach = device.reach
    form, action = request.POST, request.POST.get("action", "")
    name = form.get("channel") or TAGS
    if is_only_shown(action):
        again = shown_again(reach, name, _document(reach, name), form, _names(device, name))
        if name == TAGS and "rehearsal_of" in again:
            named = named_values(tree_of(device))
            again["rehearsal_of"] = by_names(named, again["rehearsal_of"], timezone.localtime())
        return {"alarm_channel": name, "alarm_base": base, **again}
    if action not in DEEDS:
        raise BadRequest(_("This form asks for something that the page does not know"))
    notes.success(request, DEEDS[action](reach, name, form))
    return None


def _shown(
    request, device: DeviceFrame, alarms: list[dict], named: dict[str, Named], problem: str, problems: dict[str, str]
) -> dict:
    """The form, or one alarm's history, that the address or a refused form opens."""
    asked, reach = request.GET, device.reach
    if (problem or problems) and request.POST.get("action") == "alarm":
        name = request.POST.get("channel") or TAGS
        return {"alarm_channel": name, **_form(device, name, request.POST, problem, problems)}
    known = next((one for one in alarms if one["id"] in (asked.get("alarm"), asked.get("of"))), None)
    if known and "of" in asked:
        return _history(request, reach, known, named if known["channel_name"] == TAGS else {})
    if "alarm" not in asked or not device.may_alarm:
        return {}
    if known and is_of_fence(known["channel_name"]):
        return {"alarm_of_fence": known, "fence": _fence_of(request, known)}
    name = known["channel_name"] if known else asked.get("channel") or TAGS
    fields = fields_of(known) if known else _blank(asked)
    return {"alarm_channel": name, **_form(device, name, fields, "")}


def _form(device: DeviceFrame, name: str, fields, problem: str, problems: dict[str, str] | None = None) -> dict:
    return form_context(_document(device.reach, name), fields, problem, _names(device, name), problems=problems)


def _names(device: DeviceFrame, name: str):
    """What the values of the device are called, for the form of an alarm on them; nothing for other channels."""
    if name != TAGS:
        return None
    tree = tree_of(device)
    named, apps = named_values(tree), titles_of(tree)
    return lambda keys: choices_of(named, keys, apps)


def _blank(asked) -> dict:
    """The form of an alarm to be made, from a variable when the address names one."""
    told = {"enabled": "on", "told_alarm": "on", "told_ok": "on", "told_no_data": "on"}
    return {"key_0": asked.get("key", "")[:512], "value_0": in_field(asked.get("value", "")[:200]), **told}


def _document(reach: Reach, name: str):
    """The state whose keys the form offers; nothing for a channel that is not there yet."""
    try:
        return read_json(read_aggregate(ref_of(reach, channel_to_watch(reach, name))).data)
    except Refused:
        return {}


def _history(request, reach: Reach, alarm: dict, named: dict[str, Named]) -> dict:
    """What an alarm did, what was said of it, and the course of what it looks at."""
    moves = moves_of_agent(
        reach, after=now_ms() - 400 * DAY_MS, before=now_ms() + DAY_MS, limit=SHOWN_MOVES, alarm_id=int(alarm["id"])
    )
    said = notes_of(reach, int(alarm["id"]), SHOWN_NOTES)
    names, zone = names_of(request.caller, {note.author_id for note in said}), timezone.get_current_timezone()
    shown = {
        "of": alarm,
        "fence": _fence_of(request, alarm),
        "moves": [_move(move, named, zone) for move in moves],
        "said": [(note, names.get(note.author_id, _("Somebody else")), from_ms(ms_of(note.id), zone)) for note in said],
    }
    chart = _chart_of(request, reach, alarm)
    return shown | chart_context(request, chart) if chart else shown


def _move(move: AlarmMove, named: dict[str, Named], zone) -> SimpleNamespace:
    said = by_names(named, move.said, timezone.localtime())
    return SimpleNamespace(
        words=state_words(move.new_state),
        kind=KINDS[move.new_state],
        said=brief(EVENTS.get(move.new_state, ""), said, of_connection=move.of_connection),
        at=from_ms(move.at, zone),
    )


def _chart_of(request, reach: Reach, alarm: dict) -> Chart | None:
    if not reach.rights & Rights.HISTORY or alarm["channel_name"] != TAGS:
        return None
    keys = [key for one in alarm["conditions"] for key in (one.get("key"), one.get("other_key")) if key]
    asked = {"s": list(dict.fromkeys(keys)), "range": request.GET.get("range", "7d"), "alarm": alarm["id"]}
    return read_chart(reach, QueryDict(urlencode(asked, doseq=True)), plot="") if keys else None
