"""The warnings that a device shows now, for lists: found in its `ui_state`, judged by its `tag_values`. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from doover_web.common.presence import mapping

from .lookups import Sources, bindings, is_true, resolve

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


def reads(warnings: tuple[Warned, ...], source: str) -> bool:
    """Whether any of them is hidden by what `source` (tag, cmds, config) says."""
    return any(one.source == source for warned in warnings for one in bindings(list(warned.hidden)))


def settled(warnings: tuple[Warned, ...], config: Any) -> tuple[Warned, ...]:
    """The same, with what `deployment_config` says in the place of what reads it."""
    sources = Sources(config=mapping(mapping(config).get("applications")))

    def said(value: Any, app: str) -> Any:
        return resolve(value, app, sources) if reads((Warned(app, (value,)),), "config") else value

    return tuple(Warned(one.app, tuple(said(value, one.app) for value in one.hidden)) for one in warnings)


def shown_of(warnings: tuple[Warned, ...], tags: Any, commands: Any = None) -> int:
    """How many of them are shown, by what tags and controls say."""
    sources = Sources(mapping(tags), mapping(commands))
    return sum(not any(is_true(resolve(one, warned.app, sources)) for one in warned.hidden) for warned in warnings)


def _within(app: str, part: Mapping, hidden: tuple[Any, ...], depth: int) -> Iterator[Warned]:
    hidden = (*hidden, part["hidden"]) if part.get("hidden") not in (None, False) else hidden
    if part.get("type") == KIND:
        yield Warned(app, hidden)
    if depth < DEEPEST:
        for child in mapping(part.get("children")).values():
            yield from _within(app, mapping(child), hidden, depth + 1)
