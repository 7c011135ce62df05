"""Through the documents of a device: the elements of its page, the single values of its tags. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

LONGEST, DEEPEST = 80, 12


def elements_of(ui_state: Any) -> Iterator[tuple[str, Mapping]]:
    """Every element with the key of its application; its `name` is its key, its `way` the keys down to it."""
    state = ui_state.get("state") if isinstance(ui_state, Mapping) else None
    apps = state.get("children") if isinstance(state, Mapping) else None
    for app, tree in apps.items() if isinstance(apps, Mapping) else ():
        yield from _below(str(app), tree, DEEPEST)


def _below(app: str, node: Any, depth: int, way: tuple[str, ...] = ()) -> Iterator[tuple[str, Mapping]]:
    children = node.get("children") if isinstance(node, Mapping) and depth else None
    for name, child in children.items() if isinstance(children, Mapping) else ():
        if isinstance(child, Mapping):
            steps = (*way, str(name))
            yield app, {**child, "name": steps[-1][:LONGEST], "way": "/".join(steps)}
            yield from _below(app, child, depth - 1, steps)


def leaves_of(document: Mapping, path: str = "", depth: int = 4) -> Iterator[tuple[str, Any]]:
    """Every value that holds no others, by its path."""
    for key, value in document.items():
        below = f"{path}.{key}" if path else str(key)
        if isinstance(value, Mapping):
            if depth:
                yield from leaves_of(value, below, depth - 1)
        else:
            yield below, value
