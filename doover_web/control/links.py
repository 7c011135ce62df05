"""Finding what a body names by id: what the caller may not use is a fault of that field (`control-api §1.6`)."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from doover_web.identity.auth import Caller
from doover_web.identity.models import Agent, Group, Organisation
from doover_web.identity.standing import visible_groups

from .models import Application, ConfigProfile, DeviceType, RegistryProfile, Solution, SolutionInstall, TrustedPublisher
from .values import wrong


def linked(rows: QuerySet, id: int | None, field: str) -> Any:
    """The row with this id, None for null; refused at `field` when there is none to use."""
    if id is None:
        return None
    found = rows.filter(pk=id).first()
    if found is None:
        raise wrong(field, "does not exist, or you may not use it")
    return found


def group_linked(by: Caller, id: int | None, field: str = "group_id") -> Group:
    return needed(linked(Group.objects.in_use().filter(visible_groups(by.standing)), id, field), field)


def device_linked(by: Caller, id: int | None, field: str = "device_id") -> Agent | None:
    devices = Agent.objects.visible_to(by).devices().in_use().select_related("group", "organisation")
    return linked(devices, id, field)


def type_linked(by: Caller, id: int | None, field: str = "type_id") -> DeviceType:
    return needed(linked(DeviceType.objects.visible_to(by.standing).in_use(), id, field), field)


def application_linked(by: Caller, id: int | None, field: str = "application_id") -> Application:
    return needed(linked(Application.objects.visible_to(by.standing).in_use(), id, field), field)


def solution_linked(by: Caller, id: int | None, field: str = "solution_id") -> Solution | None:
    return linked(Solution.objects.visible_to(by.standing).in_use(), id, field)


def solution_install_linked(agent: Agent, id: int | None, field: str = "solution_id") -> SolutionInstall | None:
    return linked(SolutionInstall.objects.filter(device=agent), id, field)


def registry_linked(by: Caller, organisation_id: int | None, id: int | None) -> RegistryProfile | None:
    """A profile of the organisation that owns what it is for; nobody lends credentials."""
    rows = RegistryProfile.objects.filter(archived_at=None)
    rows = rows if by.is_superuser else rows.filter(organisation_id=organisation_id)
    return linked(rows, id, "container_registry_profile_id")


def publisher_linked(organisation_id: int | None, id: int | None) -> TrustedPublisher | None:
    return linked(TrustedPublisher.objects.filter(organisation_id=organisation_id), id, "publisher_id")


def organisation_linked(by: Caller, id: int | None, field: str = "organisation_id") -> Organisation | None:
    """An organisation that the caller belongs to."""
    rows = Organisation.objects.all()
    return linked(rows if by.is_superuser else rows.filter(pk__in=by.organisations), id, field)


def profiles_linked(
    application: Application, organisation_id: int | None, ids: Iterable[int], field: str = "config_profile_ids"
) -> list[ConfigProfile]:
    """The profiles with these ids, in their order; all of the application and of one organisation."""
    wanted = list(dict.fromkeys(ids))
    rows = ConfigProfile.objects.filter(application=application, organisation_id=organisation_id)
    found = rows.in_bulk(wanted)
    if missing := [str(one) for one in wanted if one not in found]:
        raise wrong(field, f"There is no such profile of {application}: {', '.join(missing[:5])}")
    return [found[one] for one in wanted]


def needed(found: Any, field: str) -> Any:
    if found is None:
        raise wrong(field, "may not be null")
    return found
