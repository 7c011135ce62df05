"""An entry of a list is added, taken out or moved, before anything is saved. Pure."""

import copy
from collections.abc import Mapping
from typing import Any

from .nodes import ORIGIN, Place


def changed_list(document: Mapping, deed: str) -> tuple[dict, Place]:
    """`document` after a button of a list, such as `add:c/sensors`, `remove:c/sensors/0` or `up:c/sensors/1`, and the
    place of the list. What the document has no place for changes nothing."""
    verb, _, name = deed.partition(":")
    place: list[Any] = [step.replace("~1", "/").replace("~0", "~") for step in name.split("/")[1:]]
    index = int(place.pop()) if verb != "add" and place and place[-1].isdecimal() and len(place[-1]) < 5 else None
    made = copy.deepcopy(dict(document))
    listed = _reached(made, place, is_made=verb == "add")
    if isinstance(listed, list):
        _change(listed, verb, index)
    return made, tuple(place)


def _change(listed: list, verb: str, index: int | None) -> None:
    if verb == "add":
        listed.append({ORIGIN: ""})
    elif index is not None and index < len(listed):
        taken = listed.pop(index)
        if verb == "up":
            listed.insert(max(index - 1, 0), taken)
        elif verb != "remove":
            listed.insert(index, taken)


def without_origins(value: Any) -> Any:
    """A draft as it is stored: without the notes of where the entries of its lists came from."""
    if isinstance(value, dict):
        return {key: without_origins(inner) for key, inner in value.items() if key != ORIGIN}
    return [without_origins(inner) for inner in value] if isinstance(value, list) else value


def _reached(document: dict, place: list, *, is_made: bool) -> Any:
    here: Any = document
    for number, step in enumerate(place):
        if isinstance(here, list):
            here = here[int(step)] if step.isdecimal() and len(step) < 5 and int(step) < len(here) else None
        elif isinstance(here, dict):
            if is_made and not isinstance(here.get(step), dict | list):
                here[step] = [] if number == len(place) - 1 else {}
            here = here.get(step)
        else:
            return None
    return here
