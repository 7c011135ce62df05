"""Dashboards are made in a group, filled with tiles, put in order, archived (`portal-screens §3.10`)."""

import re
import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from doover_web.common.wire import BadRequest, Forbidden, NotFound
from doover_web.data.models import Cameras
from doover_web.identity import audit
from doover_web.identity.auth import Caller
from doover_web.identity.changes import rights_changed
from doover_web.identity.guard import check_right, effective_flags
from doover_web.identity.models import Agent, Group
from doover_web.identity.permissions import Rights, rights_over

from ..models import Dashboard

VALUE, GAUGE, CHART, ALARMS, MAP, CAMERA, TEXT = KINDS = ("value", "gauge", "chart", "alarms", "map", "camera", "text")
OF_A_VALUE = (VALUE, GAUGE, CHART)
MOST_TILES, MOST_DASHBOARDS = 24, 500
PATH = re.compile(r"[^\x00-\x1f]{1,300}")


@transaction.atomic
def create_dashboard(*, group: Group, title: str, by: Caller) -> Agent:
    """An empty dashboard in `group`."""
    if not rights_over(by, group) & Rights.GROUP_VIEW:
        raise NotFound("Group not found")
    if "dashboard_create" not in effective_flags(by, group):
        raise Forbidden(
            _("This takes the permission dashboard_create at %(group)s") % {"group": group}, code="no_permission"
        )
    there = Agent.objects.filter(organisation_id=group.organisation_id, kind=Agent.Kind.DASHBOARD)
    if there.count() >= MOST_DASHBOARDS:
        raise BadRequest(
            _("An organisation has at most %(most)s dashboards") % {"most": MOST_DASHBOARDS}, code="too_many"
        )
    agent = Agent.objects.create(
        kind=Agent.Kind.DASHBOARD,
        organisation_id=group.organisation_id,
        group=group,
        name=f"dashboard-{uuid.uuid4().hex[:8]}",
        display_name=_title(title),
    )
    Dashboard.objects.create(agent=agent)
    _record("dashboard.created", agent, by)
    rights_changed()
    return agent


@transaction.atomic
def rename_dashboard(*, dashboard: Agent, title: str, by: Caller) -> None:
    _locked(dashboard, by)
    dashboard.display_name = _title(title)
    dashboard.save(update_fields=["display_name"])
    _record("dashboard.renamed", dashboard, by)


@transaction.atomic
def add_tile(*, dashboard: Agent, tile: dict[str, Any], by: Caller) -> dict[str, Any]:
    """One more tile, at the end."""
    board = _locked(dashboard, by)
    if len(board.tiles) >= MOST_TILES:
        raise BadRequest(
            _("A dashboard has at most %(most)s tiles; remove one first") % {"most": MOST_TILES}, code="too_many"
        )
    made = {"id": uuid.uuid4().hex[:8], **_read(tile, by)}
    board.tiles = [*board.tiles, made]
    board.save(update_fields=["tiles"])
    _record("dashboard.edited", dashboard, by, added=made["title"])
    return made


@transaction.atomic
def move_tile(*, dashboard: Agent, tile_id: str, by_places: int, by: Caller) -> None:
    """Take a tile some places forward or back; past an end it stays there."""
    board = _locked(dashboard, by)
    tiles, place = list(board.tiles), _place_of(board, tile_id)
    one = tiles.pop(place)
    tiles.insert(max(0, min(len(tiles), place + by_places)), one)
    board.tiles = tiles
    board.save(update_fields=["tiles"])
    _record("dashboard.edited", dashboard, by, moved=one["title"])


@transaction.atomic
def remove_tile(*, dashboard: Agent, tile_id: str, by: Caller) -> None:
    board = _locked(dashboard, by)
    gone = board.tiles[_place_of(board, tile_id)]
    board.tiles = [one for one in board.tiles if one["id"] != tile_id]
    board.save(update_fields=["tiles"])
    _record("dashboard.edited", dashboard, by, removed=gone["title"])


@transaction.atomic
def archive_dashboard(*, dashboard: Agent, by: Caller) -> None:
    """Take it out of the lists; doing so twice changes nothing."""
    _locked(dashboard, by)
    if dashboard.archived_at is None:
        dashboard.archived_at = timezone.now()
        dashboard.save(update_fields=["archived_at"])
        _record("dashboard.archived", dashboard, by)


def _locked(dashboard: Agent, by: Caller) -> Dashboard:
    check_right(by, dashboard, Rights.CONFIGURE, "dashboard_edit")
    Dashboard.objects.get_or_create(agent=dashboard)
    return Dashboard.objects.select_for_update().get(agent=dashboard)


def _place_of(board: Dashboard, tile_id: str) -> int:
    found = next((place for place, one in enumerate(board.tiles) if one["id"] == tile_id), None)
    if found is None:
        raise NotFound("There is no such tile any more")
    return found


def _read(tile: dict[str, Any], by: Caller) -> dict[str, Any]:
    kind = tile.get("kind")
    if kind not in KINDS:
        raise BadRequest(_("A tile is one of %(names)s") % {"names": ", ".join(KINDS)}, code="bad_value")
    made: dict[str, Any] = {"kind": kind, "title": _title(tile.get("title") or kind)}
    if kind == TEXT:
        return {**made, "text": _text(tile.get("text"))}
    device = tile.get("device")
    if not isinstance(device, Agent) or not rights_over(by, device) & Rights.VIEW:
        raise NotFound("There is no such device")
    made["device"] = str(device.id)
    if kind in OF_A_VALUE:
        made |= {"path": _path(tile.get("path")), "units": str(tile.get("units") or "")[:20]}
        made["decimals"] = tile["decimals"] if tile.get("decimals") in range(7) else None
    if kind == CAMERA:
        made["camera"] = _camera(device, tile.get("camera"))
    if kind == GAUGE:
        made |= _scale(tile.get("low"), tile.get("high"))
    return made


def _camera(device: Agent, channel: Any) -> str:
    """The channel of one of the cameras that the device shows."""
    kept = Cameras.objects.filter(agent=device).values_list("found", flat=True).first() or []
    if not isinstance(channel, str) or channel not in {one["channel"] for one in kept}:
        raise BadRequest(_("Choose the camera that the tile shows"), code="bad_value")
    return channel


def _scale(low: Any, high: Any) -> dict[str, float]:
    known = all(isinstance(one, int | float) and abs(one) < 1e12 for one in (low, high))
    if not known or not low < high:
        raise BadRequest(_("A gauge goes from a number to a larger one"), code="bad_value")
    return {"low": low, "high": high}


def _title(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= 100 or "\x00" in value:
        raise BadRequest(_("A title is 1 to 100 letters"), code="bad_value")
    return value.strip()


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= 2000 or "\x00" in value:
        raise BadRequest(_("The text of a tile is 1 to 2,000 letters"), code="bad_value")
    return value.strip()


def _path(value: Any) -> str:
    if not isinstance(value, str) or not PATH.fullmatch(value):
        raise BadRequest(_("Choose the value that the tile shows"), code="bad_value")
    return value


def _record(action: str, dashboard: Agent, by: Caller, **more: Any) -> None:
    audit.record(
        action, actor=by, subject=dashboard, organisation_id=dashboard.organisation_id, source="dashboards", **more
    )
