"""JSON → the rows of a tree. Pure; `static/js/tree-rules.js` folds and shortens alike."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from doover_web.pages import words

SHOWN_CHILDREN = 200
SHOWN_TEXT = 300
MOST_ROWS = 400
DEEPEST_CLASS = 9
# How many children a container may have to be open from the start, by its depth.
OPEN_UP_TO = {0: 30, 1: 5}
TITLES = ("displayString", "display_name", "APP_DISPLAY_NAME", "title", "label", "name")
TIME_KEY = re.compile(r"(^|_)(at|time|ts|timestamp|ping|online|until|since|eta|seen|read|updated|created|start|end)$")
S_RANGE = (946_684_800, 4_102_444_800)


class Digits(str):
    """A number exactly as it was written: no digit is lost to a float."""


@dataclass(slots=True)
class Node:
    """One row: a key, what stands beside it, and its children when it is open."""

    key: str
    path: tuple[str, ...]
    kind: str
    text: str = ""
    hint: str = ""
    size: int = 0
    is_open: bool = False
    is_focused: bool = False
    children: list["Node"] = field(default_factory=list)
    more: int = 0

    @property
    def level(self) -> int:
        return len(self.path)

    @property
    def css_level(self) -> int:
        return min(self.level - 1, DEEPEST_CLASS)

    @property
    def address(self) -> str:
        """The path as the end of an address."""
        return "/".join(quote(step, safe="") for step in self.path)

    @property
    def label(self) -> str:
        """What a screen reader says for this row."""
        return f"{self.key or _('empty key')}, {self.text}" if self.kind not in ("object", "array") else self.folded

    @property
    def folded(self) -> str:
        if self.kind == "array":
            inside = ngettext("%(count)s entry", "%(count)s entries", self.size)
        else:
            inside = ngettext("%(count)s key", "%(count)s keys", self.size)
        return f"{self.key or _('empty key')}, {inside % {'count': self.size}}"


def read_json(text: bytes | str) -> Any:
    """A document with its numbers kept as written."""
    return json.loads(text, parse_float=Digits, parse_int=Digits, parse_constant=Digits)


def draw(document: Any, now: datetime, focus: Sequence[str] = ()) -> tuple[list[Node], int]:
    """The rows of a document and how many are left out below it; `focus` is the path to open and mark."""
    pencil = _Pencil(now, tuple(focus))
    root = pencil.children_of(document, ())
    return root, max(0, len(document) - SHOWN_CHILDREN) if isinstance(document, dict | list) else 0


@dataclass(frozen=True, slots=True)
class Step:
    """A step of drawing a tree from top to bottom: a row, or the end of the children of one, `more` being left out."""

    node: Node | None = None
    more: int = 0


def steps_of(nodes: Sequence[Node]) -> Iterator[Step]:
    """A tree as one sequence, so that a template need not call itself for every level."""
    for node in nodes:
        yield Step(node)
        if node.children:
            yield from steps_of(node.children)
            yield Step(more=node.more)


def find_path(document: Any, address: str) -> tuple[str, ...]:
    """The path behind the end of an address, as far as it exists; keys may hold a slash."""
    steps, path, here = [step for step in address.split("/") if step], [], document
    while steps:
        for length in range(1, len(steps) + 1):
            key = "/".join(steps[:length])
            found, value = _step(here, key)
            if found:
                path.append(key)
                here, steps = value, steps[length:]
                break
        else:
            break
    return tuple(path)


def _step(value: Any, key: str) -> tuple[bool, Any]:
    if isinstance(value, dict) and key in value:
        return True, value[key]
    if isinstance(value, list) and key.isascii() and key.isdigit() and int(key) < len(value):
        return True, value[int(key)]
    return False, None


class _Pencil:
    """Draws nodes and counts them, so that a huge document stays a small page."""

    def __init__(self, now: datetime, focus: tuple[str, ...]):
        self.now, self.focus, self.rows = now, focus, 0

    def children_of(self, value: Any, path: tuple[str, ...]) -> list[Node]:
        if isinstance(value, dict):
            entries = list(value.items())
        else:
            entries = [(str(index), one) for index, one in enumerate(value)] if isinstance(value, list) else []
        wanted = self.focus[len(path)] if self._leads(path) and len(self.focus) > len(path) else None
        shown = entries[:SHOWN_CHILDREN] + [one for one in entries[SHOWN_CHILDREN:] if one[0] == wanted]
        return [self.node(key, one, (*path, key)) for key, one in shown]

    def node(self, key: str, value: Any, path: tuple[str, ...]) -> Node:
        self.rows += 1
        node = Node(key, path, kind_of(value), is_focused=path == self.focus)
        if isinstance(value, dict | list):
            node.size, node.hint = len(value), title_of(value)
            node.is_open = bool(value) and (self._leads(path) or self._opens(len(path), len(value)))
            if node.is_open:
                node.children = self.children_of(value, path)
                node.more = max(0, len(value) - SHOWN_CHILDREN)
        else:
            node.text, node.hint = in_short(value), time_hint(key, value, self.now)
        return node

    def _leads(self, path: tuple[str, ...]) -> bool:
        return bool(self.focus) and self.focus[: len(path)] == path

    def _opens(self, depth: int, size: int) -> bool:
        return size <= OPEN_UP_TO.get(depth - 1, 0) and self.rows + size <= MOST_ROWS


def kind_of(value: Any) -> str:
    """The type of a value, which is also its class in the stylesheet."""
    if isinstance(value, Digits):
        return "num"
    return {dict: "object", list: "array", str: "str", bool: "bool", type(None): "null"}.get(type(value), "num")


def in_short(value: Any) -> str:
    """A value as JSON, a long text cut short."""
    if isinstance(value, str) and not isinstance(value, Digits) and len(value) > SHOWN_TEXT:
        return in_whole(value[:SHOWN_TEXT])[:-1] + "…"
    return in_whole(value)


def in_whole(value: Any) -> str:
    """A text, a number, a truth, nothing, or an empty container as JSON."""
    return str(value) if isinstance(value, Digits) else json.dumps(value, ensure_ascii=False)


def title_of(value: Any) -> str:
    """The name that an object gives itself, to read it while it is folded."""
    if isinstance(value, dict):
        for key in TITLES:
            if isinstance(value.get(key), str) and not isinstance(value[key], Digits):
                return value[key][:80]
    return ""


def time_hint(key: str, value: Any, now: datetime) -> str:
    """The moment behind a number that looks like one: milliseconds by their size, seconds by their key as well. Long
    texts say how long they are."""
    if isinstance(value, str) and not isinstance(value, Digits):
        return f"{len(value)} characters" if len(value) > SHOWN_TEXT else ""
    if not isinstance(value, Digits) or not re.fullmatch(r"\d{9,13}(\.\d+)?", value):
        return ""
    number = float(value)
    if words.looks_like_ms(number):
        moment = words.from_ms(number, now.tzinfo)
    elif S_RANGE[0] <= number < S_RANGE[1] and TIME_KEY.search(key):
        moment = words.from_ms(number * 1000, now.tzinfo)
    else:
        return ""
    return words.clock(moment, now) if moment else ""
