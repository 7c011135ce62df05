"""A schema and the settings of a layer → the fields of a form. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from .nodes import ORIGIN, Form, Node, Place
from .texts import MISSING, as_json, as_lines, shown
from .veil import veil

VARIABLE = re.compile(r"\$(device|type|group|organisation)\.[\w.-]+")
MOST_FIELDS = 2_000
LONGEST_PLACEHOLDER = 120
NUMBERS = ("integer", "number")

Errors = Mapping[Place, Sequence[str]]
Posted = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    words: str
    is_chosen: bool = False


@dataclass(slots=True)
class Field:
    """One input, or a box of them, as a template draws it."""

    id: str
    name: str
    kind: str
    label: str
    help: str = ""
    is_required: bool = False
    is_advanced: bool = False
    is_deprecated: bool = False
    is_open: bool = True
    is_set: bool = False  # on this layer
    value: str = ""
    placeholder: str = ""
    source: str = ""  # where the placeholder comes from
    most: int | None = None  # characters
    limits: str = ""
    origin: str = ""  # of a list's item: which one of the stored list it is
    choices: list[Choice] = field(default_factory=list)
    offered: list[Choice] = field(default_factory=list)
    fields: list["Field"] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def plain(self) -> list["Field"]:
        return [one for one in self.fields if not one.is_advanced]

    @property
    def advanced(self) -> list["Field"]:
        return [one for one in self.fields if one.is_advanced]

    @property
    def all_wrong(self) -> list[tuple[str, str, str]]:
        """Everything wrong here and below: (id, label, words)."""
        own = [(self.id, self.label, words) for words in self.wrong]
        return own + [one for inner in self.fields for one in inner.all_wrong]

    @property
    def has_wrong(self) -> bool:
        return bool(self.all_wrong)


def draw(
    form: Form,
    own: Mapping,
    *,
    layers: Sequence[tuple[str, Mapping]] = (),
    errors: Errors | None = None,
    posted: Posted | None = None,
    offered: Mapping[str, Sequence[tuple[str, str]]] | None = None,
) -> Field:
    """The form over `own`, with what `layers` below give (words and document, lowest first) as placeholders.

    `posted` are texts that were sent and come back as they were written; `offered` suggests values by `format`.
    """
    drawing = _Drawing(form, layers, errors or {}, posted or {}, offered or {})
    return drawing.box(form.root, own, [document for _words, document in layers])


class _Drawing:
    def __init__(self, form: Form, layers, errors: Errors, posted: Posted, offered):
        self.form, self.errors, self.posted, self.offered = form, errors, posted, offered
        self.words = [words for words, _document in layers]
        self.count = 0

    def box(self, node: Node, own: Any, below: list[Any]) -> Field:
        """An object with its fields; `below` is what each lower layer has here."""
        made = self._start(node, own)
        own, lower = _object(own), [_object(one) for one in below]
        document: dict = {}
        for layer in [*lower, own]:
            document.update({key: value for key, value in layer.items() if value is not None})
        for child in self.form.below(node, document):
            value = own.get(child.key, MISSING)
            if child.kind != "hidden" and self.count < MOST_FIELDS:
                made.fields.append(self.one(child, value, [one.get(child.key, MISSING) for one in lower]))
        made.fields = [one for one in made.fields if not one.is_deprecated or one.is_set]
        made.is_open = node.schema.get("x-defaultCollapsed") is not True or made.has_wrong
        return made

    def one(self, node: Node, own: Any, below: list[Any]) -> Field:
        if node.kind == "object":
            return self.box(node, own, below)
        made = self._start(node, own)
        given, made.source = self._given(node, below)
        getattr(self, f"_draw_{node.kind}", self._line)(made, node, own, given)
        return made

    def _start(self, node: Node, own: Any) -> Field:
        self.count += 1
        schema = node.schema
        title = schema.get("title")
        return Field(
            id=f"f{self.count}",
            name=node.name,
            kind=node.kind,
            label=title if isinstance(title, str) and title else node.key,
            help=schema["description"] if isinstance(schema.get("description"), str) else "",
            is_required=node.is_required or schema.get("x-required") is True,
            is_advanced=schema.get("x-advanced") is True,
            is_deprecated=schema.get("deprecated") is True,
            is_set=own is not MISSING,
            limits=_limits(schema) if node.kind in NUMBERS else "",
            wrong=list(self.errors.get(node.place, ())),
        )

    def _given(self, node: Node, below: list[Any]) -> tuple[Any, str]:
        """What applies where this layer says nothing, and in words who gives it."""
        for words, value in zip(reversed(self.words), reversed(below), strict=True):
            if value is not MISSING and value is not None:
                return value, words
        value = node.schema.get("default")
        if isinstance(value, str) and (match := VARIABLE.fullmatch(value)):
            return value, _("from %(what)s") % {"what": _scope(match[1])}
        return value, ""

    def _line(self, made: Field, node: Node, own: Any, given: Any) -> None:
        """An input of one line, or several where the text has some."""
        prefilled = given if node.schema.get("x-required") is True and not made.source else MISSING
        made.value = self._written(node, shown(prefilled if own is MISSING else own, node.kind))
        made.placeholder = shown(given, node.kind)[:LONGEST_PLACEHOLDER]
        made.most = _most(node.schema)
        if node.kind == "text" and "\n" in made.value:
            made.kind = "area"
        pairs = self.offered.get(node.schema.get("format", ""), ()) if node.kind == "text" else ()
        made.offered = [Choice(value, words) for value, words in pairs]

    def _draw_secret(self, made: Field, node: Node, own: Any, given: Any) -> None:
        made.value = self._written(node, "")
        made.is_set = isinstance(own, str) and bool(own)
        made.source = made.source or (_("from the defaults") if given else "")

    def _draw_json(self, made: Field, node: Node, own: Any, given: Any) -> None:
        veiled = veil(self.form, node.schema, own, node.key)
        made.value = self._written(node, "" if own is MISSING else as_json(veiled, indented=True))
        given = veil(self.form, node.schema, given, node.key)
        made.placeholder = "" if given in (None, {}, []) else as_json(given)[:LONGEST_PLACEHOLDER]

    def _draw_lines(self, made: Field, node: Node, own: Any, given: Any) -> None:
        made.value = self._written(node, as_lines(own))
        made.placeholder = as_lines(given)[:LONGEST_PLACEHOLDER]

    def _draw_switch(self, made: Field, node: Node, own: Any, given: Any) -> None:
        words = {"true": _("On"), "false": _("Off")}
        self._choose(made, node, own, given, words)

    def _draw_choice(self, made: Field, node: Node, own: Any, given: Any) -> None:
        among = {as_json(one): shown(one) for one in node.schema["enum"] if one is not None}
        self._choose(made, node, own, given, among)

    def _choose(self, made: Field, node: Node, own: Any, given: Any, among: dict[str, str]) -> None:
        """A list to choose from; its first entry is "as it is given"."""
        chosen = self._written(node, "" if own is MISSING or own is None else as_json(own))
        if chosen and chosen not in among:
            among = {**among, chosen: _("%(value)s (no longer offered)") % {"value": chosen}}
        known = among.get(as_json(given), shown(given)) if given is not None else ""
        unset = _("As given: %(value)s") % {"value": known} if known else _("— not set —")
        made.choices = [Choice("", unset, chosen == "")]
        made.choices += [Choice(value, words, value == chosen) for value, words in among.items()]

    def _draw_checks(self, made: Field, node: Node, own: Any, given: Any) -> None:
        among = [one for one in self.form.items(node.schema)["enum"] if one is not None]
        listed = own if isinstance(own, list) else []
        chosen = (
            set(self.posted.get(node.name, ())) if f"{node.name}/#" in self.posted else {as_json(one) for one in listed}
        )
        made.choices = [Choice(as_json(one), shown(one), as_json(one) in chosen) for one in among]
        made.placeholder = ", ".join(shown(one) for one in given) if isinstance(given, list) else ""

    def _draw_cards(self, made: Field, node: Node, own: Any, given: Any) -> None:
        listed = own if isinstance(own, list) else []
        for index, item in enumerate(listed):
            card = self.box(self.form.item(node, index), item, [])
            card.kind, card.origin = "card", str(_object(item).get(ORIGIN, index))
            card.label = _summary(card) or _("%(list)s %(number)d") % {"list": made.label, "number": index + 1}
            made.fields.append(card)
        made.is_set = isinstance(own, list)
        made.placeholder = str(len(given)) if isinstance(given, list) and given else ""

    def _written(self, node: Node, text: str) -> str:
        return self.posted[node.name][0] if self.posted.get(node.name) else text


def _scope(name: str) -> str:
    """What a variable is taken from, in words."""
    return {"device": _("device"), "type": _("device type"), "group": _("group")}.get(name, _("organisation"))


def _object(value: Any) -> Mapping:
    return value if isinstance(value, Mapping) else {}


def _summary(card: Field) -> str:
    """What a card of a list is called: its first text."""
    return next((one.value for one in card.fields if one.kind == "text" and one.value), "")[:60]


def _most(schema: Mapping) -> int | None:
    given = [schema.get(key) for key in ("length", "maxLength")]
    known = [one for one in given if isinstance(one, int) and not isinstance(one, bool) and one > 0]
    return min(known) if known else None


def _limits(schema: Mapping) -> str:
    """`20 to 60`, `at least 0`, `above 0`, in steps of 5: what a number may be, in words."""
    least, most = schema.get("minimum"), schema.get("maximum")
    above, under, step = (schema.get(key) for key in ("exclusiveMinimum", "exclusiveMaximum", "multipleOf"))
    said = []
    if least is not None and most is not None:
        said.append(_("%(least)s to %(most)s") % {"least": least, "most": most})
    else:
        said += [_("at least %(n)s") % {"n": least}] if least is not None else []
        said += [_("at most %(n)s") % {"n": most}] if most is not None else []
    said += [_("above %(n)s") % {"n": above}] if above is not None else []
    said += [_("below %(n)s") % {"n": under}] if under is not None else []
    said += [_("in steps of %(n)s") % {"n": step}] if step is not None else []
    return ", ".join(said)
