"""Before, after and limit: one rule for every list of history (`data-api §7.2`)."""

from dataclasses import dataclass, replace

from .snowflake import ID_MAX, ID_MIN
from .wire import BadRequest

DEFAULT_LIMIT = 50


@dataclass(frozen=True, slots=True)
class Window:
    """Ids strictly between `after` and `before`; the newest `limit` of them, newest first.

    With `after` alone it is the other way round: the oldest `limit`, oldest first (paging forward).
    """

    before: int | None = None
    after: int | None = None
    limit: int = DEFAULT_LIMIT

    @property
    def ascending(self) -> bool:
        return self.after is not None and self.before is None

    def backwards(self) -> "Window":
        """The same window for paging back from its newest, also when it has no `before`."""
        return replace(self, before=ID_MAX) if self.before is None else self


def read_window(query, *, maximum: int, default: int = DEFAULT_LIMIT) -> Window:
    """The window that `before`, `after` and `limit` of a query string ask for; BadRequest when they are not numbers."""
    limit = read_limit(query, "limit", maximum=maximum) or default
    before, after = (read_cursor(query.get(name), name) for name in ("before", "after"))
    return Window(before=before, after=after, limit=limit)


def read_limit(query, name: str, *, maximum: int) -> int | None:
    """How many at most, from 1 to `maximum`, as a query string says; None when it does not."""
    limit = _integer(query.get(name), name, "bad_limit")
    if limit is not None and not 1 <= limit <= maximum:
        raise BadRequest(f"{name} must be between 1 and {maximum}", code="bad_limit")
    return limit


def read_cursor(text: str | None, name: str) -> int | None:
    """A cursor as a query string has it; None for an empty one."""
    value = _integer(text, name, "bad_cursor")
    if value is not None and not ID_MIN <= value <= ID_MAX:
        raise BadRequest(f"{name} must be a message id (a signed 64-bit integer)", code="bad_cursor")
    return value


def _integer(text: str | None, name: str, code: str) -> int | None:
    if text is None or text == "":
        return None
    digits = text[1:] if text.startswith("-") else text
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 20:
        raise BadRequest(f"{name} must be an integer", code=code)
    return int(text)
