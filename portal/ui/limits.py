"""The ranges and thresholds of values, as the pages of devices draw them, for what shows values elsewhere. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from doover_web.common.presence import mapping

from .lookups import Sources, parse, resolve
from .values import Range, Threshold, ranges_of, thresholds_of
from .walking import elements_of


@dataclass(frozen=True, slots=True)
class Limits:
    """What a gauge is coloured by."""

    ranges: tuple[Range, ...] = ()
    thresholds: tuple[Threshold, ...] = ()


NONE = Limits()


def limits_at(ui_state: Any, tags: Any, config: Any, path: str) -> Limits:
    """Those of the first element that shows the value at a path in `tag_values` and has any."""
    sources = Sources(mapping(tags), config=mapping(mapping(config).get("applications")))
    for app, element in elements_of(ui_state):
        if not _shows(element, app, path):
            continue
        ranges, thresholds = (resolve(element.get(key), app, sources) for key in ("ranges", "thresholds"))
        found = Limits(tuple(ranges_of(ranges)), tuple(thresholds_of(thresholds)))
        if found != NONE:
            return found
    return NONE


def _shows(element: Mapping, app: str, path: str) -> bool:
    value = element.get("currentValue")
    lookup = parse(value) if isinstance(value, str) else None
    return lookup is not None and lookup.source == "tag" and lookup.key(app) == path
