"""What starts an application that runs in the cloud, and when it was started last, for its page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from doover_web.common.timetable import NotATimetable, coming, read_timetable
from doover_web.common.zones import zone_names
from doover_web.control.models import AppInstall
from doover_web.deployments.plan import CLOUD
from doover_web.processors.models import Function, Invocation, Schedule

MOST = 20
AHEAD = 3  # times of a schedule
LAST = 5  # calls


@dataclass(frozen=True, slots=True)
class Start:
    """One thing that starts it: a channel, a clock, or a call from outside."""

    kind: str | Promise
    what: str
    coming: Sequence[datetime] = ()


@dataclass(frozen=True, slots=True)
class Started:
    """What starts an application, and its last calls."""

    starts: list[Start]
    calls: list[Invocation]


def started_by(install: AppInstall) -> Started | None:
    """None for what runs on the device itself."""
    if install.application.type not in CLOUD:
        return None
    function = Function.objects.filter(agent_id=install.agent_id, app_key=install.name).first()
    if function is None:
        return Started([], [])
    calls = function.invocations.defer("payload").order_by("-id")[:LAST]
    return Started(list(_starts(function)), list(calls))


def _starts(function: Function) -> Iterator[Start]:
    for one in function.subscriptions.select_related("subscribed_to").order_by("id")[:MOST]:
        there = f" · {one.subscribed_to.title}" if one.subscribed_to else ""
        yield Start(_("Channel"), (one.channel or one.arn) + there)
    for clock in function.schedules.order_by("id")[:MOST]:
        yield Start(_("Clock"), f"{clock.expression or '—'} {clock.zone}".strip(), _coming(clock))
    for door in function.ingestionendpoints.order_by("id")[:MOST]:
        yield Start(_("Call from outside"), ", ".join(door.cidr_ranges) or str(door.id))


def _coming(clock: Schedule) -> list[datetime]:
    zone = ZoneInfo(clock.zone) if clock.zone in zone_names() else ZoneInfo("UTC")
    try:
        return coming(read_timetable(clock.expression, zone), timezone.now(), AHEAD)
    except NotATimetable:
        return []
