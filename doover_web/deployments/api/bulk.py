"""The same change to many devices (our own): previewed, done as a job, row by row, and undone."""

from collections import Counter
from datetime import datetime

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router, Schema

from doover_web.control.api.bodies import fields_of
from doover_web.control.api.filters import choice
from doover_web.control.api.resource import Resource, add_operation, body_of
from doover_web.control.api.scope import organisation_to_write, owned
from doover_web.control.api.shapes import device_ref, name_ref
from doover_web.control.api.types import AnyJson, Id
from doover_web.identity.models import Agent

from ..actions import bulk as actions
from ..models import BulkJob, BulkRow

router = Router(tags=["bulk_jobs"])
PREVIEWED = 500


class BulkJobIn(Schema):
    action: str
    devices: AnyJson
    parameters: AnyJson = None
    organisation_id: Id | None = None


class BulkJobOut(Schema):
    id: str
    organisation: AnyJson
    action: str
    parameters: AnyJson
    status: str
    counts: dict[str, int]
    by: str
    created_at: datetime
    ended_at: datetime | None


class BulkRowOut(Schema):
    id: str
    device: AnyJson
    result: str
    detail: str
    before: AnyJson
    after: AnyJson


class BulkPreview(Schema):
    results: list[AnyJson]


def rows(request: HttpRequest) -> QuerySet[BulkJob]:
    """The caller's own jobs, and those of the organisations whose applications they manage."""
    return BulkJob.objects.visible_to(request.auth).filter(owned(request)).select_related("organisation")


def row_shape(request: HttpRequest, job: BulkJob) -> dict:
    return {
        "id": str(job.id),
        "organisation": name_ref(job.organisation),
        "action": job.action,
        "parameters": job.parameters,
        "status": job.status,
        "counts": {},
        "by": job.by_name,
        "created_at": job.created_at,
        "ended_at": job.ended_at,
    }


def shape(request: HttpRequest, job: BulkJob) -> dict:
    return {**row_shape(request, job), "counts": dict(Counter(job.rows.values_list("result", flat=True)))}


def create(request: HttpRequest, given: dict) -> BulkJob:
    return actions.create_job(**_asked(request, given))


def preview(request: HttpRequest) -> dict:
    """A dry run: what the change would be for each device, of which the first are shown."""
    asked = _asked(request, fields_of(request, BulkJobIn))
    found = zip(range(PREVIEWED), actions.preview(**asked), strict=False)
    return {
        "results": [
            {"device": device_ref(device), "before": before, "after": after, "refused": refused}
            for _, (device, before, after, refused) in found
        ]
    }


def devices(request: HttpRequest, job: int) -> QuerySet[BulkRow]:
    """The devices of a job that the caller may see."""
    found = jobs.find(request, id=job)
    return found.rows.filter(device__in=Agent.objects.visible_to(request.auth)).select_related("device")


def device_shape(request: HttpRequest, row: BulkRow) -> dict:
    return {
        "id": str(row.id),
        "device": device_ref(row.device),
        "result": row.result,
        "detail": row.detail,
        "before": row.before,
        "after": row.after,
    }


def cancel(request: HttpRequest, job: BulkJob) -> BulkJob:
    return actions.cancel_job(job=job, by=request.auth)


def undo(request: HttpRequest, job: BulkJob) -> BulkJob:
    return actions.undo_job(job=job, by=request.auth)


def _asked(request: HttpRequest, given: dict) -> dict:
    return {
        "organisation": organisation_to_write(request, given.get("organisation_id")),
        "action": given["action"],
        "parameters": given.get("parameters"),
        "selection": given["devices"],
        "by": request.auth,
    }


# Before the items: `preview` is no id.
add_operation(
    router, "POST", "/bulk_jobs/preview/", "bulk_jobs_preview_create", preview, BulkPreview, extra=body_of(BulkJobIn)
)
jobs = Resource(
    router=router,
    path="/bulk_jobs/",
    name="bulk_jobs",
    rows=rows,
    shape=shape,
    out=BulkJobOut,
    row_shape=row_shape,
    row_out=BulkJobOut,
    body=BulkJobIn,
    search=["by_name"],
    order={"id": "pk", "created_at": "created_at", "status": "status"},
    filters={**choice("status", BulkJob.Status.values), **choice("action", BulkJob.Action.values)},
    create=create,
)
jobs.action("cancel", cancel)
jobs.action("undo", undo)
Resource(
    router=router,
    path="/bulk_jobs/{int:job}/devices/",
    name="bulk_jobs_devices",
    rows=devices,
    shape=device_shape,
    out=BulkRowOut,
    search=["device__name", "device__display_name"],
    order={"id": "pk", "result": "result"},
    filters={**choice("result", BulkRow.Result.values)},
)
