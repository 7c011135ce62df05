"""Long answers, sent while they are made: a list as a CSV file, row by row, or any other text in parts."""

import csv
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

# A spreadsheet takes a cell that begins so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")  # begins like a formula, and is none


class Line:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def streamed(request: HttpRequest, parts: Iterable[str | bytes], content_type: str) -> StreamingHttpResponse:
    """`parts` one after the other, in constant memory under any server: handed a plain iterator, an asynchronous one
    would first make a list of everything. To HEAD nothing of them is sent."""
    if request.method == "HEAD":
        parts = ()
    content = _awaited(iter(parts)) if isinstance(request, ASGIRequest) else parts
    return StreamingHttpResponse(content, content_type=content_type)


async def _awaited(parts: Iterator) -> AsyncIterator:
    step = sync_to_async(lambda: next(parts, None))
    while (part := await step()) is not None:
        yield part


def csv_response(
    request: HttpRequest, name: str, head: Sequence[str], rows: Iterable[Sequence]
) -> StreamingHttpResponse:
    """`rows` below `head`, streamed as `name`.csv."""
    writer = csv.writer(Line())
    lines = (writer.writerow([_cell(value) for value in row]) for row in _with_head(head, rows))
    response = streamed(request, lines, "text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _with_head(head: Sequence[str], rows: Iterable[Sequence]) -> Iterable[Sequence]:
    yield head
    yield from rows


def _cell(value) -> str:
    text = "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)
    return f"'{text}" if text.startswith(FORMULA) and not NUMBER.fullmatch(text) else text
