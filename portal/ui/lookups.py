"""Bindings of a tree to what a device says: `$tag.app().level:number:null` and a document in, a value out
(`ui-schema §3`). Pure; whatever stands in a document, nothing here fails."""

import ast
import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

LOOKUP = re.compile(r"(!?)\$(tag|cmds|config)\.([^:]+)(?::([^:]*)(?::(.*))?)?", re.DOTALL)
YES = ("true", "1", "yes")
PYTHON_WORDS = {"True": True, "False": False, "None": None}
LONGEST, DEEPEST, LARGEST = 10_000, 20, 1e300
MOST_STEPS = 64  # of a path: each is tried alone and with those after it


@dataclass(frozen=True, slots=True)
class Lookup:
    """A binding: `source` is `tag`, `cmds` or `config`, `path` its segments, `app()` being the owning application."""

    source: str
    path: tuple[str, ...]
    type: str = ""
    default: str | None = None
    negated: bool = False

    def steps(self, app_key: str) -> tuple[str, ...]:
        """The path in the document of its source, for an element that `app_key` owns."""
        return tuple(app_key if step == "app()" else step for step in self.path)

    def key(self, app_key: str) -> str:
        """The path as history and alarms name it: `tank_1.level_pct`."""
        return ".".join(self.steps(app_key))


@dataclass(frozen=True, slots=True)
class Sources:
    """The states that bindings read: `tag_values`, `ui_cmds`, and the applications of `deployment_config`."""

    tag: Mapping = field(default_factory=dict)
    cmds: Mapping = field(default_factory=dict)
    config: Mapping = field(default_factory=dict)


@functools.lru_cache(maxsize=8192)
def parse(text: str) -> Lookup | None:
    """The binding that a whole string is; None for any other text, also one with a binding somewhere in it."""
    if len(text) > LONGEST or not (found := LOOKUP.fullmatch(text)):
        return None
    negated, source, path, kind, default = found.groups()
    steps = tuple(path.split("."))
    return Lookup(source, steps, (kind or "").strip(), default, bool(negated)) if all(steps) else None


def resolve(value: Any, app_key: str, sources: Sources, depth: int = 0) -> Any:
    """`value` with every binding in it, at any depth, replaced by what it reads."""
    if isinstance(value, str):
        found = parse(value) if value.startswith(("$", "!$")) else None
        return read(found, app_key, sources) if found else value
    if not isinstance(value, dict | list):
        return value
    if depth >= DEEPEST:
        return None
    if isinstance(value, dict):
        return {key: resolve(one, app_key, sources, depth + 1) for key, one in value.items()}
    return [resolve(one, app_key, sources, depth + 1) for one in value]


def read(lookup: Lookup, app_key: str, sources: Sources) -> Any:
    """What one binding reads: the value at its path, else its default, in its type."""
    found = walk(getattr(sources, lookup.source), lookup.steps(app_key))
    if found is None and lookup.default is not None:
        found = default_of(lookup.type, lookup.default)
    found = _in_type(found, lookup.type)
    return not is_true(found) if lookup.negated else found


def bindings(value: Any, depth: int = 0) -> Iterator[Lookup]:
    """Every binding in a document, at any depth."""
    if isinstance(value, str):
        found = parse(value) if value.startswith(("$", "!$")) else None
        if found:
            yield found
    elif isinstance(value, dict | list) and depth < DEEPEST:
        for one in value.values() if isinstance(value, dict) else value:
            yield from bindings(one, depth + 1)


def walk(document: Any, steps: tuple[str, ...]) -> Any:
    """The value at a path; where a step is missing, longer keys with dots are tried. None without one."""
    if not steps:
        return document
    if not isinstance(document, Mapping) or len(steps) > MOST_STEPS:
        return None
    for taken in range(1, len(steps) + 1):
        key = ".".join(steps[:taken])
        if key in document and (found := walk(document[key], steps[taken:])) is not None:
            return found
    return None


@functools.lru_cache(maxsize=4096)
def _read_default(kind: str, text: str) -> Any:
    if kind == "boolean":
        return text.split(":", 1)[0].strip().lower() in YES
    if kind == "string":
        if text == "null":
            return None
        parsed = _json(text) if text.startswith('"') else text
        return parsed if isinstance(parsed, str) else text
    if text in PYTHON_WORDS:
        return PYTHON_WORDS[text]
    parsed = _json(text)
    return _python(text) if parsed is _UNREADABLE else parsed


def default_of(kind: str, text: str) -> Any:
    """What a default says: JSON, or as Python writes it, else the text itself."""
    found = _read_default(kind, text)
    # Lists and objects are handed out afresh: the cache's own must not be changed by anybody.
    return orjson.loads(orjson.dumps(found)) if isinstance(found, dict | list) else found


def is_true(value: Any) -> bool:
    """A value read as yes or no: the three words, otherwise ordinary truth."""
    return value.strip().lower() in YES if isinstance(value, str) else bool(value)


def number(value: Any) -> float | int | None:
    """The finite number that a value is, as a number, as text or as a truth; None for anything else."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        try:
            value = int(value) if re.fullmatch(r"\s*-?[0-9]{1,18}\s*", value) else float(value)
        except ValueError:
            return None
    return value if isinstance(value, int | float) and -LARGEST <= value <= LARGEST else None


_UNREADABLE = object()


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return _UNREADABLE


def _python(text: str) -> Any:
    """A list or an object as Python writes it; any other text is itself."""
    if not text.lstrip().startswith(("[", "{", "(", "'")):
        return text
    try:
        parsed = ast.literal_eval(text)
        return orjson.loads(orjson.dumps(parsed))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text


def _in_type(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == "number":
        found = number(value)
        return value if found is None else found
    if kind == "boolean":
        return is_true(value)
    if kind == "string":
        return _text(value)
    return value


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return str(value)
