"""Forms about one thing with fields of its own: what stands in each input, what a form says, what is wrong where."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from doover_web.common.wire import Forbidden, NotFound, Refused
from doover_web.control.values import wrong
from doover_web.pages.permission_words import in_words
from doover_web.pages.schema_form.texts import Unreadable, as_json, from_json

Words: TypeAlias = str | Promise


@dataclass(frozen=True, slots=True)
class Input:
    """One input: `kind` is text, area, json, choice, number, check or secret."""

    name: str
    label: Words
    kind: str = "text"
    help: Words = ""
    is_required: bool = False
    choices: Sequence[tuple[str, Words]] = ()


@dataclass
class Shown:
    """An input with what stands in it, for `_inputs.html`."""

    input: Input
    value: Any
    wrong: list[str] = field(default_factory=list)


@dataclass
class Outcome:
    """What came of a form: `done`, or what is wrong with it."""

    done: Any = None
    problem: str = ""
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    status: int = 200


def fields_from(asked, inputs: Iterable[Input]) -> dict[str, Any]:
    """What a form says, as the verbs take it; an empty secret is left as it is."""
    found: dict[str, Any] = {}
    for one in inputs:
        text = asked.get(one.name, "").replace("\r\n", "\n")
        if one.kind == "check":
            found[one.name] = bool(text)
        elif one.kind == "json":
            found[one.name] = _json(one, text)
        elif one.kind == "number":
            found[one.name] = _number(one, text)
        elif one.kind != "secret" or text:
            found[one.name] = text if one.kind == "area" else text.strip()
    return found


def shown(inputs: Iterable[Input], thing: Any, outcome: Outcome, asked=None) -> list[Shown]:
    """The inputs with the values of `thing`, or with what was `asked` when that was refused."""
    return [Shown(one, _value(one, thing, asked), list(outcome.errors.get(one.name, ()))) for one in inputs]


def tried(deed: Callable[[], Any]) -> Outcome:
    """Do what a form asks for; a refusal that its writer can mend is told in the form."""
    try:
        return Outcome(done=deed())
    except (Forbidden, NotFound):
        raise
    except Refused as refusal:
        errors = getattr(refusal, "errors", None) or {}
        return Outcome(problem=f"{in_words(refusal.message)}.", errors=errors, status=refusal.status)


def _value(one: Input, thing: Any, asked) -> Any:
    if one.kind == "secret":
        return ""
    if asked is not None:
        return asked.get(one.name, "")
    value = getattr(thing, one.name, None)
    if one.kind == "json":
        return as_json({} if value is None else value, indented=True)
    return value if one.kind == "check" else "" if value is None else str(value)


def _json(one: Input, text: str) -> Any:
    try:
        return from_json(text) if text.strip() else {}
    except Unreadable as problem:
        raise wrong(one.name, str(problem)) from problem


def _number(one: Input, text: str) -> int:
    if not (text.strip().isdecimal() and len(text.strip()) < 9):
        raise wrong(one.name, _("Write a whole number, such as 12"))
    return int(text)
