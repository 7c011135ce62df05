"""What there is to choose for a dashboard, and what its tiles are of, by the names on the pages of devices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from doover_web.control.actions.dashboard import OF_A_VALUE
from doover_web.identity.models import Agent

from .ui.names import NOTHING, names_at
from .ui.naming import Choice, Names, spoken
from .ui.plots import Line, chartable
from .ui.states import state_of

MOST = 300


@dataclass(frozen=True, slots=True)
class Listed:
    """A tile in the list: what it shows, in words, of which device and which value; no device that one may not see."""

    document: Mapping[str, Any]
    kind: str
    device: str = ""
    value: str = ""


def listed(caller, documents: Sequence[Mapping[str, Any]], kinds: Mapping[str, Any]) -> list[Listed]:
    """The tiles in their order."""
    ids = {int(one["device"]) for one in documents if one.get("device")}
    devices = Agent.objects.visible_to(caller).filter(pk__in=ids).in_bulk()
    names = names_at(devices)
    return [_listed(one, str(kinds[one["kind"]]), devices, names) for one in documents]


def _listed(document: Mapping, kind: str, devices: Mapping[int, Agent], names: Mapping[int, Names]) -> Listed:
    device = devices.get(int(document.get("device") or 0))
    if device is None:
        is_hidden = bool(document.get("device"))  # a tile may be called as its device
        return Listed({**document, "title": _("Not for you")} if is_hidden else document, kind)
    path = document.get("path", "") if document["kind"] in OF_A_VALUE else ""
    named = names.get(device.id, NOTHING).values.get(path)
    return Listed(document, kind, device.title, named.full if named else _called(path))


def values_of(device: Agent) -> list[tuple[str, list[Choice]]]:
    """The values of a device that a tile can show, under the headings of its applications; moments are none."""
    names = names_at([device.id]).get(device.id, NOTHING)
    lines = chartable(state_of(device.id, "ui_state"), state_of(device.id, "tag_values")).lines
    groups: dict[str, list[Choice]] = {}
    for line in list(lines.values())[:MOST]:
        named, app = names.values.get(line.path), line.path.split(".")[0]
        if named is None or named.kind != "moment":
            heading = named.app if named else names.apps.get(app) or _heading(line.path)
            groups.setdefault(heading, []).append((line.path, _words(line, bool(named))))
    return list(groups.items())


def _heading(path: str) -> str:
    app, dot, _name = path.partition(".")
    return spoken(app).capitalize() if dot else _("Device")


def _words(line: Line, is_named: bool) -> str:
    title = line.title if is_named or line.units else _called(line.path)
    return f"{title} ({line.units})" if line.units else title


def _called(path: str) -> str:
    return spoken(path.rpartition(".")[2]).capitalize()
