"""Roll-outs (our own): described, previewed, steered, and how each device stands."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router, Schema

from doover_web.control.api.bodies import fields_of
from doover_web.control.api.filters import choice, link, text
from doover_web.control.api.resource import Resource, add_operation, body_of
from doover_web.control.api.scope import linked, organisation_to_write, owned
from doover_web.control.api.shapes import device_ref, name_ref
from doover_web.control.api.types import AnyJson, Id
from doover_web.control.config import errors_of
from doover_web.control.models import Application
from doover_web.identity.models import Agent

from ..actions import rollout as actions
from ..models import Rollout, RolloutDevice
from ..shown import counts_of

router = Router(tags=["rollouts"])
PREVIEWED = 200  # installs that a dry run shows


class RolloutIn(Schema):
    name: str = ""
    application_id: Id
    devices: AnyJson
    change: AnyJson = None
    rings: AnyJson = None
    soak_seconds: int = 0
    abort_percent: int = 10
    patience_seconds: int = 3600
    rolls_back: bool = True
    organisation_id: Id | None = None


class RolloutOut(Schema):
    id: str
    name: str
    organisation: AnyJson
    application: AnyJson
    change: AnyJson
    rings: list[int]
    soak_seconds: int
    abort_percent: int
    patience_seconds: int
    rolls_back: bool
    status: str
    ring: int
    # By ring: how many devices stand how.
    counts: list[dict[str, int]]
    log_output: str
    by: str
    created_at: datetime
    ended_at: datetime | None


class RolloutDeviceOut(Schema):
    id: str
    device: AnyJson
    app_install: str
    ring: int
    result: str
    detail: str
    deployment: str | None
    began_at: datetime | None


class PreviewOut(Schema):
    count: int
    results: list[AnyJson]


def rows(request: HttpRequest) -> QuerySet[Rollout]:
    """The roll-outs of the organisations that the call is about."""
    seen = Rollout.objects.visible_to(request.auth).filter(owned(request))
    return seen.select_related("organisation", "application")


def shape(request: HttpRequest, rollout: Rollout) -> dict:
    counts = counts_of(rollout)
    return {
        **row_shape(request, rollout),
        "counts": [dict(counts[ring]) for ring in sorted(counts)],
    }


def row_shape(request: HttpRequest, rollout: Rollout) -> dict:
    return {
        "id": str(rollout.id),
        "name": rollout.name,
        "organisation": name_ref(rollout.organisation),
        "application": {"id": str(rollout.application_id), "name": rollout.application.name},
        "change": rollout.change,
        "rings": rollout.rings,
        "soak_seconds": rollout.soak_seconds,
        "abort_percent": rollout.abort_percent,
        "patience_seconds": rollout.patience_seconds,
        "rolls_back": rollout.rolls_back,
        "status": rollout.status,
        "ring": rollout.ring,
        "counts": [],
        "log_output": rollout.log_output,
        "by": rollout.by_name,
        "created_at": rollout.created_at,
        "ended_at": rollout.ended_at,
    }


def create(request: HttpRequest, given: dict) -> Rollout:
    organisation = organisation_to_write(request, given.pop("organisation_id", None))
    actions.require(request.auth, organisation.id, actions.MANAGES)
    application = _application(request, given.pop("application_id"))
    return actions.create_rollout(
        organisation=organisation,
        application=application,
        name=given.pop("name", ""),
        change=given.pop("change", None),
        selection=given.pop("devices", None),
        by=request.auth,
        **given,
    )


def preview(request: HttpRequest) -> dict:
    """A dry run: the difference that a roll-out would make to each device, of which the first are shown."""
    given = fields_of(request, RolloutIn)
    organisation = organisation_to_write(request, given.get("organisation_id"))
    actions.require(request.auth, organisation.id, actions.MANAGES)
    application = _application(request, given["application_id"])
    installs = actions.installs_of(
        application=application,
        organisation=organisation,
        selection=given["devices"],
        by=request.auth,
    )
    change = actions.read_change(given.get("change"), application, organisation)
    results = [_difference(one) for one in actions.preview(installs[:PREVIEWED], change, request.auth)]
    return {"count": installs.count(), "results": results}


def devices(request: HttpRequest, rollout: int) -> QuerySet[RolloutDevice]:
    """The devices of a roll-out that the caller may see."""
    found = rollouts.find(request, id=rollout)
    mine = found.devices.filter(install__agent__in=Agent.objects.visible_to(request.auth))
    return mine.select_related("install__agent")


def device_shape(request: HttpRequest, row: RolloutDevice) -> dict:
    return {
        "id": str(row.id),
        "device": device_ref(row.install.agent),
        "app_install": str(row.install_id),
        "ring": row.ring,
        "result": row.result,
        "detail": row.detail,
        "deployment": None if row.deployment_id is None else str(row.deployment_id),
        "began_at": row.began_at,
    }


def _application(request: HttpRequest, application_id: int) -> Application:
    return linked(Application.objects.visible_to(request.auth.standing).in_use(), application_id, "application_id")


def _difference(one: actions.Difference) -> dict[str, Any]:
    return {
        "app_install": str(one.install.id),
        "device": device_ref(one.install.agent),
        "config": one.patch,
        "version": {"from": one.version[0], "to": one.version[1]},
        "errors": errors_of(one.issues),
        "refused": one.refusal,
    }


# Before the items: `preview` is no id.
add_operation(
    router, "POST", "/rollouts/preview/", "rollouts_preview_create", preview, PreviewOut, extra=body_of(RolloutIn)
)
rollouts = Resource(
    router=router,
    path="/rollouts/",
    name="rollouts",
    rows=rows,
    shape=shape,
    out=RolloutOut,
    row_shape=row_shape,
    row_out=RolloutOut,
    body=RolloutIn,
    search=["name"],
    order={"id": "pk", "name": "name", "created_at": "created_at", "status": "status"},
    filters={**text("name"), **choice("status", Rollout.Status.values), **link("application")},
    create=create,
)
Resource(
    router=router,
    path="/rollouts/{int:rollout}/devices/",
    name="rollouts_devices",
    rows=devices,
    shape=device_shape,
    out=RolloutDeviceOut,
    search=["install__agent__name", "install__agent__display_name"],
    order={"id": "pk", "ring": "ring", "result": "result"},
    filters={**choice("result", RolloutDevice.Result.values)},
)


def _verb(do):
    def act(request: HttpRequest, rollout: Rollout) -> Rollout:
        return do(rollout=rollout, by=request.auth)

    act.__doc__ = do.__doc__
    return act


for _name in ("start", "pause", "resume", "abort", "take_back"):
    rollouts.action(_name, _verb(getattr(actions, _name)))
