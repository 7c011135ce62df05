"""CSV → messages (pure). The columns are those that an export has; each row says for itself what is wrong with it.

`id`, or else `time_ms`, or else `time_utc` (ISO 8601) gives the moment. `data` is a whole JSON document; any other
column is a dotted path into one. A row without an id gets one from its moment and its content, so that importing the
same file again repeats nothing.
"""

import csv
import hashlib
import io
import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from doover_web.common import snowflake
from doover_web.common.message_key import id_of_message_key
from doover_web.common.wire import BadRequest, Refused, check_document, dump_json, parse_json

from .cells import ABSENT, value_of
from .requests import MAX_JSON_DEPTH, check_message_id, check_moment

MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 100_000, 200, 1_000_000
csv.field_size_limit(LONGEST_CELL)
KNOWN = {"id", "time_ms", "time_utc", "author_id", "edited_ms"}
MOMENTS = {"id", "time_ms", "time_utc"}
# An export of the first generation (`legacy-client-api §7.3`); its other columns tell where the messages came from.
FIRST_GENERATION = {"Key", "Timestamp (UTC)", "Payload"}


@dataclass(slots=True)
class Row:
    """A row of the file by its `number` (the head is 1): what it asks for, or what is wrong with it.

    `fields` are the paths that the row holds where it has an id and no whole document: of a message that is there
    already only these change.
    """

    number: int
    message_id: int | None = None
    data: Any = None
    problem: str = ""
    fields: tuple[tuple[str, Any], ...] = ()


@dataclass(slots=True)
class Table:
    head: list[str]
    rows: list[Row] = field(default_factory=list)


def read_csv(raw: bytes) -> Table:
    """The rows of a file. BadRequest when it cannot be read as a table at all."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise BadRequest("The file is not UTF-8. Save it as CSV UTF-8", code="bad_csv") from problem
    lines = _lines(text)
    head = [_name(cell) for cell in next(lines, (1, []))[1]]
    _check_head(head)
    table = Table(head)
    known: dict[int, int] = {}
    for number, cells in lines:
        if len(table.rows) >= MOST_ROWS:
            raise BadRequest(f"The file has more than {MOST_ROWS} rows. Split it", code="too_many_rows")
        row = _row(number, head, cells)
        if row.message_id is not None and not row.problem:
            first = known.setdefault(row.message_id, number)
            if first != number:
                row.problem = f"The same message as row {first}"
        table.rows.append(row)
    return table


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows with their numbers, empty ones left out. BadRequest where the quoting breaks."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            raise BadRequest(f"Row {number} cannot be read: {problem}", code="bad_csv") from problem
        if any(cells):
            yield number, cells


def _check_head(head: Sequence[str]) -> None:
    if not MOMENTS & set(head) and not _is_of_first_generation(head):
        raise BadRequest(
            "The first row must name the columns; one of id, time_ms and time_utc is needed", code="bad_csv"
        )
    if len(set(head)) < len(head) or "" in head:
        raise BadRequest("Every column needs a name of its own in the first row", code="bad_csv")
    if len(head) > MOST_COLUMNS or any(len(name) > 500 or "\x00" in name for name in head):
        raise BadRequest(f"Up to {MOST_COLUMNS} columns with names of up to 500 characters", code="bad_csv")
    if not set(head) - KNOWN:
        raise BadRequest("There is no column to import: add data, or columns named by paths", code="bad_csv")


def _name(cell: str) -> str:
    """The path that a column stands for, as the export wrote it."""
    value = value_of(cell.strip())
    return value if isinstance(value, str) else cell.strip()


def _row(number: int, head: Sequence[str], cells: Sequence[str]) -> Row:
    try:
        if len(cells) != len(head):
            raise BadRequest(f"{len(cells)} cells where the first row has {len(head)}")
        values = dict(zip(head, cells, strict=True))
        if _is_of_first_generation(values):
            values = _of_first_generation(values)
        data = _document(values)
        fields = tuple(_given(values).items()) if values.get("id") and not values.get("data") else ()
        return Row(number, _id(values, data), data, fields=fields)
    except Refused as refusal:
        return Row(number, problem=refusal.message)


def _is_of_first_generation(names: Collection[str]) -> bool:
    return FIRST_GENERATION.issubset(names) and MOMENTS.isdisjoint(names)


def _of_first_generation(values: dict[str, str]) -> dict[str, str]:
    """Its columns under the names of ours. A key made here holds the id; one of another server says nothing."""
    known = id_of_message_key(values["Key"])
    return {
        "id": "" if known is None else str(known),
        "time_utc": values["Timestamp (UTC)"],
        "data": values["Payload"],
    }


def _document(values: dict[str, str]) -> Any:
    given = _given(values)
    whole = values.get("data", "")
    if whole:
        document = parse_json(whole.encode(), max_depth=MAX_JSON_DEPTH)
        if not given:
            return document
        if not isinstance(document, dict):
            raise BadRequest("data is no object, so nothing can be put into it")
    elif not given:
        raise BadRequest("Nothing to import in this row")
    else:
        document = {}
    for path, value in given.items():
        document = _with(document, _keys(path), value)
    check_document(document, max_depth=MAX_JSON_DEPTH)
    return document


def _given(values: dict[str, str]) -> dict[str, Any]:
    """The columns that are paths, with what the row holds of them."""
    columns = {name: value_of(cell) for name, cell in values.items() if name not in KNOWN and name != "data"}
    return {name: value for name, value in columns.items() if value is not ABSENT}


def _keys(path: str) -> list[str]:
    keys = path.split(".")
    return [path] if len(keys) > MAX_JSON_DEPTH or "" in keys else keys


def _with(document: Any, keys: Sequence[str], value: Any) -> dict:
    """`document` with `value` at these keys; null is a value like any other."""
    below = document if isinstance(document, dict) else {}
    return {**below, keys[0]: _with(below.get(keys[0]), keys[1:], value) if len(keys) > 1 else value}


def _id(values: dict[str, str], data: Any) -> int:
    if text := values.get("id", ""):
        if not text.removeprefix("-").isdecimal() or not text.isascii() or len(text) > 20:
            raise BadRequest("id is no number")
        number = int(text)
        if not snowflake.ID_MIN < number <= snowflake.ID_MAX:
            raise BadRequest("id is no message id (a signed 64-bit number)")
        check_message_id(number)
        return number
    moment = _moment(values)
    check_moment(moment, "The time")
    content = hashlib.blake2b(dump_json(data), digest_size=4).digest()
    low = int.from_bytes(content, "big") & 0x3FFFF
    return snowflake.first_id_of(moment) | (low >> 4) << 8 | snowflake.MESSAGE << 4 | low & 15


def _moment(values: dict[str, str]) -> int:
    if text := values.get("time_ms", ""):
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number) or number != int(number):
            raise BadRequest("time_ms is no whole number of milliseconds since 1970")
        return int(number)
    if text := values.get("time_utc", ""):
        try:
            moment = datetime.fromisoformat(text)
            return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
        except (ValueError, OverflowError) as problem:
            raise BadRequest("time_utc looks like 2026-11-21T11:30:00.000Z") from problem
    raise BadRequest("The row has neither id, nor time_ms, nor time_utc")
