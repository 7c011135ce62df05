"""Search, sort and page: one rule for every list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator

PAGE_SIZE = 50
LONGEST_SEARCH = 200


@dataclass(frozen=True, slots=True)
class Listing:
    """What the address of a list asks for."""

    search: str
    sort: str
    descending: bool
    number: str

    def page(self, rows: Any) -> Page:
        """The page asked for of a list or a query; a number that is none or too high gives the nearest there is."""
        return Paginator(rows, PAGE_SIZE).get_page(self.number)

    def sorted(self, rows: list, keys: dict[str, Callable]) -> list:
        return sorted(rows, key=keys[self.sort], reverse=self.descending)


def read_listing(query, *, sorts: Sequence[str]) -> Listing:
    """`?search=…&sort=-seen&page=2` → a listing; an unknown sort is the first of `sorts`."""
    asked = query.get("sort", "")
    name = asked.removeprefix("-")
    known = name in sorts
    return Listing(
        search=query.get("search", "").replace("\x00", "").strip()[:LONGEST_SEARCH],
        sort=name if known else sorts[0],
        descending=known and asked.startswith("-"),
        number=query.get("page", "1"),
    )
