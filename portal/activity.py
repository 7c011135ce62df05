"""Gathering what happened at devices: pages of lines out of the messages that say so, and the alarms' journal. What a
page costs depends neither on how many devices there are nor on how much they said."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from django.utils import timezone

from doover_web.common.snowflake import ID_MAX, ID_MIN, first_id_of, now_ms
from doover_web.common.window import Window
from doover_web.data import happenings
from doover_web.data.access import Reach, reach_agents
from doover_web.data.happenings import Around, Kind, Place
from doover_web.data.models import AlarmMove
from doover_web.identity.auth import Caller
from doover_web.identity.permissions import Rights

from .ui.activity import ALARM, COMMAND, CONNECTION, EVENT, KINDS, NOTIFICATION, SETTING, Entry, entry_of, tidy, told_by
from .ui.happenings import KINDS as TONES
from .ui.names import NOTHING, names_at
from .ui.naming import Names
from .ui.spans import moment_of

PAGE, ROUNDS = 50, 6
# Where the lines of each kind are to be found.
PLACES = {
    COMMAND: Kind.COMMAND,
    SETTING: Kind.COMMAND,
    NOTIFICATION: Kind.NOTIFICATION,
    CONNECTION: Kind.CONNECTION,
    EVENT: Kind.EVENT,
    ALARM: Kind.ALARM,
}
GRAVE, OF_APPS = {NOTIFICATION, ALARM}, {COMMAND, SETTING, NOTIFICATION}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for: kinds, a person, an application, a severity and up, a span in ms."""

    kind: str = ""
    who: str = ""
    app: str = ""
    severity: int = 0
    after: int | None = None
    before: int | None = None
    newer_than: int | None = None  # an id

    @property
    def is_narrow(self) -> bool:
        return bool(self.kind or self.who or self.app or self.severity or self.after or self.before)

    @property
    def is_picky(self) -> bool:
        """Whether many a line may have to be read to find one."""
        return bool(self.who or self.app or self.severity or self.kind in (COMMAND, SETTING))

    @property
    def places(self) -> set[int]:
        """Where such lines may be."""
        kinds = {self.kind} if self.kind else set(KINDS)
        kinds &= GRAVE if self.severity else kinds
        return {int(PLACES[kind]) for kind in kinds & (OF_APPS if self.app else kinds)}

    def takes(self, entry: Entry, authors: Mapping[int, str], names: Names | None) -> bool:
        who = f"{entry.who} {authors.get(entry.author_id, '')}".casefold()
        app = names.apps.get(entry.app, "") if names else ""
        return (
            (not self.kind or entry.kind == self.kind)
            and (not self.app or self.app.casefold() in (entry.app.casefold(), app.casefold()))
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


def gather(caller: Caller, around: Around, wanted: Wanted, authors_of, before: int | None = None, most=PAGE) -> Found:
    """A page of lines of these devices from before the id `before`. `authors_of` gives the names of authors. The number
    of queries does not grow with the devices nor with what they said."""
    entries: list[Entry] = []
    names: dict[int, Names] = {}
    cursor = before
    for _round in range(ROUNDS):
        found, cursor = _round_of(caller, around, wanted, authors_of, names, cursor, most)
        entries += found
        if cursor is None or len(entries) >= most:
            break
    if len(entries) > most:
        cursor = entries[most - 1].id
        entries = [entry for entry in entries if entry.id >= cursor]
    now = timezone.localtime()
    told = [told_by(entry, names.get(entry.agent_id, NOTHING), now) for entry in entries]
    return Found(told, cursor)


def every(caller: Caller, around: Around, wanted: Wanted, authors_of, most: int) -> Iterator[list[Entry]]:
    """The lines page by page, `most` at most."""
    cursor, left = None, most
    while left > 0:
        found = gather(caller, around, wanted, authors_of, cursor, most=PAGE * 4)
        yield found.entries[:left]
        left, cursor = left - len(found.entries), found.cursor
        if cursor is None:
            return


def count_new(caller: Caller, around: Around, wanted: Wanted, authors_of, newest: int) -> int:
    """How many lines are younger than the id `newest`, counted up to the size of a page."""
    return len(gather(caller, around, replace(wanted, newer_than=newest), authors_of).entries[:PAGE])


def _round_of(caller, around, wanted: Wanted, authors_of, names: dict[int, Names], before: int | None, most: int):
    """The newest lines before an id, and where the next round goes on; `names` learns what devices call things."""
    enough = happenings.SCANNED // 2 if wanted.is_picky else most
    stretch = happenings.newest(around, _window(wanted, before), wanted.places, enough)
    stretch = happenings.cut_to(stretch, max(2 * enough, 20))
    reaches = reach_agents(caller, {place.agent_id for place in stretch.places})
    raw = _entries_at(stretch.places, {key: one for key, one in reaches.items() if one.rights & Rights.HISTORY})
    names |= names_at({entry.agent_id for entry in raw if entry.kind not in (CONNECTION, EVENT)} - names.keys())
    authors = authors_of({entry.author_id for entry in raw}) if wanted.who else {}
    kept = [entry for entry in tidy(raw, names) if wanted.takes(entry, authors, names.get(entry.agent_id))]
    return kept, stretch.floor


def _entries_at(places: list[Place], reaches: dict[int, Reach]) -> list[Entry]:
    now = now_ms()
    said = (
        entry_of(one.channel, one.agent_id, one.id, one.author_id, one.data, now)
        for one in happenings.messages_at(places, reaches)
    )
    moves = happenings.moves_at(places, reaches)
    return [*(entry for entry in said if entry is not None), *map(_of_move, moves)]


def _window(wanted: Wanted, before: int | None) -> Window:
    after = ID_MIN if wanted.after is None else first_id_of(wanted.after) - 1
    after = max(after, ID_MIN if wanted.newer_than is None else wanted.newer_than)
    end = ID_MAX if wanted.before is None else first_id_of(wanted.before)
    end = end if before is None else min(end, before)
    return Window(min(max(end, ID_MIN + 1), ID_MAX), min(max(after, ID_MIN), ID_MAX), PAGE)


def _of_move(move: AlarmMove) -> Entry:
    words = move.said if move.said.startswith(f"{move.name}: ") else f"{move.name}: {move.said}"
    severity = move.severity or (6 if move.new_state == "Alarm" else 5)
    tone = TONES[move.new_state]
    known = {"tone": tone, "severity": severity, "value": move.new_state, "of_connection": move.of_connection}
    return Entry(move.id, move.agent_id, ALARM, words, **known)
