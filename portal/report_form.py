"""What a report shall tell, as both forms ask for it: the one for a report now and the one for a schedule."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from doover_web.control import fleet_report
from doover_web.identity.models import Agent, Group, Organisation

from .report_values import values_offered

OFFERED = 500  # devices and groups in the lists to choose from
LOOK = "values"  # the button that shows the values of the devices chosen, and keeps nothing


def offered(caller, organisation: Organisation, typed: dict[str, Any]) -> dict[str, Any]:
    """The devices and groups to choose from, and the values of those that are chosen."""
    devices = Agent.objects.visible_to(caller).devices().in_use().filter(organisation=organisation)
    groups = Group.objects.filter(organisation=organisation).in_use()
    return {
        "devices": devices.order_by("display_name", "name", "id")[:OFFERED],
        "groups": groups.order_by("name", "id")[:OFFERED],
        **values_to_choose(caller, organisation, typed),
    }


def values_to_choose(caller, organisation: Organisation, typed: dict[str, Any]) -> dict[str, Any]:
    """The values of the devices that are chosen in the form."""
    return {
        "values": values_offered(caller, organisation, _whom(typed["device_ids"], typed["group_ids"]), typed["picked"])
    }


def config_of(form) -> dict[str, Any]:
    """The fields of the form → the configuration of the generator."""
    return {
        **_whom(form.getlist("devices")[:OFFERED], form.getlist("groups")[:OFFERED]),
        "values": list(dict.fromkeys(one.strip() for one in form.getlist("values") if one.strip())),
        "dv_emails": [one for one in form.get("emails", "").replace(",", " ").split() if one],
    }


def wrong_whom(form, organisation: Organisation, caller) -> dict[str, str]:
    """What is wrong with the devices and groups that were chosen, by field."""
    return fleet_report.missing_in(organisation, config_of(form), caller)


def wrong_emails(form) -> str:
    """What is wrong with the addresses that a finished report is mailed to."""
    for address in config_of(form)["dv_emails"]:
        try:
            validate_email(address)
        except ValidationError:
            return _("%(address)s is no e-mail address") % {"address": address[:100]}
    return ""


def wrong_days(form, today: date) -> dict[str, str]:
    """What is wrong with the days that were chosen, by field."""
    period = form.get("period", "")
    if period in ("yesterday", "week", "month"):
        return {}
    if period != "custom":
        return {"period": _("Choose one of these times")}
    first, last = day_of(form.get("from", "")), day_of(form.get("to", ""))
    if first is None or last is None:
        missing = {"from": first is None and _("Give the first day"), "to": last is None and _("Give the last day")}
        return {field: words for field, words in missing.items() if words}
    if first > today:
        return {"from": _("This day has not come yet")}
    return {"to": _("The last day comes before the first")} if last < first else {}


def day_of(text: str) -> date | None:
    """A day of this century that was typed."""
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found is not None and 2000 <= found.year < 2100 else None


def typed(form) -> dict[str, Any]:
    """The fields as they were sent, to be shown again."""
    kept = {key: form.get(key, "") for key in ("name", "emails", "from", "to")}
    return {"asked": kept, **_chosen(*(form.getlist(key)[:OFFERED] for key in ("devices", "groups", "values")))}


def fields_of(name: str, config: dict[str, Any]) -> dict[str, Any]:
    """The fields that make this configuration; what somebody else wrote there may be anything."""
    chosen = config.get(fleet_report.PERMISSIONS)
    chosen = chosen if isinstance(chosen, dict) else {}
    asked = {"name": name, "emails": ", ".join(_texts(config.get("dv_emails")))}
    lists = chosen.get("devices"), chosen.get("groups"), config.get("values")
    return {"asked": asked, **_chosen(*map(_texts, lists))}


def _chosen(devices: list[str], groups: list[str], picked: list[str]) -> dict[str, Any]:
    return {"device_ids": devices, "group_ids": groups, "picked": picked, "chosen": {*devices, *groups}}


def _whom(devices: list[str], groups: list[str]) -> dict[str, Any]:
    chosen = {"devices": devices, "groups": groups}
    return {fleet_report.PERMISSIONS: {"all_devices": not any(chosen.values()), **chosen}}


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
