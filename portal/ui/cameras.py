"""The newest still of each camera, on a page of one device and of many, from the channels that cameras write to
(`ui-schema §18.1`)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import orjson
from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from doover_web.common.presence import mapping
from doover_web.common.snowflake import ID_MIN, first_id_of, ms_of, now_ms
from doover_web.data.access import Reach
from doover_web.data.attached import Attached, read_attached
from doover_web.data.links import path_to
from doover_web.data.models import Channel
from doover_web.identity.permissions import Rights
from doover_web.pages import words

from .element import Element
from .values import text_of

KINDS = {"uiCameraHistory", "uiCameraDetections", "uiCameraLiveView"}
PICTURES = ("image/jpeg", "image/png", "image/webp", "image/gif")
MOST = 24
REASONS = {
    "schedule": _("On schedule"),
    "manual": _("Asked for"),
    "person": _("Person"),
    "vehicle": _("Vehicle"),
    "intruder": _("Intruder"),
    "anpr": _("Number plate"),
    "ppe": _("Safety equipment"),
}
NEWEST = """
SELECT c.agent, c.id, m.id, m.data::text, m.attachments::text
FROM unnest(%(agents)s::bigint[], %(channels)s::bigint[], %(since)s::bigint[]) AS c(agent, id, since)
CROSS JOIN LATERAL (
    SELECT id, data, attachments FROM data_message
    WHERE agent_id = c.agent AND channel_id = c.id AND id >= c.since AND (expires_at IS NULL OR expires_at > %(now)s)
    ORDER BY id DESC LIMIT 1
) m
"""


@dataclass(frozen=True, slots=True)
class Still:
    """The newest picture of a camera: its address, when it was taken and why, and the page of the others."""

    address: str
    at: datetime | None
    reason: str
    others: str


def add_stills(reach: Reach, elements: Iterable[Element]) -> None:
    """Give the cameras among these their newest picture, in two queries; none without the right to history."""
    cameras = [one for one in elements if one.type in KINDS and not one.problem][:MOST]
    if not cameras or not reach.rights & Rights.HISTORY:
        return
    named = {text_of(one.props.get("cameraName")) or one.app_key for one in cameras}
    stills = stills_of([(reach, name) for name in named])
    for camera in cameras:
        camera.view = stills.get((reach.agent_id, text_of(camera.props.get("cameraName")) or camera.app_key))


def stills_of(wanted: Iterable[tuple[Reach, str]]) -> dict[tuple[int, str], Still]:
    """The newest still on each of these channels, in two queries, by agent and name; of those that may be read."""
    reaches = {(reach.agent_id, name): reach for reach, name in wanted if reach.rights & Rights.HISTORY}
    if not reaches:
        return {}
    known = Channel.objects.filter(
        agent_id__in={agent_id for agent_id, _ in reaches}, name__in={name for _, name in reaches}
    )
    channels = {
        (one.agent_id, one.id): one
        for one in known
        if (reach := reaches.get((one.agent_id, one.name))) and (not one.is_private or reach.rights & Rights.PRIVATE)
    }
    found = {}
    for agent_id, channel_id, *rest in _newest(channels.values()):
        name = channels[agent_id, channel_id].name
        found[agent_id, name] = _still(agent_id, name, *rest)
    return found


def _newest(channels: Collection[Channel]) -> list[tuple]:
    since = [ID_MIN if one.history_since is None else first_id_of(one.history_since) for one in channels]
    asked = {"agents": [one.agent_id for one in channels], "channels": [one.id for one in channels]}
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, {**asked, "since": since, "now": now_ms()})
        return cursor.fetchall()


def _still(agent_id: int, name: str, message_id: int, data: str, attachments: str | None) -> Still:
    said = mapping(orjson.loads(data))
    picture = picture_of(said, read_attached(attachments))
    address = path_to(agent_id, picture.id, picture.filename) if picture else ""
    reason = text_of(said.get("reason"))
    there = reverse("portal:camera", args=[agent_id, name])
    return Still(address, words.from_ms(ms_of(message_id)), str(REASONS.get(reason, reason)), there)


def picture_of(said, files: tuple[Attached, ...]) -> Attached | None:
    """The picture of the first view, else any that there is; a small one of it rather than a large one."""
    pictures = [one for one in files if one.content_type in PICTURES and one.size]
    media = said.get("media")
    first = mapping(media[0]) if isinstance(media, list) and media else {}
    for wanted in (first.get("thumbnail"), first.get("file")):
        if found := next((one for one in pictures if one.filename == wanted), None):
            return found
    return min(pictures, key=lambda one: one.size, default=None)
