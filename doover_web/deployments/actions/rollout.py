"""Describing a roll-out, showing what it would do, and steering it; `advance.py` moves it on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from doover_web.common.mergepatch import diff
from doover_web.common.wire import BadRequest, Conflict, Refused
from doover_web.control.config import Issue
from doover_web.control.links import profiles_linked
from doover_web.control.models import AppInstall, Application
from doover_web.control.releases import release_named
from doover_web.identity import audit
from doover_web.identity.auth import Caller
from doover_web.identity.models import Agent, Organisation
from doover_web.identity.permissions import require

from ..access import INSTALL, check_may_deploy
from ..describe import described
from ..models import Deployment, Rollout, RolloutDevice
from ..own import changed, describe_as, own_of
from ..rings import read_rings, spread
from ..selection import checked_count, devices_of, read_selection
from ..shown import show
from ..wake import send

MANAGES = ["applications_manage"]
MOST_PROFILES = 50
LONGEST_WAIT = 30 * 24 * 3600
ADVANCE = "doover_web.deployments.tasks.advance_rollout"
Status = Rollout.Status


@dataclass(frozen=True, slots=True)
class Difference:
    """What a change would do to one install: its settings before and after, and what would be wrong with them."""

    install: AppInstall
    before: dict
    after: dict
    version: tuple[str, str]
    issues: list[Issue]
    refusal: str = ""

    @property
    def patch(self) -> dict:
        """The merge patch that makes `after` of `before`."""
        return diff(self.before, self.after)


def read_change(value: Any, application: Application, organisation: Organisation) -> dict[str, Any]:
    """What changes on each install, as it is stored. BadRequest for anything else."""
    if value in (None, {}):
        return {}
    if not isinstance(value, dict) or set(value) - {"version", "config", "config_profile_ids"}:
        raise BadRequest("change: an object of `version`, `config` and `config_profile_ids`", code="bad_change")
    version, config = value.get("version"), value.get("config", {})
    if version is not None and (not isinstance(version, str) or not 1 <= len(version) <= 20 or "\x00" in version):
        raise BadRequest("change.version: the tag or number of a release, or null for the newest", code="bad_change")
    if not isinstance(config, dict):
        raise BadRequest("change.config: an object that is merged into the settings", code="bad_change")
    if version is not None and release_named(application, version) is None:
        raise BadRequest(f"change.version: {application} has no release {version!r}", code="bad_change")
    kept = {key: value[key] for key in ("version", "config") if key in value}
    if "config_profile_ids" in value:
        kept["config_profile_ids"] = read_profiles(value["config_profile_ids"], application, organisation)
    return kept


def read_profiles(value: Any, application: Application, organisation: Organisation) -> list[str]:
    """The ids of profiles of the application in their order, as they are stored. BadRequest when one is none."""
    texts = [str(one) for one in value] if isinstance(value, list) and len(value) <= MOST_PROFILES else [""]
    if not all(one.isascii() and one.isdigit() and len(one) <= 18 for one in texts):
        raise BadRequest(f"config_profile_ids: a list of up to {MOST_PROFILES} ids", code="bad_profiles")
    return [str(one.id) for one in profiles_linked(application, organisation.id, [int(one) for one in texts])]


def installs_of(
    *, application: Application, organisation: Organisation, selection: Any, by: Caller
) -> QuerySet[AppInstall]:
    """The installs of an application on the devices that a selection names."""
    devices = checked_count(devices_of(read_selection(selection), organisation.id, by))
    found = AppInstall.objects.in_use().filter(application=application, agent__in=devices.order_by())
    return found.select_related(*INSTALL).order_by("id")


def preview(installs: Iterable[AppInstall], change: dict[str, Any], by: Caller) -> Iterator[Difference]:
    """What a roll-out would do to each of these installs, changing nothing."""
    for install in installs:
        standing = Deployment.objects.standing(install.agent_id, install.name)
        old = standing.deployment_config if standing else {}
        old_version = str(standing.version) if standing and standing.version else ""
        describe_as(install, changed(own_of(install), change))
        try:
            check_may_deploy(by, install)
        except Refused as refusal:
            yield Difference(install, old, old, (old_version, old_version), [], refusal.message)
            continue
        wish = described(install, by)
        new_version = str(wish.release.version) if wish.release and wish.release.version else ""
        yield Difference(install, old, wish.block, (old_version, new_version), wish.issues)


@transaction.atomic
def create_rollout(
    *,
    organisation: Organisation,
    application: Application,
    name: str,
    change: Any,
    selection: Any,
    rings: Any = None,
    soak_seconds: int = 0,
    abort_percent: int = 10,
    patience_seconds: int = 3600,
    rolls_back: bool = True,
    by: Caller,
) -> Rollout:
    """A roll-out of `change` to the installs on the devices that `selection` names; it begins when it is started."""
    require(by, organisation.id, MANAGES)
    numbers = {"soak_seconds": soak_seconds, "patience_seconds": patience_seconds}
    for field, value in numbers.items():
        if not 0 <= value <= LONGEST_WAIT:
            raise BadRequest(f"{field}: 0 to {LONGEST_WAIT} seconds", code="bad_value")
    if not 0 <= abort_percent <= 100:
        raise BadRequest("abort_percent: 0 to 100", code="bad_value")
    chosen = installs_of(application=application, organisation=organisation, selection=selection, by=by)
    ids = list(chosen.values_list("id", flat=True))
    if not ids:
        raise BadRequest(f"{application} is on none of these devices", code="no_installs")
    rollout = Rollout.objects.create(
        organisation=organisation,
        application=application,
        name=(name or f"{application}")[:255],
        change=read_change(change, application, organisation),
        rings=read_rings(rings),
        soak_seconds=soak_seconds,
        abort_percent=abort_percent,
        patience_seconds=patience_seconds,
        rolls_back=rolls_back,
        by=Agent.objects.filter(pk=by.agent_id).first(),
        by_name=by.name,
    )
    places = spread(ids, rollout.rings, rollout.id)
    rows = [RolloutDevice(rollout=rollout, install_id=one, ring=ring) for one, ring in places.items()]
    RolloutDevice.objects.bulk_create(rows, batch_size=1000)
    _record("rollout.created", rollout, by, devices=len(ids))
    show(rollout)
    return rollout


def start(*, rollout: Rollout, by: Caller) -> Rollout:
    """Begin with the first ring, in the name of who says so."""
    return _steer(rollout, by, [Status.READY], Status.RUNNING, "rollout.started", "It has begun already")


def pause(*, rollout: Rollout, by: Caller) -> Rollout:
    """Begin no more devices; those under way go on."""
    return _steer(rollout, by, [Status.RUNNING], Status.PAUSED, "rollout.paused", "It is not running")


def resume(*, rollout: Rollout, by: Caller) -> Rollout:
    """Go on where it was paused, in the name of who says so."""
    return _steer(rollout, by, [Status.PAUSED], Status.RUNNING, "rollout.resumed", "It is not paused")


def abort(*, rollout: Rollout, by: Caller) -> Rollout:
    """End it as it stands: no more devices, and nothing is taken back."""
    open_ = [Status.READY, Status.RUNNING, Status.PAUSED]
    return _steer(rollout, by, open_, Status.ABORTED, "rollout.aborted", "It has ended")


def take_back(*, rollout: Rollout, by: Caller) -> Rollout:
    """Have every device that it reached run what it ran before."""
    sources = [Status.RUNNING, Status.PAUSED, Status.ABORTED, Status.DONE]
    return _steer(rollout, by, sources, Status.ROLLING_BACK, "rollout.taken_back", "There is nothing to take back")


@transaction.atomic
def _steer(rollout: Rollout, by: Caller, sources: list, to: str, action: str, words: str) -> Rollout:
    require(by, rollout.organisation_id, MANAGES)
    if not rollout.move(*sources, to=to):
        raise Conflict(words, code="bad_state")
    _record(action, rollout, by)
    if to == Status.RUNNING:
        rollout.by, rollout.by_name = Agent.objects.filter(pk=by.agent_id).first(), by.name
        rollout.save(update_fields=["by", "by_name"])
    if to == Status.ABORTED:
        rollout.devices.filter(result=RolloutDevice.Result.WAITING).update(result=RolloutDevice.Result.SKIPPED)
    show(rollout)
    send(ADVANCE, rollout.id)
    return rollout


def _record(action: str, rollout: Rollout, by: Caller | None, **more) -> None:
    audit.record(action, actor=by, subject=rollout, organisation_id=rollout.organisation_id, **more)
