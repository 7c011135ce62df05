"""Queries in SQL of our own."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection


def ask(query: str, parameters: Sequence[Any] | Mapping[str, Any]) -> list[tuple]:
    """The rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()
