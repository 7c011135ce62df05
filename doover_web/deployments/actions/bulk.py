"""The same change to many devices: shown first, done as a job, taken back if wanted."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import Count

from doover_web.common.wire import BadRequest, Conflict, Refused
from doover_web.data.access import reach_agent
from doover_web.data.publish import apply
from doover_web.data.writes import ChangeAggregate
from doover_web.identity import audit
from doover_web.identity.auth import Caller, caller_of_user, in_name_of
from doover_web.identity.guard import check_right
from doover_web.identity.models import Agent, Organisation, User
from doover_web.identity.permissions import Rights, require

from ..models import BulkJob, BulkRow
from ..selection import checked_count, devices_of, read_selection
from ..wake import send
from .changes import KINDS, Change

RUN = "doover_web.deployments.tasks.run_bulk_job"
LIVE = "dv-bulk-jobs"
BATCH = 25
LISTED = 20
Result, Status = BulkRow.Result, BulkJob.Status


def preview(
    *, organisation: Organisation, action: str, parameters: Any, selection: Any, by: Caller
) -> Iterator[tuple[Agent, dict, dict, str]]:
    """What the change would be for each device: before, after, and why it would be refused. Nothing is changed."""
    change = _change(action, _read(organisation, action, parameters, by))
    for device in _devices(organisation, action, selection, by):
        try:
            check_right(by, device, Rights.CONFIGURE, "device_configure")
            yield device, *change.look(device), ""
        except Refused as refusal:
            yield device, {}, {}, refusal.message


@transaction.atomic
def create_job(*, organisation: Organisation, action: str, parameters: Any, selection: Any, by: Caller) -> BulkJob:
    """Begin the change for the devices that `selection` names."""
    kept = _read(organisation, action, parameters, by)
    ids = list(_devices(organisation, action, selection, by).values_list("id", flat=True))
    job = BulkJob.objects.create(
        organisation=organisation,
        action=action,
        parameters=kept,
        by=Agent.objects.filter(pk=by.agent_id).first(),
        by_name=by.name,
    )
    BulkRow.objects.bulk_create((BulkRow(job=job, device_id=one) for one in ids), batch_size=1000)
    _record("bulk.begun", job, by, devices=len(ids))
    show(job)
    send(RUN, job.id)
    return job


@transaction.atomic
def cancel_job(*, job: BulkJob, by: Caller) -> BulkJob:
    """Change no more devices; those that were changed stay so."""
    _check_steers(job, by)
    if not job.move(Status.QUEUED, Status.RUNNING, to=Status.CANCELLED):
        raise Conflict("It has ended", code="ended")
    _record("bulk.cancelled", job, by)
    show(job)
    return job


@transaction.atomic
def undo_job(*, job: BulkJob, by: Caller) -> BulkJob:
    """Have each device that was changed be as it was, unless somebody changed it since."""
    _check_steers(job, by)
    if not job.move(Status.DONE, Status.CANCELLED, to=Status.UNDOING):
        raise Conflict("Only a job that has ended can be undone, once", code="bad_state")
    if _by(job) is None:  # whoever asked is gone; it goes on in the name of who undoes it
        job.by, job.by_name = Agent.objects.filter(pk=by.agent_id).first(), by.name
        job.save(update_fields=["by", "by_name"])
    _record("bulk.undone", job, by)
    show(job)
    send(RUN, job.id)
    return job


def run_job(job_id: int) -> bool:
    """Do the next devices of a job. True when there are more."""
    with transaction.atomic():
        locked = BulkJob.objects.select_for_update(of=("self",), skip_locked=True).select_related("organisation")
        job = locked.filter(pk=job_id).first()
        if job is None or job.status not in (Status.QUEUED, Status.RUNNING, Status.UNDOING):
            return False
        job.move(Status.QUEUED, to=Status.RUNNING)
        undoing = job.status == Status.UNDOING
        rows = job.rows.filter(result=Result.DONE if undoing else Result.WAITING).order_by("id")
        batch = list(rows.select_related("device__group", "device__organisation")[:BATCH])
        if not batch:
            job.move(Status.RUNNING, Status.UNDOING, to=Status.UNDONE if undoing else Status.DONE)
            show(job)
            return False
        by, change = _by(job), _change(job.action, job.parameters)
        for row in batch:
            _turn(row, change, by, undoing=undoing)
        show(job)
        return True


def show(job: BulkJob) -> None:
    """Put how it stands into the organisation's channel `dv-bulk-jobs`, for who watches; the last twenty are there."""
    reach = reach_agent(in_name_of(job.organisation), job.organisation_id)
    devices = dict(job.rows.order_by().values_list("result").annotate(number=Count("pk")))
    older = BulkJob.objects.filter(organisation=job.organisation).exclude(pk=job.pk).order_by("-id")
    gone = {str(one): None for one in older.values_list("id", flat=True)[LISTED : LISTED + 5]}
    entry = {"action": job.action, "status": job.status, "devices": devices}
    apply(ChangeAggregate(reach, LIVE, {**gone, str(job.id): entry}, replace=(str(job.id),)))


def _turn(row: BulkRow, change: Change, by: Caller | None, *, undoing: bool) -> None:
    try:
        if by is None:
            raise Conflict("The account that asked for this is closed", code="closed_account")
        with transaction.atomic():
            _take_back(row, change, by) if undoing else _make(row, change, by)
    except Refused as refusal:
        row.result, row.detail = (Result.KEPT if undoing else Result.REFUSED), refusal.message[:500]
    row.save(update_fields=["result", "detail", "before", "after"])


def _make(row: BulkRow, change: Change, by: Caller) -> None:
    check_right(by, row.device, Rights.CONFIGURE, "device_configure")
    row.before, row.after = change.look(row.device)
    if row.before == row.after:
        row.result = Result.SAME
        return
    change.set(row.device, row.after, by)
    row.result = Result.DONE


def _take_back(row: BulkRow, change: Change, by: Caller) -> None:
    now, _ = change.look(row.device)
    if now != row.after:
        row.result, row.detail = Result.KEPT, "Somebody changed this since"
        return
    change.set(row.device, row.before, by)
    row.result = Result.UNDONE


def _read(organisation: Organisation, action: str, parameters: Any, by: Caller) -> dict:
    if action not in KINDS:
        raise BadRequest(f"action: one of {', '.join(KINDS)}", code="bad_action")
    if parameters is not None and not isinstance(parameters, dict):
        raise BadRequest("parameters: a JSON object", code="bad_parameters")
    return KINDS[action].read(parameters or {}, organisation, by)


def _devices(organisation: Organisation, action: str, selection: Any, by: Caller):
    chosen = read_selection(selection)
    if action == BulkJob.Action.UNARCHIVE:
        chosen["archived"] = True
    found = checked_count(devices_of(chosen, organisation.id, by))
    return found.select_related("group", "organisation")


def _change(action: str, parameters: dict) -> Change:
    return KINDS[action](parameters)


def _by(job: BulkJob) -> Caller | None:
    user = User.objects.select_related("agent").filter(agent=job.by, is_active=True).first()
    return caller_of_user(user) if user else None


def _check_steers(job: BulkJob, by: Caller) -> None:
    """Whoever began it, with a token that may change something, and who manages the organisation's applications."""
    if job.by_id is None or job.by_id != by.agent_id or not by.standing.limit & Rights.CONFIGURE:
        require(by, job.organisation_id, ["applications_manage"])


def _record(action: str, job: BulkJob, by: Caller, **more) -> None:
    audit.record(action, actor=by, subject=job, organisation_id=job.organisation_id, kind=job.action, **more)
