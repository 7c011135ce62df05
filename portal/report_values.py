"""The values that a report can tell, by the names they have on the pages of the chosen devices."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from doover_web.common.presence import mapping
from doover_web.control.fleet_report import devices_of
from doover_web.data.across import states_of
from doover_web.identity.models import Agent, Organisation

from .ui.plots import TEXT, Line, chartable
from .ui.values import text_of

READ = 100  # devices whose pages are read for names
OFFERED = 300
TOLD = 2  # devices named beside a value


@dataclass(slots=True)
class Offered:
    """A value: its place in `tag_values`, the application it belongs to, what it is called, and which devices have
    it. Without a title none of them does."""

    path: str
    app: str = ""
    title: str = ""
    units: str = ""
    devices: list[str] = field(default_factory=list)

    @property
    def named(self) -> Sequence[str]:
        """The devices to name; none where there are too many."""
        return self.devices if len(self.devices) <= TOLD else ()


def values_offered(caller, organisation: Organisation, config: Mapping[str, Any], picked: Iterable[str]):
    """What the devices that `config` names can tell, then what is picked and none of them has."""
    devices = devices_of(organisation, dict(config), caller)[:READ]
    pages = states_of(Agent.objects.filter(pk__in=[one.id for one in devices]), "ui_state")
    found: dict[str, Offered] = {}
    for device in devices:
        apps = mapping(mapping(mapping(pages.get(device.id)).get("state")).get("children"))
        for line in chartable(pages.get(device.id), {}).lines.values():
            if line.kind != TEXT and (line.path in found or len(found) < OFFERED):
                _one(found, line, apps).devices.append(device.title)
    rest = [Offered(path) for path in dict.fromkeys(picked) if path not in found]
    return [*sorted(found.values(), key=lambda one: (one.app.casefold(), one.title.casefold())), *rest]


def _one(found: dict[str, Offered], line: Line, apps: Mapping[str, Any]) -> Offered:
    if line.path not in found:
        app = text_of(mapping(apps.get(line.path.split(".")[0])).get("displayString"))
        found[line.path] = Offered(line.path, app, line.title, line.units)
    return found[line.path]
