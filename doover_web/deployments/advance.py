"""Moving a roll-out on: hear what became of its devices, decide, begin the next ones or take them back.

Every call does a little and can be repeated; the sweep calls again for as long as a roll-out moves.
"""

import logging
from collections import Counter
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Right
from django.utils import timezone

from doover_web.common.wire import Refused
from doover_web.data.models import Aggregate, Channel
from doover_web.identity.auth import Caller, caller_of_user
from doover_web.identity.models import User

from .access import INSTALL
from .actions.deployment import deploy, roll_back
from .carry import end
from .models import Deployment, Rollout, RolloutDevice
from .models.deployment import LONGEST_LOG, log_line
from .own import changed, own_of, put
from .rings import Standing, next_move, standing_of
from .shown import counts_of, show
from .steps import DEVICE

log = logging.getLogger(__name__)
BATCH = 25  # devices in one transaction
Result = RolloutDevice.Result
ENDS = {
    Deployment.Status.SUCCEEDED: Result.DONE,
    Deployment.Status.FAILED: Result.FAILED,
    Deployment.Status.CANCELLED: Result.SKIPPED,
}
UNWELL = ("unhealthy", "failing", "dead")


def advance(rollout_id: int) -> bool:
    """Move a roll-out on by one step. True when there is more to do at once."""
    with transaction.atomic():
        found = Rollout.objects.select_for_update(of=("self",), skip_locked=True).select_related("organisation", "by")
        rollout = found.filter(pk=rollout_id).first()
        if rollout is None:
            return False
        stood = (rollout.status, rollout.ring)
        heard = hear(rollout)
        more = _MOVES[rollout.status](rollout) if rollout.status in _MOVES else False
        rollout.refresh_from_db(fields=["status", "ring"])
        if heard or more or (rollout.status, rollout.ring) != stood or rollout.status not in _MOVES:
            show(rollout)
        return more


def hear(rollout: Rollout) -> int:
    """Take over what became of the deployments, also of devices that were late. Returns how many changed."""
    now = timezone.now()
    changed = 0
    due = rollout.devices.filter(result__in=[Result.UNDER_WAY, Result.ABSENT], deployment__isnull=False)
    for status, result in ENDS.items():
        for row in due.filter(deployment__status=status).select_related("deployment"):
            changed += _note(row, result, row.deployment.step)  # type: ignore[union-attr]
    late = due.filter(
        result=Result.UNDER_WAY,
        deployment__status__in=Deployment.OPEN,
        began_at__lt=now - timedelta(seconds=rollout.patience_seconds),
    )
    return changed + late.update(result=Result.ABSENT, detail="The device did not answer in its time")


def _move_on(rollout: Rollout) -> bool:
    counts = counts_of(rollout)
    ring = standing_of(counts[rollout.ring])
    begun = standing_of(sum((counts[one] for one in range(rollout.ring + 1)), Counter()))
    move = next_move(
        ring,
        begun,
        abort_percent=rollout.abort_percent,
        is_last=not any(counts[later].total() for later in range(rollout.ring + 1, len(rollout.rings))),
        soaked=_soaked(rollout),
    )
    if move in ("next", "end") and _unwell(rollout):
        return True  # look again: some of those that succeeded are unwell since
    return _DOES[move](rollout, begun)


def _fill(rollout: Rollout, begun: Standing) -> bool:
    by = _by(rollout)
    if by is None:
        rollout.move(Rollout.Status.RUNNING, to=Rollout.Status.PAUSED)
        _say(rollout, f"Paused: the account of {rollout.by_name} is closed; somebody else has to go on")
        return False
    waiting = rollout.devices.filter(ring=rollout.ring, result=Result.WAITING).order_by("id")
    for row in waiting.select_related(*(f"install__{name}" for name in INSTALL))[:BATCH]:
        _begin(rollout, row, by)
    return True


def _begin(rollout: Rollout, row: RolloutDevice, by: Caller) -> None:
    install = row.install
    row.before = own_of(install)
    try:
        with transaction.atomic():
            put(install, changed(row.before, rollout.change))
            row.deployment = deploy(install=install, by=by)
    except Refused as refusal:
        _note(row, Result.SKIPPED, refusal.message)
        return
    row.result, row.began_at = Result.UNDER_WAY, timezone.now()
    row.save(update_fields=["before", "deployment", "result", "began_at"])


def _stop(rollout: Rollout, begun: Standing) -> bool:
    share = f"{begun.failed} of {begun.answered} devices failed, more than {rollout.abort_percent} of a hundred"
    rollout.devices.filter(result=Result.WAITING).update(result=Result.SKIPPED, detail="The roll-out stopped")
    to = Rollout.Status.ROLLING_BACK if rollout.rolls_back else Rollout.Status.ABORTED
    rollout.move(Rollout.Status.RUNNING, to=to)
    _say(rollout, f"Stopped: {share}")
    return rollout.rolls_back


def _gate(rollout: Rollout, begun: Standing) -> bool:
    rollout.move(Rollout.Status.RUNNING, to=Rollout.Status.PAUSED)
    # Whoever resumes has seen it: the next ring begins.
    Rollout.objects.filter(pk=rollout.pk).update(ring=F("ring") + 1, ring_done_at=None)
    _say(rollout, f"Paused: no device of ring {rollout.ring + 1} answered")
    return False


def _soak(rollout: Rollout, begun: Standing) -> bool:
    Rollout.objects.filter(pk=rollout.pk).update(ring_done_at=timezone.now())
    _say(rollout, f"Ring {rollout.ring + 1} is done")
    return rollout.soak_seconds == 0


def _next(rollout: Rollout, begun: Standing) -> bool:
    Rollout.objects.filter(pk=rollout.pk).update(ring=F("ring") + 1, ring_done_at=None)
    _say(rollout, f"Ring {rollout.ring + 2} begins")
    return True


def _end(rollout: Rollout, begun: Standing) -> bool:
    rollout.move(Rollout.Status.RUNNING, to=Rollout.Status.DONE)
    _say(rollout, f"Done: {begun.done} devices, {begun.failed} failed, {begun.absent} did not answer yet")
    return False


def _wait(rollout: Rollout, begun: Standing) -> bool:
    return False


_DOES = {"fill": _fill, "stop": _stop, "gate": _gate, "soak": _soak, "next": _next, "end": _end, "wait": _wait}


def _go_back(rollout: Rollout) -> bool:
    """Have the devices it reached run what they ran before, a batch at a time."""
    reached = rollout.devices.filter(Q(result__in=[Result.DONE, Result.FAILED, Result.UNDER_WAY, Result.ABSENT]))
    rollout.devices.filter(result=Result.WAITING).update(result=Result.SKIPPED)
    rows = list(reached.order_by("id").select_related("deployment", "install__agent", "install__application")[:BATCH])
    for row in rows:
        _take_back(rollout, row)
    if rows:
        return True
    rollout.move(Rollout.Status.ROLLING_BACK, to=Rollout.Status.ROLLED_BACK)
    _say(rollout, "Every device that was reached is going back to what it ran before")
    return False


def _take_back(rollout: Rollout, row: RolloutDevice) -> None:
    install, made = row.install, row.deployment
    newer = Deployment.objects.filter(install=install, id__gt=made.id if made else 0).exclude(status__in=["CAN", "FAI"])
    if made is not None and newer.exists():
        _note(row, Result.SKIPPED, "It was deployed anew since, and stays so")
        return
    untouched = own_of(install) == changed(row.before, rollout.change)
    try:
        with transaction.atomic():
            if untouched:
                put(install, row.before)
            if made is not None and made.previous_id is not None:
                row.deployment = roll_back(deployment=made, by=None)
                row.save(update_fields=["deployment"])
                _note(row, Result.ROLLED_BACK, "" if untouched else "Its settings were changed since and stay")
            else:
                if made is not None:
                    end(made, Deployment.Status.CANCELLED, "Called off: the roll-out is taken back")
                _note(row, Result.SKIPPED, "Nothing ran there before, so there is nothing to go back to")
    except Refused as refusal:
        _note(row, Result.SKIPPED, f"Not taken back: {refusal.message}")


def _unwell(rollout: Rollout) -> int:
    """Devices that succeeded and are unwell since, as they say themselves; they have failed. How many that were."""
    done = rollout.devices.filter(result=Result.DONE, ring__lte=rollout.ring).select_related("install")
    rows = {(row.install.agent_id, row.install.name): row for row in done}
    agents = {agent_id for agent_id, _ in rows}
    channels = Channel.objects.filter(agent_id__in=agents, name=DEVICE).values_list("agent_id", "id")
    states = Aggregate.objects.filter(agent_id__in=agents, channel_id__in=[one for _, one in channels])
    found = 0
    for agent_id, data in states.values_list("agent_id", "data"):
        actual = data.get("actual") if isinstance(data, dict) else None
        for key, entry in actual.items() if isinstance(actual, dict) else ():
            row = rows.get((agent_id, key))
            if row is not None and isinstance(entry, dict) and (entry.get("error") or entry.get("health") in UNWELL):
                found += _note(row, Result.FAILED, str(entry.get("error") or entry["health"])[:1000])
    return found


_MOVES = {Rollout.Status.RUNNING: _move_on, Rollout.Status.ROLLING_BACK: _go_back}


def _soaked(rollout: Rollout) -> bool | None:
    if rollout.ring_done_at is None:
        return None
    return timezone.now() >= rollout.ring_done_at + timedelta(seconds=rollout.soak_seconds)


def _by(rollout: Rollout) -> Caller | None:
    """Whoever had it go on last, with the rights they have now."""
    user = User.objects.select_related("agent").filter(agent=rollout.by, is_active=True).first()
    return caller_of_user(user) if user else None


def _note(row: RolloutDevice, result: str, detail: str) -> int:
    row.result, row.detail = result, detail[:1000]
    row.save(update_fields=["result", "detail"])
    return 1


def _say(rollout: Rollout, line: str) -> None:
    text = log_line(timezone.now(), line)
    kept = Right(Concat(F("log_output"), Value(text)), LONGEST_LOG)
    Rollout.objects.filter(pk=rollout.pk).update(log_output=kept)
