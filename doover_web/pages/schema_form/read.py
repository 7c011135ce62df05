"""The texts of a form → the settings of a layer. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from .lists import without_origins
from .nodes import ORIGIN, Form, Node, Place
from .texts import MISSING, Unreadable, as_json, as_lines, from_json, from_text, shown
from .veil import unveil, veil

MOST_ITEMS = 500


@dataclass(slots=True)
class Reading:
    """What a form says: the settings, and what could not be read, by place."""

    draft: dict
    errors: dict[Place, list[str]] = field(default_factory=dict)

    @property
    def document(self) -> dict:
        """The settings as they are stored; the draft also knows where the entries of its lists came from."""
        return without_origins(self.draft)


def read(form: Form, posted: Mapping[str, Sequence[str]], stored: Mapping, given: Mapping | None = None) -> Reading:
    """The settings after a form over `stored` was sent; `given` is what the layers below make of it all.

    An empty input leaves its setting to them. What a form does not show, and what nobody touched, stays as stored.
    """
    reading = _Reading(form, posted)
    return Reading(reading.box(form.root, dict(stored), dict(given or {})), reading.errors)


class _Reading:
    def __init__(self, form: Form, posted: Mapping[str, Sequence[str]]):
        self.form, self.posted = form, posted
        self.errors: dict[Place, list[str]] = {}

    def box(self, node: Node, stored: dict, given: dict) -> dict:
        """An object: its fields are read, then those whose conditions they meet, until there are no more."""
        made, done = dict(stored), set()
        while fresh := [one for one in self._asked(node, made, given) if one.key not in done]:
            for child in fresh:
                done.add(child.key)
                value = self.one(child, stored.get(child.key, MISSING), given.get(child.key))
                made.pop(child.key, None) if value is MISSING else made.update({child.key: value})
        asked = {one.key for one in self._asked(node, made, given)}
        dormant = self.form.every(node.schema).keys() - asked
        return {key: value for key, value in made.items() if key not in dormant}

    def _asked(self, node: Node, made: dict, given: dict) -> list[Node]:
        return self.form.below(node, {**given, **{key: value for key, value in made.items() if value is not None}})

    def one(self, node: Node, stored: Any, given: Any) -> Any:
        """The value of one setting; MISSING when this layer does not say it."""
        if node.kind == "object":
            inner = self.box(node, _object(stored), _object(given))
            return inner if inner or isinstance(stored, dict) else stored
        if node.kind == "hidden" or not self._was_drawn(node):
            return stored
        try:
            return getattr(self, f"_read_{node.kind}", self._line)(node, stored)
        except Unreadable as problem:
            self.errors.setdefault(node.place, []).append(str(problem))
            return stored

    def _was_drawn(self, node: Node) -> bool:
        return node.name in self.posted or f"{node.name}/#" in self.posted

    def _sent(self, name: str) -> str:
        return (self.posted.get(name) or [""])[0].replace("\r\n", "\n")

    def _line(self, node: Node, stored: Any) -> Any:
        text = self._sent(node.name)
        if stored is not MISSING and text == shown(stored, node.kind):
            return stored
        return from_text(node.kind, text) if text.strip() else MISSING

    def _read_secret(self, node: Node, stored: Any) -> Any:
        if self._sent(f"{node.name}/~clear"):
            return MISSING
        return from_text("text", self._sent(node.name)) if self._sent(node.name) else stored

    def _read_json(self, node: Node, stored: Any) -> Any:
        text = self._sent(node.name)
        veiled = veil(self.form, node.schema, stored, node.key)
        if stored is not MISSING and text == as_json(veiled, indented=True):
            return stored
        return unveil(from_text("json", text), None if stored is MISSING else stored) if text.strip() else MISSING

    def _read_choice(self, node: Node, stored: Any) -> Any:
        text = self._sent(node.name)
        if stored is not MISSING and text == ("" if stored is None else as_json(stored)):
            return stored
        return from_json(text) if text else MISSING

    _read_switch = _read_choice

    def _read_checks(self, node: Node, stored: Any) -> Any:
        chosen = [from_json(text) for text in list(self.posted.get(node.name, ()))[:MOST_ITEMS]]
        return chosen if chosen or stored == [] else MISSING

    def _read_lines(self, node: Node, stored: Any) -> Any:
        text = self._sent(node.name)
        if stored is not MISSING and text == as_lines(stored):
            return stored
        kind = {"integer": "integer", "number": "number"}.get(self.form.item(node, 0).kind, "text")
        listed = [from_text(kind, one.strip()) for one in text.split("\n") if one.strip()]
        return self._bounded(listed) if listed else MISSING

    def _read_cards(self, node: Node, stored: Any) -> Any:
        count = self._sent(f"{node.name}/#")
        if not count.isdecimal() or len(count) > 4:
            return stored if isinstance(stored, list) else MISSING
        before = stored if isinstance(stored, list) else []
        items = [self.form.item(node, index) for index in range(min(int(count), MOST_ITEMS + 1))]
        return self._bounded([self._card(one, before) for one in items])

    def _card(self, node: Node, before: list) -> dict:
        """An entry of a list, over what is stored of it, wherever it stood then."""
        at = self._sent(f"{node.name}/@")
        is_known = at.isdecimal() and len(at) < 5 and int(at) < len(before)
        return {**self.box(node, _object(before[int(at)]) if is_known else {}, {}), ORIGIN: at if is_known else ""}

    def _bounded(self, listed: list) -> list:
        if len(listed) > MOST_ITEMS:
            raise Unreadable(_("A list has %(most)d entries at most") % {"most": MOST_ITEMS})
        return listed


def _object(value: Any) -> dict:
    return value if isinstance(value, dict) else {}
