"""What differs between two documents, line by line. Pure."""

import difflib
from dataclasses import dataclass
from typing import Any

import orjson

AROUND = 2  # lines that are the same, before and after those that differ
MOST_LINES = 4_000
LONGEST = 240


@dataclass(frozen=True, slots=True)
class Line:
    """`same`, `minus`, `plus`, or `skip` with how many lines are left out."""

    kind: str
    text: str = ""
    number: int = 0


def difference(before: Any, after: Any) -> list[Line]:
    """The lines of `after` beside those of `before`; empty when they are alike."""
    old, new = _lines(before), _lines(after)
    if old == new:
        return []
    found: list[Line] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found += _same(old[a:b], is_first=a == 0, is_last=b == len(old))
        else:
            found += [Line("minus", text) for text in old[a:b]] + [Line("plus", text) for text in new[c:d]]
    return found


def changes(lines: list[Line]) -> int:
    """How many places differ: runs of lines that are not the same."""
    marked = [line.kind in ("minus", "plus") for line in lines]
    return sum(now and not before for before, now in zip([False, *marked], marked, strict=False))


def _same(texts: list[str], *, is_first: bool, is_last: bool) -> list[Line]:
    head, tail = (0 if is_first else AROUND), (0 if is_last else AROUND)
    left_out = len(texts) - head - tail
    if left_out <= 1:
        return [Line("same", text) for text in texts]
    kept = [Line("same", text) for text in texts[:head]]
    return [*kept, Line("skip", number=left_out), *[Line("same", text) for text in texts[len(texts) - tail :]]]


def _lines(document: Any) -> list[str]:
    text = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode()
    return [line[:LONGEST] for line in text.split("\n")[:MOST_LINES]]
