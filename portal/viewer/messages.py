"""The messages of a channel as a person reads them: filtered, named, a page at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from doover_web.common.snowflake import ID_MAX, ID_MIN, id_at, ms_of
from doover_web.common.window import Window, read_window
from doover_web.common.wire import BadRequest
from doover_web.data.access import ref_of
from doover_web.data.history import StoredMessage, list_messages
from doover_web.identity.models import Agent
from doover_web.pages import words

from .files import FileRow, file_rows
from .tree import in_whole, read_json

PAGE, MOST = 50, 200
LINE, WHOLE = 240, 20_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One message as it is drawn."""

    id: str
    moment: datetime
    author: str
    line: str
    whole: str
    is_cut: bool
    is_edited: bool
    files: Sequence[FileRow] = ()


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks of the messages: a span of time in the viewer's zone, a top-level key, a text."""

    start: str = ""
    end: str = ""
    key: str = ""
    text: str = ""

    @property
    def are_on(self) -> bool:
        return bool(self.start or self.end or self.key or self.text)

    def narrow(self, window: Window) -> Window:
        """The window within the span of time."""
        after, before = _first_id(self.start), _first_id(self.end)
        if after is not None and before is not None and after > before:
            raise BadRequest(_("From is later than To. Swap them"), code="bad_time")
        if after is not None:
            after = max(after - 1, ID_MIN) if window.after is None else max(after - 1, window.after)
        else:
            after = window.after
        if before is not None:
            before = before if window.before is None else min(before, window.before)
        else:
            before = window.before
        if self.start and window.after is None and before is None:
            before = ID_MAX  # a span that is open towards now is still read from its newest end
        return Window(before, after, window.limit)


def read_filters(query) -> Filters:
    """The filters of an address; BadRequest for a time that is none."""
    filters = Filters(
        *(query.get(name, "").replace("\x00", "").strip()[:200] for name in ("from", "to", "key", "text"))
    )
    _first_id(filters.start), _first_id(filters.end)
    return filters


def read_page(query) -> Window:
    """The part of the history that `before`, `after` and `limit` ask for."""
    return read_window(query, maximum=MOST, default=PAGE)


def find_messages(reach, channel, window: Window, filters: Filters) -> list[StoredMessage]:
    """The messages of a page. Refused with advice when the search takes too long."""
    key = (filters.key,) if filters.key else ()
    return list_messages(channel, ref_of(reach, channel), filters.narrow(window), fields=key, text=filters.text)


def entries_of(messages: Iterable[StoredMessage], names: dict[int, str]) -> list[Entry]:
    """Messages ready to be drawn, the newest first."""
    ordered = sorted(messages, key=lambda message: message.id, reverse=True)
    return [_entry(message, names.get(message.author_id, _("Somebody else"))) for message in ordered]


def names_of(caller, author_ids: Iterable[int]) -> dict[int, str]:
    """Who wrote: the names of agents that the caller sees and of people in the same organisations."""
    agents = Agent.objects.filter(id__in=set(author_ids))
    if not caller.is_superuser:
        mine = list(caller.organisations)
        agents = agents.filter(
            Q(organisation_id__in=mine)
            | Q(pk=caller.agent_id)
            | Q(as_user__memberships__organisation_id__in=mine)
            | Q(as_user__is_superuser=True)
        ).distinct()
    return {agent.id: agent.title for agent in agents.only("id", "name", "display_name")}


def pretty(text: bytes | str) -> str:
    """A document with an entry a line, its numbers as written."""
    return _write(read_json(text), "")


def one_line(value) -> str:
    """A document on one line, a space after every comma and colon."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{in_whole(key)}: {one_line(one)}" for key, one in value.items()) + "}"
    return f"[{', '.join(map(one_line, value))}]" if isinstance(value, list) else in_whole(value)


def _write(value, indent: str) -> str:
    inner = indent + "  "
    if isinstance(value, dict) and value:
        lines = [f"{inner}{in_whole(key)}: {_write(one, inner)}" for key, one in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(inner + _write(one, inner) for one in value) + f"\n{indent}]"
    return in_whole(value)


def _entry(message: StoredMessage, author: str) -> Entry:
    text = message.data.decode()
    is_cut = len(text) > WHOLE
    value = None if is_cut else read_json(text)
    line = text[: LINE + 1] if is_cut else one_line(value)
    moment = words.from_ms(ms_of(message.id), timezone.get_current_timezone())
    return Entry(
        id=str(message.id),
        moment=moment or datetime.min.replace(tzinfo=timezone.get_current_timezone()),
        author=author,
        line=line[:LINE] + ("…" if len(line) > LINE else ""),
        whole=text[:WHOLE] + "…" if is_cut else _write(value, ""),
        is_cut=is_cut,
        is_edited=message.edited_at is not None,
        files=file_rows(message.channel.agent_id, message.attached),
    )


def _first_id(text: str) -> int | None:
    """The first id of a moment written in the viewer's zone."""
    if not text:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise BadRequest(_("A time looks like 2026-11-21T11:30"), code="bad_time")
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    return id_at(int(moment.timestamp() * 1000))
