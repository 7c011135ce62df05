"""Every address that the project answers at, as the resolver and the APIs know them."""

from collections.abc import Iterator

from django.urls import URLPattern, get_resolver, resolve
from ninja.operation import PathView

from .lines import Line


def known() -> Iterator[tuple[str, str]]:
    """Route and method of everything there is; the method is "*" where a view does not tell."""
    for route, pattern in _patterns(get_resolver().url_patterns, ""):
        if pattern.name == "api-root":  # django-ninja adds it; ours stands before it
            continue
        yield from ((route, method) for method in methods_of(pattern.callback))


def methods_of(view) -> list[str]:
    """The methods of a JSON API's operations; a page answers to what its lines say."""
    path_view = _path_view(view)
    if path_view is None:
        return ["*"]
    return sorted({method for operation in path_view.operations for method in operation.methods})


def asked(line: Line, path: str) -> tuple[str, str]:
    """Which of them a line is about."""
    match = resolve(path.partition("?")[0])
    return match.route, line.method if _path_view(match.func) else "*"


def _path_view(view) -> PathView | None:
    """The operations behind a view of django-ninja, which hides them in what its wrapper closes over."""
    for cell in getattr(view, "__closure__", None) or ():
        if isinstance(cell.cell_contents, PathView):
            return cell.cell_contents
    return None


def _patterns(patterns, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        part = str(pattern.pattern)
        route = prefix + (part.removeprefix("^") if prefix else part)  # as the resolver joins them
        if isinstance(pattern, URLPattern):
            yield route, pattern
        else:
            yield from _patterns(pattern.url_patterns, route)
