"""Where devices are: what they say themselves, else where they were put (`ui-schema §18.3`)."""

import itertools
from collections.abc import Iterator
from datetime import timedelta

import orjson
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from doover_web.common.places import Place, read_place
from doover_web.common.snowflake import first_id_of, ms_of, now_ms
from doover_web.common.window import Window
from doover_web.common.wire import NotFound
from doover_web.data.access import Reach, channel_to_read, ref_of
from doover_web.data.fleet_rows import LOCATION
from doover_web.data.history import list_messages
from doover_web.data.models import Badge
from doover_web.identity.models import Agent

MOST_POINTS = 10_000  # of one map
MOST_OF_TRACK = 1000
PERIODS = {"6h": 6, "24h": 24, "7d": 7 * 24, "30d": 30 * 24}


def placed(devices: QuerySet[Agent]) -> QuerySet[Agent]:
    """The devices with `lat`, `long`, the moment they said so (none where they were put), and their state."""
    return devices.annotate(
        lat=Coalesce("position__lat", "as_device__latitude"),
        long=Coalesce("position__long", "as_device__longitude"),
        accuracy=F("position__accuracy"),
        said_at=F("position__at"),
        state=Badge.objects.state_at(now_ms()),
    )


def located(devices: QuerySet[Agent]) -> QuerySet[Agent]:
    return placed(devices).filter(lat__isnull=False)


def nowhere(devices: QuerySet[Agent]) -> QuerySet[Agent]:
    return placed(devices).filter(lat__isnull=True)


def points_of(devices: QuerySet[Agent]) -> list[list]:
    """[id, title, lat, long, state] of those that are somewhere, for a map."""
    rows = located(devices).order_by("id").values_list("id", "name", "display_name", "lat", "long", "state")
    return [
        [str(id_), title or name, round(lat, 6), round(long, 6), state]
        for id_, name, title, lat, long, state in rows[:MOST_POINTS]
    ]


def track_of(reach: Reach, period: str) -> list[list]:
    """[lat, long, ms] of a device over the last hours, oldest first; of very many the newest. Empty without a channel
    of places; Forbidden without the right to history."""
    try:
        channel = channel_to_read(reach, LOCATION)
    except NotFound:
        return []
    since = timezone.now() - timedelta(hours=PERIODS.get(period, PERIODS["24h"]))
    window = Window(
        after=first_id_of(int(since.timestamp() * 1000)), before=first_id_of(now_ms() + 1), limit=MOST_OF_TRACK
    )
    found = list_messages(channel, ref_of(reach, channel), window)
    return _read_on([[place.lat, place.long, at] for place, at in _places(found)])[::-1]


def _read_on(way: list[list]) -> list[list]:
    """The points, the newest first, with longitudes read on from one to the next: a way across the antimeridian does
    not go round the earth."""
    for before, here in itertools.pairwise(way):
        here[1] += 360 * round((before[1] - here[1]) / 360)
    return way


def _places(messages: list) -> Iterator[tuple[Place, int]]:
    for message in messages:
        place = read_place(orjson.loads(message.data))
        if place is not None:
            yield place, ms_of(message.id)
