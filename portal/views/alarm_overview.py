"""All alarms that one may see: how many stand how, and which need a look."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib import messages as notes
from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from doover_web.common.wire import BadRequest, Refused
from doover_web.data.access import reach_agent, reach_agents
from doover_web.data.actions.alarm_note import may_acknowledge
from doover_web.data.alarm_lists import alarms_of_many
from doover_web.data.models import Alarm
from doover_web.identity.models import Agent
from doover_web.pages.listing import read_listing
from doover_web.pages.parts import part_of
from doover_web.pages.permission_words import in_words
from doover_web.pages.words import from_ms

from ..fence_alarms import fences_seen
from ..fleet import agents_around, group_asked, may_alarm_at
from ..open_alarms import open_of
from ..page import page
from ..roster import searched
from ..seen_alarms import Seen, Standing, is_seen, seen_of
from ..told import summaries_of
from ..ui.alarm_deeds import DEEDS
from ..ui.alarm_form import STATES

OFF = "Off"
WORDS = {**STATES, OFF: (gettext_lazy("Off"), "off")}
FROM_HERE = ("alarm_ack", "alarm_switch")
SORTS = {"state": ("rank", "is_seen", "-entered_state_ts"), "since": ("-entered_state_ts",), "name": ("name",)}


@dataclass(frozen=True, slots=True)
class Row:
    """An alarm among those of all devices."""

    alarm: Alarm
    device: Agent
    words: str
    kind: str
    since: datetime | None
    summary: str
    seen: Seen | None
    may_acknowledge: bool
    fence: int | None = None  # that keeps it, where one may see it

    @property
    def is_open(self) -> bool:
        return self.alarm.enabled and self.alarm.state in ("Alarm", "AlarmPending")


@page
@require_http_methods(["GET", "HEAD", "POST"])
def overview(request):
    """The list; its search, state and page are in the address."""
    problem = ""
    if request.method == "POST":
        try:
            _post(request)
            asked = request.GET.copy()
            asked.pop("part", None)
            return HttpResponseRedirect(f"{reverse('portal:alarms')}?{asked.urlencode()}")
        except Refused as refusal:
            if refusal.status == 403:
                raise
            problem = in_words(refusal.message)
    listing = read_listing(request.GET, sorts=list(SORTS))
    group = group_asked(request)
    devices = agents_around(request, group)
    found = _searched(alarms_of_many(request.caller, devices), devices, listing.search)
    counts = found.aggregate(**{state: Count("id", filter=_in_state(state)) for state in WORDS})
    state = request.GET.get("state", "")
    if state in WORDS:
        found = found.filter(_in_state(state))
    shown = listing.page(_in_order(found, listing.sort))
    context = {
        "section": "alarms",
        "group": group,
        "listing": listing,
        "page": shown,
        "rows": _rows(request.caller, list(shown)),
        "counts": [(key, words, kind, counts[key]) for key, (words, kind) in WORDS.items()],
        "state": state if state in WORDS else "",
        "total": sum(counts.values()),
        "problem": problem,
        "may_make": may_alarm_at(request).exists(),
        "sees_devices": devices.devices().exists(),
    }
    template = "portal/_alarm_overview.html" if part_of(request) == "list" else "portal/alarms.html"
    return render(request, template, context, status=400 if problem else 200)


def _post(request) -> None:
    form, action = request.POST, request.POST.get("action", "")
    if action not in FROM_HERE:
        raise BadRequest(_("This form asks for something that the page does not know"))
    reach = reach_agent(request.caller, form.get("agent", ""))
    notes.success(request, DEEDS[action](reach, form.get("channel", ""), form))


def _searched(found, devices, text: str):
    if not text:
        return found
    return found.filter(Q(name__icontains=text) | Q(agent_id__in=searched(devices, text).values("id")))


def _in_state(state: str) -> Q:
    return Q(enabled=False) if state == OFF else Q(enabled=True, state=state)


def _rank() -> Case:
    """Those that are on first, those that are off last."""
    whens = [When(_in_state(state), then=Value(place)) for place, state in enumerate(WORDS)]
    return Case(*whens, default=Value(len(WORDS)), output_field=IntegerField())


def _in_order(found: QuerySet[Alarm], sort: str) -> QuerySet[Alarm]:
    return found.annotate(rank=_rank(), is_seen=is_seen()).order_by(*SORTS[sort], "agent_id", "id")


def open_rows(caller, devices: QuerySet[Agent], most: int) -> tuple[list[Row], int]:
    """The first of the alarms of these devices that are on or about to be, those first that nobody has seen, their
    readings by name, and how many there are of them."""
    found = open_of(caller, devices)
    shown = list(_in_order(found, "state")[:most])
    return _rows(caller, shown), found.count()


def _rows(caller, alarms: list[Alarm]) -> list[Row]:
    reaches = reach_agents(caller, {alarm.agent_id for alarm in alarms})
    devices = Agent.objects.select_related("organisation").in_bulk({alarm.agent_id for alarm in alarms})
    seen = seen_of(caller, map(_standing, alarms))
    summaries, fences = summaries_of(alarms), fences_seen(caller, map(_named, alarms))
    rows = []
    for alarm in alarms:
        key, device, reach = (alarm.agent_id, alarm.id), devices.get(alarm.agent_id), reaches.get(alarm.agent_id)
        if device is not None and reach is not None:
            row = _row(alarm, device, summaries[key], seen.get(_standing(alarm)), reach)
            rows.append(replace(row, fence=alarm.id) if alarm.id in fences else row)
    return rows


def _named(alarm: Alarm) -> tuple[str, int]:
    return alarm.channel_name, alarm.id  # type: ignore[attr-defined]  # annotated by alarms_of_many


def _standing(alarm: Alarm) -> Standing:
    return Standing(alarm.agent_id, alarm.id, alarm.entered_state_ts)


def _row(alarm: Alarm, device: Agent, summary: str, seen: Seen | None, reach) -> Row:
    words, kind = WORDS[alarm.state if alarm.enabled else OFF]
    zone = timezone.get_current_timezone()
    return Row(
        alarm=alarm,
        device=device,
        words=str(words),
        kind=kind,
        since=from_ms(alarm.entered_state_ts, zone),
        summary=summary,
        seen=seen,
        may_acknowledge=may_acknowledge(reach),
    )
