"""The numbers and states in a document, by path: what can be charted.

A path is a literal top-level key, else keys joined by dots. Truth counts as 1 and 0. Numbers beyond 1e290 are left out:
sums of them would be no numbers any more.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

LARGEST = 1e290
LONGEST_PATH = 500
# `{v}` is the jsonb value at a path: its number, or NULL.
NUMBER = """CASE jsonb_typeof({v})
    WHEN 'number' THEN CASE WHEN abs({v}::numeric) < 1e290 THEN {v}::float8 END
    WHEN 'boolean' THEN {v}::boolean::int::float8 END"""
# `{v}`: its state as JSON text, or NULL: a truth value, or a string, of which the beginning counts.
LONGEST_STATE = 100
STATE = f"""CASE jsonb_typeof({{v}})
    WHEN 'string' THEN to_jsonb(left({{v}} #>> '{{{{}}}}', {LONGEST_STATE}))::text
    WHEN 'boolean' THEN {{v}}::text END"""
# `{data}` is a document, `{path}` the path, `{parts}` its keys.
VALUE = "COALESCE({data} -> {path}, {data} #> {parts})"


def leaves(document: Any, most: int, *, depth: int = 8) -> list[str]:
    """The paths of the numbers of a document, in its order, then those of its truth values; lists are left out."""
    found = list(itertools.islice(_paths(document, "", depth, _is_number), most * 4))
    return [path for path, _ in sorted(found, key=lambda one: one[1])][:most]


def states(document: Any, most: int, *, depth: int = 8) -> list[str]:
    """The paths of the strings and truth values of a document, in its order."""
    found = _paths(document, "", depth, lambda value: isinstance(value, bool | str))
    return [path for path, _ in itertools.islice(found, most)]


def _is_number(value: Any) -> bool:
    return isinstance(value, bool | int | float) and abs(value) < LARGEST


def _paths(value: Any, path: str, depth: int, counts: Callable[[Any], bool]) -> Iterator[tuple[str, bool]]:
    """Each path, and whether it holds a truth value."""
    if isinstance(value, dict):
        if depth:
            for key, below in value.items():
                # A key with a dot in it can be named at the top only, where the literal key is tried first.
                if key and ("." not in key or not (path or isinstance(below, dict))):
                    yield from _paths(below, f"{path}.{key}" if path else key, depth - 1, counts)
    elif path and len(path) <= LONGEST_PATH and counts(value):
        yield path, isinstance(value, bool)
