"""`tag_values` → reading rows, grouped by application. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

LONGEST = 200


@dataclass(frozen=True, slots=True)
class Reading:
    """One tag: its path in the aggregate, its name, its value in words."""

    path: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """The tags of one application; `key` is empty for those at the top level."""

    key: str
    title: str
    readings: list[Reading]


def read_tags(tags: Any, config: Any) -> list[Group]:
    """The groups in the order the device wrote them; titles come from `deployment_config`."""
    tags, titles = _mapping(tags), _titles(config)
    loose = [_reading((key,), value) for key, value in tags.items() if not isinstance(value, Mapping)]
    groups = [
        Group(key, titles.get(key, key), [_reading((key, name), value) for name, value in app.items()])
        for key, app in tags.items()
        if isinstance(app, Mapping)
    ]
    return groups + ([Group("", "Device", loose)] if loose else [])


def in_words(value: Any) -> str:
    """A value for people: yes and no, true minus signs, a dash for nothing; lists and objects as JSON."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int | float):
        return orjson.dumps(value).decode().replace("-", "−", 1) if abs(value) < 2**63 else str(value)
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _reading(path: tuple[str, ...], value: Any) -> Reading:
    return Reading(orjson.dumps(path).decode(), path[-1].replace("_", " "), in_words(value))


def _titles(config: Any) -> dict[str, str]:
    apps = _mapping(_mapping(config).get("applications"))
    titles = {key: _mapping(app).get("APP_DISPLAY_NAME") for key, app in apps.items()}
    return {key: title for key, title in titles.items() if isinstance(title, str) and title}


def _mapping(value: Any) -> Mapping:
    return value if isinstance(value, Mapping) else {}
