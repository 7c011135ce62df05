"""`tag_values` → reading rows, grouped by application. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from urllib.parse import quote

import orjson
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doover_web.common.presence import mapping
from doover_web.pages import words

LONGEST = 200
MOST = 12


@dataclass(frozen=True, slots=True)
class Reading:
    """One tag: its path in the aggregate, its name, its value in words, and where a folded value can be opened."""

    path: str
    name: str
    text: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The tags of one application; `key` is empty for those at the top level."""

    key: str
    title: str
    readings: list[Reading]


def read_tags(tags: Any, config: Any, now: datetime) -> list[Group]:
    """The groups in the order the device wrote them; titles come from `deployment_config`."""
    tags, titles = mapping(tags), _titles(config)
    loose = [_reading((key,), value, now) for key, value in tags.items() if _is_loose(key, value)]
    groups = [
        Group(key, titles.get(key, key), [_reading((key, name), one, now) for name, one in app.items() if _shows(name)])
        for key, app in tags.items()
        if isinstance(app, Mapping)
    ]
    return groups + ([Group("", _("Device"), loose)] if loose else [])


def read_state(state: Any, now: datetime) -> list[Reading]:
    """What the state of any channel holds, one reading for each key at its top, `MOST` of them."""
    shown = ((key, value) for key, value in mapping(state).items() if _shows(key))
    return [_reading((key,), value, now) for key, value in islice(shown, MOST)]


def in_words(value: Any, now: datetime) -> str:
    """A value for people: yes and no, moments, true minus signs, a dash for nothing; lists by size."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Mapping):
        return ngettext("%(count)s key", "%(count)s keys", len(value)) % {"count": len(value)}
    if isinstance(value, list):
        return ngettext("%(count)s entry", "%(count)s entries", len(value)) % {"count": len(value)}
    if isinstance(value, int | float):
        moment = words.from_ms(value, now.tzinfo) if words.looks_like_ms(value) else None
        if moment:
            return words.clock(moment, now)
        return orjson.dumps(value).decode().replace("-", "−", 1) if abs(value) < 2**63 else str(value)
    text = str(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _reading(path: tuple[str, ...], value: Any, now: datetime) -> Reading:
    address = "/".join(quote(step, safe="") for step in path) if isinstance(value, Mapping | list) else ""
    return Reading(orjson.dumps(path).decode(), path[-1].replace("_", " "), in_words(value, now), address)


def _is_loose(key: str, value: Any) -> bool:
    return not isinstance(value, Mapping) and _shows(key)


def _shows(name: str) -> bool:
    """Applications keep what is not for people under names that end so."""
    return not name.endswith("_hidden")


def _titles(config: Any) -> dict[str, str]:
    apps = mapping(mapping(config).get("applications"))
    titles = {key: mapping(app).get("APP_DISPLAY_NAME") for key, app in apps.items()}
    return {key: title for key, title in titles.items() if isinstance(title, str) and title}
