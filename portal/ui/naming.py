"""What the values of a device are called on its page, by their place in `tag_values` or `ui_cmds`. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from doover_web.common.presence import mapping
from doover_web.data.alarm_bodies import conditions_from
from doover_web.data.alarm_words import summary

from . import kinds
from .element import Element
from .readings import in_words
from .shown import reading_of
from .tree import Tree
from .values import text_of

Choice = tuple[str, str]  # a place, and what it is called
PLACE = re.compile(r"[\w-]+(?:\.[\w-]+)+")  # an application's value, as an alarm's sentence tells it


@dataclass(frozen=True, slots=True)
class Named:
    """An element that shows the value of a place; `app` is the heading it stands under."""

    app: str
    element: Element

    @property
    def label(self) -> str:
        return self.element.label or self.element.name

    @property
    def with_units(self) -> str:
        return f"{self.label} ({self.element.units})" if self.element.units else self.label


def named_values(tree: Tree, source: str = "tag") -> dict[str, Named]:
    """The elements by the place that they show; of several that one sees goes before one that is hidden."""
    found: dict[str, Named] = {}
    for app in tree.apps:
        for element in app.walk():
            lookup = element.lookup
            if lookup is None or lookup.source != source or element.type not in (*kinds.READINGS, *kinds.CONTROLS):
                continue
            place = lookup.key(element.app_key)
            if place not in found or (found[place].element.hidden and not element.hidden):
                found[place] = Named(app.label, element)
    return found


def titles_of(tree: Tree) -> dict[str, str]:
    """The headings of the applications by their keys."""
    return {app.app_key: app.label for app in tree.apps}


def said(named: Named | None, value: Any, now: datetime) -> str:
    """A value in words: as its element shows it, where there is one."""
    if named is None or value is None or isinstance(value, Mapping | list):
        return in_words(value, now)
    option = mapping(mapping(named.element.props.get("options")).get(value)) if isinstance(value, str) else {}
    if label := text_of(option.get("displayString")):
        return label
    shown = reading_of(replace(named.element, value=value, view=None), now)
    return f"{shown.sub or shown.text} {shown.units}".strip()


def summary_by(named: Mapping[str, Named], alarm: Mapping[str, Any]) -> str:
    """The conditions of an alarm in a line, its readings by their names."""
    if alarm["channel_name"] != "tag_values":
        return alarm["condition_summary"]
    said = [
        {**one, **{key: named[one[key]].with_units for key in ("key", "other_key") if one.get(key) in named}}
        for one in alarm["conditions"]
    ]
    return summary(conditions_from(said))


def by_names(named: Mapping[str, Named], text: str) -> str:
    """A sentence in which the places of values are replaced by what they are called."""
    return PLACE.sub(lambda found: named[found[0]].label if found[0] in named else found[0], text)


def choices_of(named: Mapping[str, Named], places: Iterable[str]) -> list[tuple[str, Sequence[Choice]]]:
    """The named values by heading, then those of `places` that have no name, under an empty one."""
    groups: dict[str, list[Choice]] = {}
    for place, one in named.items():
        if not one.element.hidden:
            groups.setdefault(one.app, []).append((place, one.with_units))
    offered = {place for choices in groups.values() for place, _ in choices}
    rest = [(place, place) for place in places if place not in offered and not place.endswith("_hidden")]
    return [*groups.items(), *([("", rest)] if rest else [])]
