"""An install's block of `deployment_config`: its settings and what the platform adds to them (pure,
`control-api §5.3`, `ui-schema §14`)."""

from collections.abc import Mapping, Sequence
from typing import Any

from doover_web.common.mergepatch import merge

PLATFORM_KEYS = ("APP_KEY", "APP_ID", "APP_DISPLAY_NAME", "APPLICATION_NAME", "AGENT_ID", "ORGANISATION_ID")
ADDED_KEYS = (*PLATFORM_KEYS, "DEVICE_MAP", "DEVICE_LIST", "dv_widget_url")


def stamp(config: Mapping, facts: Mapping[str, str], *, widget: str = "", devices: Mapping | None = None) -> dict:
    """`config` as it stands in `deployment_config`: after the platform's own keys, which nobody else can set.

    `devices`, for an install with extended permissions, become `DEVICE_MAP` and `DEVICE_LIST`.
    """
    block: dict[str, Any] = {key: facts[key] for key in PLATFORM_KEYS if key in facts}
    block.update(without_platform_keys(config))
    if devices is not None:
        block["DEVICE_MAP"], block["DEVICE_LIST"] = dict(devices), list(devices)
    if widget:
        block["dv_widget_url"] = widget
    return block


def without_platform_keys(block: Mapping) -> dict:
    """The settings in a block of `deployment_config`."""
    return {key: value for key, value in block.items() if key not in ADDED_KEYS}


EXTENDED = "dv_proc_extended_permissions"
PLAIN_FIELDS = ("id", "name", "display_name", "latitude", "longitude", "fa_icon", "notes", "extra_config")
NESTED_FIELDS = {"type": ("id", "name", "config"), "group": ("id", "name"), "organisation": ("id", "name")}
LISTED_FIELDS = ("app_installs", "solution_installs")


def wanted_fields(schema: Mapping) -> list[str]:
    """The fields of devices that an application asks for (`x-extraDeviceFields`), those that exist."""
    asked = as_dict(as_dict(schema.get("properties")).get(EXTENDED)).get("x-extraDeviceFields")
    return [one for one in asked[:100] if isinstance(one, str) and _may_want(one)] if isinstance(asked, list) else []


def device_entry(device: Mapping[str, Any], fields: Sequence[str]) -> dict:
    """One device of a `DEVICE_MAP`: its names and the wanted fields, nested at each `__`."""
    entry: dict = {"name": device.get("name"), "display_name": device.get("display_name")}
    for name in fields:
        steps = name.split("__")
        found: Any = device
        for step in steps:
            found = found.get(step) if isinstance(found, Mapping) else None
        if found is not None:
            entry = merge(entry, _nested(steps, found))
    return entry


def _may_want(name: str) -> bool:
    first, *rest = name.split("__")
    if first in NESTED_FIELDS:
        return bool(rest) and rest[0] in NESTED_FIELDS[first] and (len(rest) == 1 or rest[0] == "config")
    return first == "extra_config" or (first in (*PLAIN_FIELDS, *LISTED_FIELDS) and not rest)


def _nested(steps: Sequence[str], value: Any) -> dict:
    for step in reversed(steps):
        value = {step: value}
    return value


def as_dict(value: Any) -> dict:
    """`value` when it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}
