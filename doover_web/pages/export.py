"""A list as a CSV file, row by row."""

import csv
from collections.abc import Iterable, Sequence

from django.http import StreamingHttpResponse

# A spreadsheet takes a cell that begins so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def csv_response(name: str, head: Sequence[str], rows: Iterable[Sequence]) -> StreamingHttpResponse:
    """`rows` below `head`, streamed as `name`.csv."""
    writer = csv.writer(_Line())
    lines = (writer.writerow([_cell(value) for value in row]) for row in _with_head(head, rows))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _with_head(head: Sequence[str], rows: Iterable[Sequence]) -> Iterable[Sequence]:
    yield head
    yield from rows


def _cell(value) -> str:
    text = "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
