"""The pictures of cameras: the newest of each, and those of one camera by day (`ui-schema §18.1`)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import orjson
from django.utils import timezone

from doover_web.common.cameras import Camera
from doover_web.common.presence import mapping
from doover_web.common.snowflake import ID_MAX, first_id_of, ms_of
from doover_web.common.window import Window
from doover_web.data.access import Reach, ref_of
from doover_web.data.history import StoredMessage, list_messages
from doover_web.data.models import Channel
from doover_web.identity.permissions import Rights
from doover_web.pages import words

from .ui.cameras import REASONS, Still, picture_of, stills_of
from .ui.values import text_of
from .viewer.files import FileRow, file_rows

PAGE = 24
YEARS = range(2000, 2100)
VIDEO = "video/"


@dataclass(frozen=True, slots=True)
class Seen:
    """A camera with its newest picture; `is_hidden` where its history is not for the viewer."""

    camera: Camera
    still: Still | None
    is_hidden: bool


@dataclass(frozen=True, slots=True)
class Shot:
    """What a camera took once: all its files, and the one that stands for it in a list."""

    id: str
    at: datetime
    reason: str
    small: str
    files: Sequence[FileRow]

    @property
    def pictures(self) -> list[FileRow]:
        return [one for one in self.files if one.is_picture]

    @property
    def videos(self) -> list[FileRow]:
        return [one for one in self.files if one.kind.startswith(VIDEO)]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks of a camera's history; what is not known there counts as not asked for."""

    day: date | None = None
    reason: str = ""
    before: int | None = None
    shot: int | None = None


def cameras_at(found: Iterable[dict]) -> list[Camera]:
    """The cameras of a device as they are kept beside its `ui_state`."""
    return [Camera(**one) for one in found]


def newest_of(devices: Iterable[tuple[Reach, Iterable[Camera]]]) -> dict[int, list[Seen]]:
    """Every camera of these devices with its newest picture, by agent id, in two queries."""
    every = [(reach, list(cameras)) for reach, cameras in devices]
    stills = stills_of((reach, one.channel) for reach, cameras in every for one in cameras)
    return {
        reach.agent_id: [
            Seen(one, stills.get((reach.agent_id, one.channel)), not reach.rights & Rights.HISTORY) for one in cameras
        ]
        for reach, cameras in every
    }


def read_asked(query) -> Asked:
    """`?day=2026-11-30&reason=person&before=…&shot=…`."""
    try:
        day: date | None = date.fromisoformat(query.get("day", ""))
    except ValueError:
        day = None
    if day is not None and day.year not in YEARS:
        day = None
    reason = query.get("reason", "")
    return Asked(day, reason if reason in REASONS else "", _id(query.get("before")), _id(query.get("shot")))


def shots_of(reach: Reach, channel: Channel, asked: Asked) -> list[Shot]:
    """A page of a camera's pictures, the newest first, and one more if there are older ones."""
    window = Window(before=asked.before or ID_MAX, limit=PAGE + 1)
    if asked.day is not None:
        begin, end = _span(asked.day)
        window = Window(before=min(window.before or ID_MAX, end), after=begin - 1, limit=PAGE + 1)
    text = f'"reason": "{asked.reason}"' if asked.reason else ""
    return [_shot(reach.agent_id, one) for one in list_messages(channel, ref_of(reach, channel), window, text=text)]


def around(reach: Reach, channel: Channel, shot: int) -> tuple[Shot | None, Shot | None, Shot | None]:
    """The picture of that id, the one before it and the one after it."""
    ref = ref_of(reach, channel)
    back = list_messages(channel, ref, Window(before=shot + 1, limit=2))
    later = list_messages(channel, ref, Window(after=shot, limit=1))
    here = back[0] if back and back[0].id == shot else None
    before = (back[1:] if here else back)[:1]
    shots = (here, before[0] if before else None, later[0] if later else None)
    first, second, third = (_shot(reach.agent_id, one) if one else None for one in shots)
    return first, second, third


def _shot(agent_id: int, message: StoredMessage) -> Shot:
    said = mapping(orjson.loads(message.data))
    files = message.attached
    small = picture_of(said, files)
    reason = text_of(said.get("reason"))
    rows = file_rows(agent_id, files)
    address = next((row.address for row, one in zip(rows, files, strict=True) if one is small), "")
    at = words.from_ms(ms_of(message.id), timezone.get_current_timezone()) or timezone.localtime()
    return Shot(str(message.id), at, str(REASONS.get(reason, reason)), address, rows)


def _span(day: date) -> tuple[int, int]:
    """The ids of a day in the zone in force."""
    zone = timezone.get_current_timezone()
    midnights = (datetime(one.year, one.month, one.day, tzinfo=zone) for one in (day, day + timedelta(days=1)))
    begin, end = (first_id_of(int(one.timestamp() * 1000)) for one in midnights)
    return begin, end


def _id(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
