"""Gathering what happened at some devices: pages of lines out of the channels that say so, and the alarms' journal."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson
from django.db.models import OuterRef, Subquery

from doover_web.common.snowflake import ID_MAX, ID_MIN, first_id_of, now_ms
from doover_web.common.window import Window
from doover_web.data.access import Reach
from doover_web.data.alarm_journal import moves_of_many
from doover_web.data.many_agents import list_messages_of_many
from doover_web.data.models import Aggregate, AlarmMove, Channel
from doover_web.identity.permissions import Rights

from .ui.activity import ALARM, CHANNELS, KINDS, Entry, entry_of, hidden_in, tidy
from .ui.happenings import KINDS as TONES
from .ui.happenings import state_words
from .ui.spans import moment_of

PAGE, ROUNDS, MOST_NEW = 50, 6, 99


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for: kinds, a person, an application, a severity and up, a span in ms."""

    kind: str = ""
    who: str = ""
    app: str = ""
    severity: int = 0
    after: int | None = None
    before: int | None = None

    @property
    def is_narrow(self) -> bool:
        return bool(self.kind or self.who or self.app or self.severity or self.after or self.before)

    def takes(self, entry: Entry, names: Mapping[int, str]) -> bool:
        who = f"{entry.who} {names.get(entry.author_id, '')}".casefold()
        return (
            (not self.kind or entry.kind == self.kind)
            and (not self.app or entry.app == self.app)
            and (not self.severity or entry.severity >= self.severity)
            and (not self.who or self.who.casefold() in who)
        )


@dataclass(frozen=True, slots=True)
class Found:
    """The lines of a page, the newest first; `cursor` is where the next page goes on, None at the end."""

    entries: list[Entry]
    cursor: int | None


def read_wanted(query) -> Wanted:
    """The filters of an address. BadRequest for a time that is none."""
    severity = query.get("severity", "")
    text = {name: query.get(name, "").replace("\x00", "").strip()[:200] for name in ("kind", "who", "app")}
    return Wanted(
        kind=text["kind"] if text["kind"] in KINDS else "",
        who=text["who"],
        app=text["app"],
        severity=int(severity) if severity in ("5", "6", "7") else 0,
        after=moment_of(query.get("from", "")),
        before=moment_of(query.get("to", "")),
    )


def gather(reaches: Sequence[Reach], wanted: Wanted, names_of, before: int | None = None) -> Found:
    """A page of lines of these devices from before the id `before`. `names_of` gives the names of authors. The number
    of queries does not grow with the devices nor with what they said."""
    places, entries, cursor = _places(reaches, wanted), [], before
    for _round in range(ROUNDS):
        page, cursor = _round_of(reaches, places, wanted, cursor)
        names = names_of({entry.author_id for entry in page}) if wanted.who else {}
        entries += [entry for entry in page if wanted.takes(entry, names)]
        if cursor is None or len(entries) >= PAGE:
            break
    if len(entries) > PAGE:
        entries, cursor = entries[:PAGE], entries[PAGE - 1].id
    return Found(entries, cursor)


def every(reaches: Sequence[Reach], wanted: Wanted, names_of, most: int) -> Iterator[Entry]:
    """The lines one after the other, `most` at most."""
    cursor, left = None, most
    while left > 0:
        found = gather(reaches, wanted, names_of, cursor)
        yield from found.entries[:left]
        left, cursor = left - len(found.entries), found.cursor
        if cursor is None:
            return


def count_new(reaches: Sequence[Reach], wanted: Wanted, names_of, newest: int) -> int:
    """How many lines are younger than the id `newest`, counted up to the size of a page."""
    return sum(entry.id > newest for entry in gather(reaches, wanted, names_of).entries)


def _round_of(reaches, places, wanted: Wanted, before: int | None) -> tuple[list[Entry], int | None]:
    """The newest lines before an id. Where a channel's page is full, what lies below its end waits for the next round,
    so that lines of all channels come in one order."""
    window = _window(wanted, before)
    raw: list[Entry] = []
    floor, is_full, now = ID_MIN, False, now_ms()
    for name, channels in places.items():
        found = list_messages_of_many(channels, window, befores={}, each=None, fields=()).messages
        if len(found) == window.limit:
            floor, is_full = max(floor, min(one.id for one in found)), True
        made = (
            entry_of(name, one.channel.agent_id, one.id, one.author_id, orjson.loads(one.data), now) for one in found
        )
        raw += [entry for entry in made if entry is not None]
    if wanted.kind in ("", ALARM):
        moves = moves_of_many(reaches, window)
        if len(moves) == window.limit:
            floor, is_full = max(floor, moves[-1].id), True
        raw += [_of_move(move) for move in moves]
    hidden = _hidden({entry.agent_id for entry in raw if entry.name})
    kept = [entry for entry in tidy(raw, hidden) if entry.id >= floor]
    return kept, floor if is_full else None


def _window(wanted: Wanted, before: int | None) -> Window:
    after = ID_MIN if wanted.after is None else first_id_of(wanted.after) - 1
    end = ID_MAX if wanted.before is None else first_id_of(wanted.before)
    end = end if before is None else min(end, before)
    return Window(min(max(end, ID_MIN + 1), ID_MAX), min(max(after, ID_MIN), ID_MAX), PAGE)


def _places(reaches: Sequence[Reach], wanted: Wanted) -> dict[str, list[tuple[Reach, Channel]]]:
    """The channels that say what is wanted, by name; one query."""
    by_agent = {reach.agent_id: reach for reach in reaches if reach.rights & Rights.HISTORY}
    names = [name for name, kinds in CHANNELS.items() if not wanted.kind or wanted.kind in kinds]
    found: dict[str, list[tuple[Reach, Channel]]] = {}
    for channel in Channel.objects.filter(agent_id__in=list(by_agent), name__in=names):
        reach = by_agent[channel.agent_id]
        if not channel.is_private or reach.rights & Rights.PRIVATE:
            found.setdefault(channel.name, []).append((reach, channel))
    return found


def _hidden(agent_ids: set[int]) -> set[tuple[int, str, str]]:
    """The elements that these devices do not want to be told of; one query."""
    if not agent_ids:
        return set()
    state = Aggregate.objects.filter(agent_id=OuterRef("agent_id"), channel_id=OuterRef("id")).values("data")[:1]
    found = Channel.objects.filter(agent_id__in=agent_ids, name="ui_state").annotate(state=Subquery(state))
    return set(itertools.chain.from_iterable(hidden_in(one.agent_id, one.state) for one in found))


def _of_move(move: AlarmMove) -> Entry:
    words = f"{move.said} · {state_words(move.new_state)}" if move.name in move.said else f"{move.name}: {move.said}"
    return Entry(
        move.id, move.agent_id, ALARM, words, tone=TONES[move.new_state], severity=6 if move.new_state == "Alarm" else 5
    )
