"""The few values that stand for a device in a list: chosen from its `ui_state`, read from its `tag_values`. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from doover_web.common.presence import mapping

from .drawing import number

MOST = 3
DEEPEST = 6
TAG = re.compile(r"\$tag\.([^:]+)(?::.*)?", re.DOTALL)
# What an application draws largest is what it is about.
FORMS = ("radialGauge", "linearGauge")
CONTAINERS = ("uiSubmodule", "uiContainer", "uiTabContainer", "uiTabs", "uiApplication")


@dataclass(frozen=True, slots=True)
class Choice:
    """A value to show: its label and unit, its decimals, and where it stands in `tag_values`."""

    label: str
    units: str
    decimals: int | None
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeyValue:
    """A value as a list shows it; an empty text means that there is none."""

    label: str
    text: str
    units: str
    path: str
    decimals: int | None = None


def choices_of(ui_state: Any, named: Sequence[str] = (), most: int = MOST) -> tuple[Choice, ...]:
    """The first numbers of the applications' pages that are read from a tag: those that the device's type `named` (an
    element, its label, or a place in `tag_values`), then what is drawn as a gauge, then the others in their order."""
    found = sorted(_numbers(_children(mapping(mapping(ui_state).get("state")))), key=lambda one: one[0])
    chosen = [_named(name, found) for name in named]
    every = [*filter(None, chosen), *(choice for _, _, choice in found)]
    first = {choice.path: choice for choice in reversed(every)}
    return tuple(first[path] for path in dict.fromkeys(choice.path for choice in every))[:most]


def values_of(choices: tuple[Choice, ...], tags: Any) -> list[KeyValue]:
    """What the tags say for each of the choices."""
    return [
        KeyValue(one.label, in_words(_at(tags, one.path), one.decimals), one.units, "/".join(one.path), one.decimals)
        for one in choices
    ]


def in_words(value: Any, decimals: int | None) -> str:
    """A number with its decimals, grouped, with a real minus; nothing for what is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
        return ""
    return number(value, decimals)


def _named(name: str, found: Sequence[tuple[tuple, str, Choice]]) -> Choice | None:
    """The element of that name; a place that no element shows stands for itself."""
    wanted = name.casefold()
    for _, key, choice in found:
        if wanted in (key.casefold(), choice.label.casefold(), ".".join(choice.path).casefold()):
            return choice
    path = tuple(name.split("."))
    is_place = len(path) > 1 and all(path) and "/" not in name
    return Choice(path[-1].replace("_", " "), "", None, path) if is_place else None


def _numbers(children: list[tuple[str, Mapping]]) -> Iterator[tuple[tuple, str, Choice]]:
    for rank, (key, application) in enumerate(children):
        if application.get("hidden") is True:
            continue
        for order, (name, element) in enumerate(_elements(application, 0)):
            path = _path(element.get("currentValue"), key)
            if path and element.get("varType") in ("float", "integer", "number"):
                form = FORMS.index(element["form"]) if element.get("form") in FORMS else len(FORMS)
                yield (form, rank, order), name, _choice(element, path)


def _choice(element: Mapping, path: tuple[str, ...]) -> Choice:
    decimals = element.get("decPrecision")
    known = isinstance(decimals, int) and not isinstance(decimals, bool) and 0 <= decimals <= 10
    return Choice(
        label=_text(element.get("displayString")) or path[-1].replace("_", " "),
        units=_text(element.get("units")),
        decimals=decimals if known else None,
        path=path,
    )


def _elements(container: Mapping, depth: int) -> Iterator[tuple[str, Mapping]]:
    """The elements of a page in their order, those of containers after what stands beside the containers."""
    inner = []
    for name, element in _children(container):
        if element.get("hidden") is True:
            continue
        if element.get("type") == "uiVariable":
            yield name, element
        elif element.get("type") in CONTAINERS and depth < DEEPEST:
            inner.append(element)
    for one in inner:
        yield from _elements(one, depth + 1)


def _children(container: Mapping) -> list[tuple[str, Mapping]]:
    found = [(key, one) for key, one in mapping(container.get("children")).items() if isinstance(one, Mapping)]
    return sorted(found, key=lambda item: _position(item[1]))


def _position(element: Mapping) -> float:
    position = element.get("position")
    return position if isinstance(position, int | float) and not isinstance(position, bool) else 100


def _path(value: Any, app_key: str) -> tuple[str, ...]:
    match = TAG.fullmatch(value) if isinstance(value, str) and len(value) < 500 else None
    if match is None:
        return ()
    if "/" in match[1]:
        return ()  # a page names the place by its path
    parts = match[1].split(".")
    return (app_key, *parts[1:]) if parts[0] == "app()" else tuple(parts)


def _at(tags: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        tags = mapping(tags).get(part)
    return tags


def _text(value: Any) -> str:
    return value[:60] if isinstance(value, str) and not value.startswith("$") else ""
