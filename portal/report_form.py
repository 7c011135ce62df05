"""What a report shall tell, as both forms ask for it: the one for a report now and the one for a schedule."""

from typing import Any

from doover_web.control import fleet_report
from doover_web.identity.models import Agent, Group, Organisation

OFFERED = 500  # devices and groups in the lists to choose from


def offered(caller, organisation: Organisation) -> dict[str, Any]:
    """The devices and groups to choose from."""
    devices = Agent.objects.visible_to(caller).devices().in_use().filter(organisation=organisation)
    groups = Group.objects.filter(organisation=organisation).in_use()
    return {
        "devices": devices.order_by("display_name", "name", "id")[:OFFERED],
        "groups": groups.order_by("name", "id")[:OFFERED],
    }


def config_of(form) -> dict[str, Any]:
    """The fields of the form → the configuration of the generator."""
    chosen = {key: form.getlist(key)[:OFFERED] for key in ("devices", "groups")}
    return {
        fleet_report.PERMISSIONS: {"all_devices": not any(chosen.values()), **chosen},
        "values": [line.strip() for line in form.get("paths", "").splitlines() if line.strip()],
        "dv_emails": [one for one in form.get("emails", "").replace(",", " ").split() if one],
    }


def typed(form) -> dict[str, Any]:
    """The fields as they were sent, to be shown again."""
    kept = {key: form.get(key, "") for key in ("name", "paths", "emails", "from", "to")}
    return {"asked": kept, "chosen": set(form.getlist("devices") + form.getlist("groups"))}


def fields_of(name: str, config: dict[str, Any]) -> dict[str, Any]:
    """The fields that make this configuration; what somebody else wrote there may be anything."""
    chosen = config.get(fleet_report.PERMISSIONS)
    chosen = chosen if isinstance(chosen, dict) else {}
    asked = {"name": name, "paths": "\n".join(_texts(config.get("values")))}
    asked["emails"] = ", ".join(_texts(config.get("dv_emails")))
    return {"asked": asked, "chosen": {*_texts(chosen.get("devices")), *_texts(chosen.get("groups"))}}


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
