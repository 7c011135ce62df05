"""Who has seen alarms as they stand now: read for many at once."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from doover_web.common.snowflake import ms_of
from doover_web.data.alarm_journal import notes_on
from doover_web.data.models import AlarmNote
from doover_web.pages.words import from_ms

from .viewer.messages import names_of


class Standing(NamedTuple):
    """An alarm in the state that it entered at `since` (ms)."""

    agent_id: int
    alarm_id: int
    since: int


class Seen(NamedTuple):
    """Somebody has seen it so, and perhaps said something."""

    by: str
    at: datetime | None
    text: str


def seen_of(caller, alarms: Iterable[Standing]) -> dict[Standing, Seen]:
    """Those that somebody has seen; in as many queries however many there are. What was said of an earlier state of
    an alarm does not count."""
    listed = list(alarms)
    known = notes_on((one.agent_id, one.alarm_id) for one in listed) if listed else {}
    notes = {one: note for one in listed if (note := known.get(one[:2])) and note.since == one.since}
    names = names_of(caller, {note.author_id for note in notes.values()})
    zone = timezone.get_current_timezone()
    return {
        one: Seen(names.get(note.author_id, _("Somebody else")), from_ms(ms_of(note.id), zone), note.text)
        for one, note in notes.items()
    }


def is_seen() -> Exists:
    """Whether somebody has seen an alarm as it stands, for a query of alarms."""
    so = {"agent_id": OuterRef("agent_id"), "alarm_id": OuterRef("id"), "since": OuterRef("entered_state_ts")}
    return Exists(AlarmNote.objects.filter(**so))
