"""Which devices a change is for: a filter as a client writes it, narrowed to what the caller may see."""

from typing import Any

from django.db.models import Q, QuerySet

from doover_web.common.wire import BadRequest
from doover_web.control.models import AppInstall
from doover_web.identity.auth import Caller
from doover_web.identity.models import Agent

MOST = 10_000
KEYS = (
    "devices",
    "group",
    "group_tree",
    "type",
    "application",
    "tag",
    "name__icontains",
    "out_of_step",
    "archived",
    "all",
)
SWITCHES = ("out_of_step", "archived", "all")


def read_selection(value: Any) -> dict[str, Any]:
    """The filter in the shape that is stored. BadRequest when it names nothing, or something unknown."""
    if not isinstance(value, dict) or not value:
        raise BadRequest('devices: say which devices, or {"all": true}', code="bad_selection")
    unknown = [key for key in value if key not in KEYS]
    if unknown:
        raise BadRequest(f"devices: {unknown[0][:40]!r} is no filter; use {', '.join(KEYS)}", code="bad_selection")
    kept: dict[str, Any] = {}
    for key, one in value.items():
        if key in SWITCHES:
            kept[key] = _switch(key, one)
        elif key in ("name__icontains", "tag"):
            kept[key] = _text(key, one)
        elif key == "devices":
            kept[key] = [_id(key, each) for each in _listed(one)]
        else:
            kept[key] = _id(key, one)
    if not any(kept.values()):
        raise BadRequest("devices: this names no device", code="bad_selection")
    return kept


def devices_of(selection: dict[str, Any], organisation_id: int, by: Caller | None) -> QuerySet[Agent]:
    """The devices of the organisation that a selection names, among those that `by` may see."""
    found = Agent.objects.devices().filter(organisation_id=organisation_id)
    if by is not None:
        found = found.visible_to(by)
    found = found.filter(archived_at__isnull=not selection.get("archived", False))
    named = Q()
    if "devices" in selection:
        named &= Q(pk__in=selection["devices"])
    if "group" in selection:
        named &= Q(group_id=selection["group"])
    if "group_tree" in selection:
        named &= Q(group__lineage__contains=[selection["group_tree"]])
    if "type" in selection:
        named &= Q(as_device__type_id=selection["type"])
    if "application" in selection:
        named &= Q(app_installs__application_id=selection["application"], app_installs__archived_at=None)
    if "tag" in selection:
        named &= Q(as_device__tags__contains=[selection["tag"]])
    if selection.get("out_of_step"):
        named &= Q(pk__in=AppInstall.objects.in_use().filter(synced="NO").values("agent"))
    if "name__icontains" in selection:
        word = selection["name__icontains"]
        named &= Q(name__icontains=word) | Q(display_name__icontains=word)
    return found.filter(named).distinct().order_by("id")


def checked_count(found: QuerySet[Agent]) -> QuerySet[Agent]:
    """The same, refused when it is too many or none."""
    count = found.count()
    if count == 0:
        raise BadRequest("No device that you may see fits this", code="no_devices")
    if count > MOST:
        raise BadRequest(f"This is {count} devices; at most {MOST} are changed at once", code="too_many")
    return found


def _listed(value: Any) -> list:
    if not isinstance(value, list) or not value or len(value) > MOST:
        raise BadRequest(f"devices: a list of 1 to {MOST} ids", code="bad_selection")
    return value


def _id(key: str, value: Any) -> int:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise BadRequest(f"{key}: an id is a decimal number", code="bad_selection")
    return int(text)


def _switch(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadRequest(f"{key}: true or false", code="bad_selection")
    return value


def _text(key: str, value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 200 or "\x00" in value:
        raise BadRequest(f"{key}: a text of 1 to 200 letters", code="bad_selection")
    return value
