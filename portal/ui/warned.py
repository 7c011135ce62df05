"""The warnings that a device shows now, for lists: found in its `ui_state`, judged by its `tag_values`. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from doover_web.common.presence import mapping

from .lookups import Sources, is_true, resolve

KIND, DEEPEST, MOST = "uiWarningIndicator", 8, 50


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning: its application, and what hides it (its own `hidden` and those of what it stands in)."""

    app: str
    hidden: tuple[Any, ...]


def warnings_of(ui_state: Any) -> tuple[Warned, ...]:
    """The warnings that a page declares, shown or not."""
    state = mapping(mapping(ui_state).get("state"))
    if state.get("type") is not None:  # a document of the first generation without applications
        return tuple(_within("", state, (), 0))[:MOST]
    found = (one for app, part in mapping(state.get("children")).items() for one in _within(app, mapping(part), (), 0))
    return tuple(found)[:MOST]


def shown_of(warnings: tuple[Warned, ...], tags: Any) -> int:
    """How many of them are shown, by what the tags say."""
    sources = Sources(mapping(tags))
    return sum(not any(is_true(resolve(one, warned.app, sources)) for one in warned.hidden) for warned in warnings)


def _within(app: str, part: Mapping, hidden: tuple[Any, ...], depth: int) -> Iterator[Warned]:
    hidden = (*hidden, part["hidden"]) if part.get("hidden") not in (None, False) else hidden
    if part.get("type") == KIND:
        yield Warned(app, hidden)
    if depth < DEEPEST:
        for child in mapping(part.get("children")).values():
            yield from _within(app, mapping(child), hidden, depth + 1)
