"""What is known of a device and of what is around it: what variables stand for, and what templates are given
(`control-api §5.2`)."""

from doover_web.identity.models import Agent

from .blocks import as_dict
from .models import AppInstall, Device


def known_of(install: AppInstall) -> dict[str, dict]:
    """What variables stand for, and what templates are given: device, type, group, organisation."""
    agent = install.agent
    known: dict[str, dict] = {"organisation": {"id": str(agent.organisation_id), "name": str(agent.organisation)}}
    if agent.kind == Agent.Kind.DEVICE:
        entry = entries_of([agent])[agent.id]
        known["device"] = {**as_dict(entry.get("extra_config")), **entry}
        known["type"] = as_dict(as_dict(entry.get("type")).get("config"))
        known["group"] = as_dict(entry.get("group"))
    return known


def entries_of(agents: list[Agent]) -> dict[int, dict]:
    """What is known of devices, in the words that `x-extraDeviceFields` asks in."""
    rows = Device.objects.filter(agent__in=agents).select_related("type").in_bulk()
    groups = {one.id: one.group for one in Agent.objects.filter(pk__in=[a.id for a in agents]).select_related("group")}
    entries = {}
    for agent in agents:
        row, group = rows.get(agent.id), groups[agent.id]
        entry = {"id": str(agent.id), "name": agent.name, "display_name": agent.title}
        entry |= {
            "organisation": {"id": str(agent.organisation_id)},
            "group": {"id": str(group.id), "name": group.name},
        }
        if row is not None:
            entry |= {
                name: getattr(row, name) for name in ("fa_icon", "notes", "latitude", "longitude", "extra_config")
            }
            if row.type is not None:
                entry["type"] = {"id": str(row.type_id), "name": row.type.name, "config": row.type.config}
        entries[agent.id] = {name: value for name, value in entry.items() if value is not None}
    return entries
