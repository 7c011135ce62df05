"""Listener: where a device says that it is → what it crossed, which alarms are on, who is told.

`heard` only wakes a worker; the places stand in the outbox, written with the state they come from.
"""

import logging
from collections.abc import Sequence

from celery import current_app
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from doover_web.common.places import Place
from doover_web.common.wire import Refused
from doover_web.data import outbox
from doover_web.data.access import reach_agent
from doover_web.data.aside import aside
from doover_web.data.events import AggregateUpdated, Event
from doover_web.data.fleet_rows import LOCATION
from doover_web.data.ids import new_message_id
from doover_web.data.models import OutboxEntry, Position
from doover_web.data.publish import post_message
from doover_web.identity.auth import Caller
from doover_web.identity.models import Agent
from doover_web.identity.standing import Standing

from .alarms import keep_alarms
from .ids import new_id
from .judge import ENTERED, Fix, crossed, follow
from .judge import Track as Believed
from .models import Crossing, Fence, Stay, Track

log = logging.getLogger(__name__)
DRAIN = "doover_web.fences.tasks.judge"
FEW = 20
TOPIC = "dev/geofence/default"


def heard(events: Sequence[Event]) -> None:
    """Wake a worker when a device may have moved."""
    if any(isinstance(event, AggregateUpdated) and event.channel.name == LOCATION for event in events):
        aside(wake)


def wake() -> None:
    """A call to the worker is only a hint: without a broker the timetable's sweep finds the rows."""
    try:
        current_app.send_task(DRAIN, retry=False, expires=60)
    except Exception as problem:
        log.warning("The worker could not be woken: %s", problem)


def judge_all() -> int:
    """Judge every device that moved, then those around which something changed, a few at a time: they may be thousands,
    and who moves meanwhile goes first. Returns how many there were."""
    total = 0
    while done := outbox.drain(outbox.Kind.PLACE, judge) or outbox.drain(outbox.Kind.AROUND, judge, FEW):
        total += done
    return total


def judge(entry: OutboxEntry) -> None:
    """One device at one place: move its stays, keep what it crossed, tell people, bring its alarms in step."""
    agent = Agent.objects.select_for_update(of=("self",), no_key=True).select_related("group").filter(pk=entry.agent_id)
    if (device := agent.first()) is None:
        return
    fences = list(Fence.objects.around(device))
    stays = {stay.fence_id: stay for stay in Stay.objects.filter(agent=device)}
    is_new = entry.kind == outbox.Kind.AROUND
    if gone := stays.keys() - {fence.id for fence in fences}:
        Stay.objects.filter(agent=device, fence__in=gone).delete()
        is_new = True
    fix = _fix_in(entry.payload) if entry.payload else _known_place(device)
    crossings: list[tuple[Fence, Crossing]] = []
    if fences and fix and _is_believed(device, fix):
        for fence in fences:
            turned, crossing = _judge_one(fence, device, fix, stays.get(fence.id))
            is_new = is_new or turned
            crossings += [(fence, crossing)] if crossing else []
    # What comes late, after a stop of the worker, counts from when the device was there.
    has_alarms = is_new and _follow(device, fences, fix.at if fix and entry.payload else None)
    for fence, crossing in crossings:
        if not (has_alarms and fence.raises_alarms):  # its alarm says it
            _tell(fence, device, crossing)


def _follow(device: Agent, fences: Sequence[Fence], at: int | None) -> bool:
    """Bring its alarms in step. A device may have given the channel a schema that refuses them (False): what it crossed
    counts all the same."""
    try:
        with transaction.atomic():
            keep_alarms(device, fences, at)
    except Refused as refusal:
        log.warning("The alarms of fences at %s could not be kept: %s", device.id, refusal)
        return False
    return True


def look_again(devices: QuerySet[Agent], key: str) -> None:
    """Have these devices judged where they are known to be, after something around them changed: who is inside then
    did not enter. `key` says what it was."""
    known = devices.filter(Q(position__isnull=False) | Exists(Stay.objects.filter(agent=OuterRef("pk"))))
    ids = known.values_list("id", flat=True)
    entries = [outbox.Entry(agent_id, outbox.Kind.AROUND, f"{key}/{new_id()}", {}) for agent_id in ids]
    connection.ensure_connection()
    with connection.wrap_database_errors:
        outbox.add(connection.connection, entries)
    transaction.on_commit(wake)


def moved(devices: QuerySet[Agent]) -> None:
    """Listener: these devices hang elsewhere in the groups, so other fences may watch over them."""
    look_again(devices.filter(organisation__in=Fence.objects.values("organisation")), "moved")


def _known_place(device: Agent) -> Fix | None:
    """Where a device is known to be. A jump that nothing confirmed is not confirmed by looking again."""
    said, kept = Position.objects.filter(agent=device).first(), Track.objects.filter(agent=device).first()
    fix = Fix(Place(said.lat, said.long, said.accuracy), said.at) if said else None
    return _fix(kept.last) if kept and fix and kept.suspect == _columns(fix) else fix


def _is_believed(device: Agent, fix: Fix) -> bool:
    kept = Track.objects.filter(agent=device).first()
    before = Believed(_fix(kept.last), _fix(kept.suspect)) if kept else Believed()
    after, is_believed = follow(before, fix)
    if after != before:
        columns = {"last": _columns(after.last), "suspect": _columns(after.suspect)}
        Track.objects.update_or_create(agent=device, defaults=columns)
    return is_believed


def _judge_one(fence: Fence, device: Agent, fix: Fix, stay: Stay | None) -> tuple[bool, Crossing | None]:
    """Whether it is on another side than before, and its crossing, when it was seen on the one before."""
    was = stay.is_inside if stay else None
    area = fence.area
    inside, deed = crossed(was, area.depth(fix.place), fence.margin, fix.place.accuracy, area.deepest)
    if inside is None or inside == was:
        return False, None
    Stay.objects.update_or_create(fence=fence, agent=device, defaults={"is_inside": inside, "since": fix.at})
    if not deed:
        return True, None
    crossing = Crossing.objects.create(
        id=new_message_id(fix.at),
        fence=fence,
        fence_name=fence.name,
        agent=device,
        kind=deed,
        at=fix.at,
        lat=fix.place.lat,
        long=fix.place.long,
    )
    return True, crossing


def _tell(fence: Fence, device: Agent, crossing: Crossing) -> None:
    """Said by the device itself, as its alarms are, where people want to hear of it; the crossing's id makes it one
    message and not two."""
    if not (fence.tells_entry if crossing.kind == ENTERED else fence.tells_exit):
        return
    names = {"device": device.title, "fence": fence.name}
    words = _("%(device)s entered %(fence)s") if crossing.kind == ENTERED else _("%(device)s left %(fence)s")
    data = {
        "title": fence.name,
        "message": words % names,
        "severity": fence.severity,
        "topic": f"{TOPIC}/{fence.id}/{crossing.kind}",
    }
    caller = Caller(device.id, device.kind, device.title, Standing(device.id), device.organisation_id)
    try:
        reach = reach_agent(caller, device.id)
        post_message(reach=reach, name=outbox.NOTIFICATIONS, data=data, message_id=crossing.id)
    except Refused as refusal:  # the channel's schema, for one; the row stands all the same
        log.warning("A crossing of %s could not be kept as a message: %s", device.id, refusal)


def _fix(columns: list | None) -> Fix | None:
    return None if columns is None else Fix(Place(columns[0], columns[1], columns[2]), columns[3])


def _fix_in(said: dict) -> Fix:
    return Fix(Place(said["lat"], said["long"], said["accuracy"]), said["at"])


def _columns(fix: Fix | None) -> list | None:
    return None if fix is None else [fix.place.lat, fix.place.long, fix.place.accuracy, fix.at]
