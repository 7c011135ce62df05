"""A document that a form asks for: drawn from a schema or as JSON, sent, and shown again with what is wrong."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from doover_web.control.config import Issue
from doover_web.data import schemas
from doover_web.pages.schema_form import Field, Form, changed_list, draw, read, unveil, veil
from doover_web.pages.schema_form.texts import Unreadable, as_json, from_json

Place = tuple[str | int, ...]
Judge = Callable[[dict], Iterable[Issue]]
SAVES = ("save", "deploy")


@dataclass
class Draft:
    """What somebody sent, and what came of it."""

    own: dict | None = None
    posted: dict | None = None
    errors: dict[Place, list[str]] = field(default_factory=dict)
    json: str | None = None
    problem: str = ""
    is_conflict: bool = False
    status: int = 200

    @property
    def is_good(self) -> bool:
        return self.own is not None and not self.errors and not self.problem


@dataclass
class Drawn:
    """What `_document.html` draws."""

    box: Field
    as_json: bool
    json: str
    unknown: list[str]
    wrong: list[tuple[str, str, str]]


def form_over(schema: dict) -> Form:
    """A form that judges the conditions of its schema as the server does."""
    return Form(schema, lambda document, condition: not schemas.faults(document, condition, most=1))


def sent(request, form: Form, stored: dict, *, faults: Judge, given: Mapping | None = None) -> Draft:
    """The document that a request brings, as form or as JSON; judged when it is to be saved."""
    if "json" in request.POST:
        draft = _sent_as_json(request.POST["json"], stored)
    else:
        draft = _sent_as_form(request, form, stored, given)
    if draft.is_good and draft.own is not None and request.POST.get("do") in SAVES:
        draft.errors = by_place(faults(draft.own))
    draft.status = 200 if draft.is_good else 400
    return draft


def drawn(
    request,
    form: Form,
    stored: dict,
    draft: Draft,
    *,
    layers: Sequence[tuple[str, Mapping]] = (),
    offered: Mapping[str, Sequence[tuple[str, str]]] | None = None,
) -> Drawn:
    """The document for a page: `stored`, or what the draft says of it."""
    own: Any = stored if draft.own is None else draft.own
    box = draw(form, own, layers=layers, errors=draft.errors, posted=draft.posted, offered=offered)
    text = draft.json if draft.json is not None else as_json(veil(form, form.schema, own), indented=True)
    return Drawn(
        box=box,
        as_json=draft.json is not None or request.GET.get("as") == "json" or not form.every(form.schema),
        json=text,
        unknown=sorted(own.keys() - form.every(form.schema).keys()),
        wrong=box.all_wrong + _elsewhere(box, draft),
    )


def by_place(issues: Iterable[Issue]) -> dict[Place, list[str]]:
    found: dict[Place, list[str]] = {}
    for one in issues:
        found.setdefault(one.place, []).append(one.message)
    return found


def _sent_as_form(request, form: Form, stored: dict, given: Mapping | None) -> Draft:
    posted, deed = dict(request.POST.lists()), request.POST.get("list", "")
    reading = read(form, posted, stored, given)
    if not deed or reading.errors:
        is_saved = request.POST.get("do") in SAVES
        errors = reading.errors if is_saved or deed else {}
        return Draft(own=reading.document if is_saved else reading.draft, posted=posted, errors=errors)
    changed, place = changed_list(reading.draft, deed)
    moved = "/".join(["c", *map(str, place)]) + "/"
    kept = {name: texts for name, texts in posted.items() if deed.startswith("add:") or not name.startswith(moved)}
    return Draft(own=changed, posted=kept)


def _sent_as_json(text: str, stored: dict) -> Draft:
    draft = Draft(json=text)
    try:
        document = unveil(from_json(text), stored)
    except Unreadable as problem:
        draft.problem = str(problem)
        return draft
    if isinstance(document, dict):
        draft.own = document
    else:
        draft.problem = _("Settings are one JSON object: write {…}")
    return draft


def _elsewhere(box: Field, draft: Draft) -> list[tuple[str, str, str]]:
    """What is wrong where the form has no input."""
    said = {words for _id, _label, words in box.all_wrong}
    lines = ((".".join(map(str, place)), words) for place, texts in draft.errors.items() for words in texts)
    return [("", place, words) for place, words in lines if words not in said]
