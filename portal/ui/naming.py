"""What the values and settings of a device are called on its page, and sentences that tell of them. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from doover_web.common.presence import mapping
from doover_web.data.access import GEOFENCES
from doover_web.data.alarm_language import conditions
from doover_web.pages.in_line import isolated

from . import kinds
from .controls import Control, control_of
from .element import Element
from .lookups import LARGEST
from .readings import in_words
from .shown import reading_of
from .tree import Tree
from .wording import value_words

Choice = tuple[str, str]  # a place, and what it is called
Setting = tuple[str, str]  # an application, and what commands call the control
# An application's value as an alarm's sentence tells it, and what it is compared with or said to be.
SIGN = r" (?:is|changes by [=≥>≤<]|[=≥>≤<]) "
VALUE = r"-?[0-9]{1,30}+(?:\.[0-9]{1,30}+)?(?:e[+-]?[0-9]{1,3}+)?|[^\W\d]\w*+"
PLACE = re.compile(rf"(?<![\w.-])([\w-]++(?:\.[\w-]++)+)(?:({SIGN})({VALUE})(?!\.?\w))?")
PROPS = ("varType", "decPrecision", "absoluteFormat", "options")  # what it takes to put a value into words
MOST_PLACES = 6  # decimals of a bound
TRUTHS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Named:
    """What shows a value: `app` is the heading that it stands under."""

    app: str
    label: str
    units: str = ""
    type: str = "uiVariable"
    props: Mapping[str, Any] = field(default_factory=dict)
    control: Control | None = None
    hidden: bool = False

    @property
    def full(self) -> str:
        """`Main tank · Level`."""
        return f"{self.app} · {self.label}" if self.app not in ("", self.label) else self.label

    @property
    def is_press(self) -> bool:
        """Whether it is pressed: what is sent then is no setting."""
        return self.control is not None and not self.control.shows_value

    @property
    def kind(self) -> str:
        """`moment` or `truth`, where the page says that the value is one."""
        declared = self.props.get("varType")
        if self.type in ("uiTimestamp", "uiDatetimeInput") or declared in ("time", "timestamp"):
            return "moment"
        return "truth" if self.type in ("uiSwitch", "uiBoolParam") or declared in ("bool", "boolean") else ""

    @property
    def with_units(self) -> str:
        return f"{self.label} ({self.units})" if self.units else self.label


@dataclass(frozen=True, slots=True)
class Names:
    """What the page of a device calls its values by their place in `tag_values`, its settings, and its applications;
    `quiet` are the settings that are not to be told of (`showActivity: false`)."""

    values: Mapping[str, Named] = field(default_factory=dict)
    settings: Mapping[Setting, Named] = field(default_factory=dict)
    apps: Mapping[str, str] = field(default_factory=dict)
    quiet: frozenset[Setting] = frozenset()

    def setting(self, app: str, name: str) -> Named | None:
        """The control that commands call so; a command that names no application may be for any."""
        if app:
            return self.settings.get((app, name))
        return next((one for (_app, known), one in self.settings.items() if known == name), None)


def names_of(tree: Tree) -> Names:
    """Everything that a page names."""
    settings: dict[Setting, Named] = {}
    quiet = set()
    for app in tree.apps:
        for element in app.walk():
            if element.is_control:
                settings.setdefault((element.app_key, element.name), named_of(app.label, element))
            if element.props.get("showActivity") is False:
                quiet.add((element.app_key, element.name))
    return Names(named_values(tree), settings, titles_of(tree), frozenset(quiet))


def named_values(tree: Tree, source: str = "tag") -> dict[str, Named]:
    """The elements by the place that they show; of several that one sees goes before one that is hidden."""
    found: dict[str, Named] = {}
    for app in tree.apps:
        for element in app.walk():
            lookup = element.lookup
            if lookup is None or lookup.source != source or element.type not in (*kinds.READINGS, *kinds.CONTROLS):
                continue
            place = lookup.key(element.app_key)
            if place not in found or (found[place].hidden and not element.hidden):
                found[place] = named_of(app.label, element)
    return found


def named_of(app: str, element: Element) -> Named:
    """An element as sentences speak of it."""
    props = {key: element.props[key] for key in PROPS if element.props.get(key) is not None}
    label, control = element.label or element.name, control_of(element)
    control = control and replace(control, value=None, confirm=None)
    return Named(app, label, element.units, element.type, {} if control else props, control, element.hidden)


def titles_of(tree: Tree) -> dict[str, str]:
    """The headings of the applications by their keys."""
    return {app.app_key: app.label for app in tree.apps}


def said(named: Named | None, value: Any, now: datetime) -> str:
    """A value in words: as its element shows it, where there is one."""
    if named is None or value is None or (isinstance(value, Mapping | list) and not _is_pair(named, value)):
        return in_words(value, now)
    if named.control is not None:
        return f"{value_words(named.control, value, now)} {named.units}".strip()
    option = mapping(mapping(named.props.get("options")).get(value)) if isinstance(value, str) else {}
    if label := option.get("displayString"):
        return str(label)
    element = Element(named.type, "", (), units=named.units, props=named.props, value=value)
    shown = reading_of(element, now)
    return f"{shown.sub or shown.text} {shown.units}".strip()


def summary_by(named: Mapping[str, Named], alarm: Mapping[str, Any], now: datetime) -> str:
    """The conditions of an alarm in a line, its readings by their names."""
    told = alarm["condition_summary"]
    if alarm["channel_name"] == "doover_connection":
        return capfirst(conditions(told, of_connection=True))
    if alarm["channel_name"] == GEOFENCES:
        return side_of(alarm)
    if alarm["channel_name"] != "tag_values":
        return told
    for one in alarm["conditions"]:
        for place in (one.get("key"), one.get("other_key")):
            if place in named and not PLACE.fullmatch(place):  # none that a sentence is searched for
                told = told.replace(place, named[place].full)
    return by_names(named, told, now)


def side_of(alarm: Mapping[str, Any]) -> str:
    """Where a device is by the alarm of a fence, which is on, or about to be, while it is on the one side and off on
    the other."""
    is_inside = (alarm["conditions"][0].get("value") is True) == (alarm["state"] in ("Alarm", "AlarmPending"))
    words = _("Device is inside %(fence)s") if is_inside else _("Device is outside %(fence)s")
    return words % {"fence": isolated(alarm["name"])}


def by_names(named: Mapping[str, Named], text: str, now: datetime) -> str:
    """A sentence in which the places of values are replaced by what they are called, and what they are said to be by
    its words."""

    def told(found: re.Match) -> str:
        place, sign, value = found.groups()
        one = named.get(place)
        if one is None:
            return found[0]
        if not sign:
            return one.full
        return f"{one.full}{sign}{_read(one if sign == ' is ' else _as_written(one, value), value, now)}"

    return PLACE.sub(told, text) if named else text


def _as_written(named: Named, text: str) -> Named:
    """The same for a bound: with the decimals that somebody wrote, whatever readings have."""
    places = min(len(text.partition(".")[2].rstrip("0")), MOST_PLACES)
    if text[0] not in "-0123456789" or "e" in text:
        return named
    control = named.control and replace(named.control, decimals=places)
    return replace(named, props={**named.props, "decPrecision": places}, control=control)


def _read(named: Named, text: str, now: datetime) -> str:
    """A value that stands in a sentence, in the words of its element; whatever else stands there stays."""
    if text in TRUTHS:
        return said(named, TRUTHS[text], now)
    if text[0] in "-0123456789":
        value = float(text) if "." in text or "e" in text else int(text)
        return said(named, value, now) if abs(value) < LARGEST else text
    options = named.control.options if named.control else mapping(named.props.get("options"))
    known = text in {one.name for one in options} if named.control else text in options
    return said(named, text, now) if known else text


def _is_pair(named: Named, value: Any) -> bool:
    """Whether it is the two ends of a slider."""
    return named.control is not None and named.control.kind == "slider" and isinstance(value, list) and len(value) == 2


def value_of(named: Named | None, value: Any, now: datetime) -> str:
    """A value that somebody asked for, as the control shows it; empty for nothing."""
    text = short(value)
    return said(named, value, now) if text and named else text


def asked_words(called: str, new: str, old: str, units: str = "") -> str:
    """`Speed 20 → 35 Hz`: what somebody asked for, and what it was before."""
    if not new:
        return called
    end = f" {units}"
    before = old.removesuffix(end) if units and new.endswith(end) else old
    return f"{called} {before} → {new}" if before else f"{called}: {new}"


def pressed_words(called: str) -> str:
    """What somebody did who pressed a button."""
    return _("%(name)s pressed") % {"name": called}


def short(value: Any) -> str:
    """A value of a command in a few letters; empty for nothing."""
    if value is None or value == {}:
        return ""
    if isinstance(value, bool):
        return _("On") if value else _("Off")
    text = value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
    return text if len(text) <= 60 else text[:59] + "…"


def spoken(name: str) -> str:
    """What something is called that no element shows."""
    return name.replace("_", " ").strip()[:80]


def choices_of(
    named: Mapping[str, Named], places: Iterable[str], apps: Mapping[str, str]
) -> list[tuple[str, Sequence[Choice]]]:
    """The named values by heading, then those of `places` that have no name, under an empty one, with the titles of
    the applications."""
    groups: dict[str, list[Choice]] = {}
    for place, one in named.items():
        if not one.hidden:
            groups.setdefault(one.app, []).append((place, one.with_units))
    offered = {choice[0] for choices in groups.values() for choice in choices}
    rest = [(place, _in_app(place, apps)) for place in places if place not in offered and not place.endswith("_hidden")]
    return [*groups.items(), *([("", rest)] if rest else [])]


def _in_app(place: str, apps: Mapping[str, str]) -> str:
    """`pump_1.running` → `Pump control · running`."""
    app, dot, name = place.partition(".")
    return f"{apps.get(app) or spoken(app)} · {spoken(name)}" if dot else spoken(place)
