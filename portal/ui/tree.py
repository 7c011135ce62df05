"""`ui_state` and the channels it refers to → the elements of a device page (`ui-schema §2–§5, §9, §23`).

Pure: documents in, a tree out; no request, no database. An element of unknown type becomes a named tile, a broken one
an error tile in its place, and what goes beyond the limits is left out and said so.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from doover_web.common.presence import mapping

from . import kinds, old
from .element import Element
from .lookups import Sources, bindings, is_true, number, parse, resolve
from .values import split_units, text_of

log = logging.getLogger(__name__)
MOST_ELEMENTS, MOST_APPS = 2000, 200
LONGEST_TEXT = 10_000
LAST = float("inf")
SHAPE = ("hidden", "position", "defaultOpen", "defaultPage", "fullWidth", "variant", "form", "varType")


@dataclass(frozen=True, slots=True)
class Documents:
    """The states of a device's channels that its page is drawn from."""

    ui_state: Any = None
    overrides: Any = None
    tags: Any = None
    commands: Any = None
    config: Any = None


@dataclass(frozen=True, slots=True)
class Tree:
    """The applications of a device in the order of the page; `cut` when there was more than a page may hold."""

    apps: list[Element]
    cut: bool = False

    def walk(self) -> Iterator[Element]:
        for app in self.apps:
            yield from app.walk()

    @property
    def visible(self) -> list[Element]:
        return [app for app in self.apps if not app.hidden]

    def shown(self) -> Iterator[Element]:
        """Everything that is drawn."""
        waiting = list(reversed(self.visible))
        while waiting:
            element = waiting.pop()
            yield element
            waiting.extend(reversed(element.visible))

    def find(self, app_key: str, name: str) -> Element | None:
        """The element of an application that commands call `name`."""
        own = (one for app in self.apps if app.app_key == app_key for one in app.walk() if one is not app)
        return next((one for one in own if one.name == name), None)


def read_tree(documents: Documents, *, title: str = "") -> Tree:
    """The elements of a device; `title` is the heading of a document that has no application."""
    return _Reader(documents, title).read()


class _Reader:
    def __init__(self, documents: Documents, title: str):
        self.state = mapping(mapping(documents.ui_state).get("state"))
        self.changes = _changes(documents.overrides)
        config = mapping(mapping(documents.config).get("applications"))
        self.sources = Sources(mapping(documents.tags), mapping(documents.commands), config)
        self.commands, self.title = documents.commands, title
        self.left, self.cut = MOST_ELEMENTS, False

    def read(self) -> Tree:
        if self.state.get("type") is not None:
            return Tree([self.element("", (), self.state, True, kinds.APPLICATION)], self.cut)
        found = [(key, app) for key, app in mapping(self.state.get("children")).items() if isinstance(app, Mapping)]
        apps = [self.element(key, (), app, kinds.is_old(app), kinds.APPLICATION) for key, app in found[:MOST_APPS]]
        return Tree(in_order(apps), self.cut or len(found) > MOST_APPS)

    def element(self, app_key: str, path: tuple[str, ...], document: Mapping, old_one: bool, kind: str = "") -> Element:
        """The element, or an error tile in its place."""
        try:
            return self._element(app_key, path, document, old_one, kind)
        except Exception:  # whatever a document holds, the rest of the page stands
            log.warning("an element cannot be drawn", exc_info=True, extra={"app": app_key, "path": path})
            return Element(kind or "uiVariable", app_key, path, label=(path or (app_key,))[-1], problem="broken")

    def _element(self, app_key: str, path: tuple[str, ...], document: Mapping, old_one: bool, kind: str) -> Element:
        self.left -= 1
        for change in self.changes.get((path or (app_key,))[-1], ()):
            document = {**document, **change}
        own = {key: value for key, value in document.items() if key not in ("children", "name", "conditions")}
        props = {**resolve(own, app_key, self.sources), "name": document.get("name")}
        written = document.get("type")
        if written == kinds.APPLICATION:
            written = "uiContainer"  # cards stand side by side: one within another is a part of it
        reads = {key: found for key, value in own.items() if (found := _reads(value, app_key))}
        element = Element(
            type=kind or kinds.OLD.get(written, written) if isinstance(written, str) else kind or "unknown",
            app_key=app_key,
            path=path,
            props=props,
            written=own,
            hidden=is_true(props.get("hidden")),
            position=props.get("position"),
            lookup=parse(value) if isinstance(value := document.get("currentValue"), str) else None,
            reads=tuple(sorted(set().union(*reads.values()))),
            shape=tuple(sorted(set().union(*(reads[key] for key in SHAPE if key in reads)))),
            old=old_one,
        )
        element.label = self.label_of(element)
        element.value = _clipped(props.get("currentValue"))
        if element.value is None and element.is_control:
            element.value = props.get("default")
        if old_one:
            old.adapt(element, str(written), self.commands)
            if element.type not in kinds.CONTAINERS and not element.units:
                element.label, element.units = split_units(element.label)
        element.units = text_of(props.get("units"))[:40] or element.units
        self.add_children(element, mapping(document.get("children")), old_one)
        return element

    def add_children(self, element: Element, children: Mapping, old_one: bool) -> None:
        """The children in their order; a hidden container hides what is in it."""
        for name, child in children.items():
            if not isinstance(child, Mapping):
                continue
            if self.left <= 0 or len(element.path) >= kinds.DEEPEST:
                self.cut = True
                break
            element.children.append(self.element(element.app_key, (*element.path, str(name)), child, old_one))
        element.children = in_order(element.children)
        if element.hidden:
            for inner in element.walk():
                inner.hidden = True
        if old_one:
            old.adapt_plots(element)

    def label_of(self, element: Element) -> str:
        label = text_of(element.props.get("displayString"))
        if label or element.type == "uiContainer":
            return label
        if element.type == kinds.APPLICATION:
            named = mapping(self.sources.config.get(element.app_key)).get("APP_DISPLAY_NAME")
            return text_of(named) or element.app_key or self.title
        return element.path[-1]


def _reads(value: Any, app_key: str) -> set[str]:
    """What a part of a document depends on: `tag.tank_1.level`."""
    return {f"{one.source}.{one.key(app_key)}" for one in bindings(value)}


def in_order(elements: list[Element]) -> list[Element]:
    """Siblings by position; those without one come last, equal ones as the document has them."""

    def place(element: Element) -> float:
        found = number(element.position)
        return LAST if found is None else found

    return sorted(elements, key=place)


def _changes(overrides: Any) -> dict[str, list[Mapping]]:
    """What `ui_overrides` changes, by the name of an element or application (`§2.5`); unknown operations are passed
    over, and nothing of an element's kind or children is changed."""
    found: dict[str, list[Mapping]] = {}
    operations = mapping(overrides).get("ops")
    for one in operations if isinstance(operations, list) else []:
        target, changes = mapping(mapping(one).get("target")).get("byName"), mapping(mapping(one).get("changes"))
        if mapping(one).get("op") == "patch" and isinstance(target, str) and changes:
            kept = {key: value for key, value in changes.items() if key not in ("children", "name")}
            found.setdefault(target, []).append(kept)
    return found


def overridden(ui_state: Any, overrides: Any) -> Any:
    """A `ui_state` with what `ui_overrides` changes of its elements, for lists that read documents and no trees."""
    changes = _changes(overrides)
    return _patched(ui_state, "", changes, kinds.DEEPEST) if changes else ui_state


def _patched(part: Any, name: str, changes: Mapping[str, list[Mapping]], depth: int) -> Any:
    if not isinstance(part, Mapping) or not depth:
        return part
    for change in changes.get(name, ()):
        part = {**part, **change}  # nothing of its children, see `_changes`
    patched = dict(part)
    if isinstance(part.get("state"), Mapping):
        patched["state"] = _patched(part["state"], "", changes, depth)
    if isinstance(children := part.get("children"), Mapping):
        patched["children"] = {key: _patched(child, key, changes, depth - 1) for key, child in children.items()}
    return patched


def _clipped(value: Any) -> Any:
    return value[:LONGEST_TEXT] if isinstance(value, str) else value
