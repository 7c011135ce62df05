"""The newest still of each camera on a page, from the channels that cameras write to (`ui-schema §18.1`)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import orjson
from django.db import connection
from django.urls import reverse

from doover_web.common.presence import mapping
from doover_web.common.snowflake import ms_of, now_ms
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
NEWEST = """
SELECT c.id, m.id, m.data::text, m.attachments::text
FROM unnest(%(channels)s::bigint[]) AS c(id)
CROSS JOIN LATERAL (
    SELECT id, data, attachments FROM data_message
    WHERE agent_id = %(agent)s AND channel_id = c.id AND (expires_at IS NULL OR expires_at > %(now)s)
    ORDER BY id DESC LIMIT 1
) m
"""


@dataclass(frozen=True, slots=True)
class Still:
    """The newest picture of a camera: its address, when it was taken and why, and where the others are."""

    address: str
    at: datetime | None
    reason: str
    channel: str


def add_stills(reach: Reach, elements: Iterable[Element]) -> None:
    """Give the cameras among these their newest picture, in two queries; none without the right to history."""
    cameras = [one for one in elements if one.type in KINDS and not one.problem][:MOST]
    if not cameras or not reach.rights & Rights.HISTORY:
        return
    named = {text_of(one.props.get("cameraName")) or one.app_key for one in cameras}
    found = Channel.objects.filter(agent_id=reach.agent_id, name__in=named)
    names = dict((found if reach.rights & Rights.PRIVATE else found.public()).values_list("id", "name"))
    stills = {names[channel]: _still(reach.agent_id, names[channel], *rest) for channel, *rest in _newest(reach, names)}
    for camera in cameras:
        camera.view = stills.get(text_of(camera.props.get("cameraName")) or camera.app_key)


def _newest(reach: Reach, names: dict[int, str]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, {"agent": reach.agent_id, "channels": list(names), "now": now_ms()})
        return cursor.fetchall()


def _still(agent_id: int, name: str, message_id: int, data: str, attachments: str | None) -> Still:
    said = mapping(orjson.loads(data))
    picture = _picture(said, read_attached(attachments))
    address = path_to(agent_id, picture.id, picture.filename) if picture else ""
    channel = f"{reverse('portal:channels', args=[str(agent_id)])}/{name}/"
    return Still(address, words.from_ms(ms_of(message_id)), text_of(said.get("reason")), channel)


def _picture(said, files: tuple[Attached, ...]) -> Attached | None:
    """The picture of the first view, else any that there is; a small one of it rather than a large one."""
    pictures = [one for one in files if one.content_type in PICTURES]
    media = said.get("media")
    first = mapping(media[0]) if isinstance(media, list) and media else {}
    for wanted in (first.get("thumbnail"), first.get("file")):
        if found := next((one for one in pictures if one.filename == wanted), None):
            return found
    return min(pictures, key=lambda one: one.size, default=None)
