"""A value in a cell of a CSV file and back, exactly (pure).

Numbers, truth values, lists and objects are written as JSON; text stands as it is, unless it could be taken for one of
those: then it is JSON text in quotes. An absent value is an empty cell. A spreadsheet would run text that begins like a
formula, so that gets an apostrophe in front, which is taken away again.
"""

from typing import Any

import orjson

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
ABSENT = object()


def cell_of(value: Any) -> str:
    """A JSON value, or ABSENT, as a cell."""
    if value is ABSENT:
        return ""
    if not isinstance(value, str):
        return orjson.dumps(value).decode()
    text = value if value.strip() == value and value and _reads_as_text(value) else orjson.dumps(value).decode()
    return f"'{text}" if _needs_guard(text) else text


def value_of(cell: str) -> Any:
    """What a cell stands for: a JSON value or ABSENT."""
    if cell == "":
        return ABSENT
    if cell.startswith("'") and _needs_guard(cell[1:]):
        return cell[1:]
    return _parsed(cell)


def _needs_guard(text: str) -> bool:
    """Whether text begins like a formula, or like one that has been guarded already."""
    return text.lstrip("'").startswith(FORMULA)


def _reads_as_text(text: str) -> bool:
    return _parsed(text) is text or _needs_guard(text)


def _parsed(text: str) -> Any:
    """The JSON value that a text spells; the text itself when it spells none."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
