"""How much the history of each channel takes, and how fast it grows.

Once a day a sample of each partition's pages tells which share of it each channel has; its size on disk, indexes
included, is then shared out. The cost is bounded by pages, not by rows, and what a small channel has may be off.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection, transaction

from .models import ChannelSize
from .retention import partitions

PAGES = 1_000  # of 8 KB, read of one partition
KEEP_DAYS = 60
GROWTH_DAYS = 7
SAMPLE = """
SELECT agent_id, channel_id, count(*), sum(pg_column_size(m.*))
FROM {table} m TABLESAMPLE SYSTEM ({percent}) REPEATABLE (7) GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Size:
    """Of one channel: about how many bytes and messages, and by how many bytes a day it grew; None: not known yet."""

    agent_id: int
    channel_id: int
    bytes: int
    messages: int
    growth: float | None


def measure(day: date) -> int:
    """Note the sizes of today; the number of channels. Old notes go."""
    found: dict[tuple[int, int], list[float]] = {}
    for partition in partitions():
        for key, size, rows in _share_out(partition.name):
            total = found.setdefault(key, [0.0, 0.0])
            total[0], total[1] = total[0] + size, total[1] + rows
    notes = [ChannelSize(agent_id=a, channel_id=c, day=day, bytes=s, messages=n) for (a, c), (s, n) in found.items()]
    with transaction.atomic():
        ChannelSize.objects.filter(day=day).delete()
        ChannelSize.objects.filter(day__lt=day - timedelta(days=KEEP_DAYS)).delete()
        ChannelSize.objects.bulk_create(notes, batch_size=2_000)
    return len(notes)


def sizes_of(agent_ids: Iterable[int]) -> list[Size]:
    """The newest sizes of the channels of these agents, the largest first."""
    ours = ChannelSize.objects.filter(agent_id__in=list(agent_ids))
    newest = ours.order_by("-day").values_list("day", flat=True).first()
    if newest is None:
        return []
    since = newest - timedelta(days=GROWTH_DAYS)
    before = ours.filter(day__gte=since, day__lt=newest).order_by("-day")  # the oldest of them wins below
    then = {(a, c): (size, day) for a, c, size, day in before.values_list("agent_id", "channel_id", "bytes", "day")}
    first = ours.filter(day__gte=since, day__lt=newest).order_by("day").values_list("day", flat=True).first()
    sizes = []
    for note in ours.filter(day=newest).order_by("-bytes"):
        growth = None
        if first is not None:
            was, day = then.get((note.agent_id, note.channel_id), (0, first))
            growth = (note.bytes - was) / (newest - day).days
        sizes.append(Size(note.agent_id, note.channel_id, note.bytes, note.messages, growth))
    return sizes


def _share_out(table: str) -> list[tuple[tuple[int, int], float, float]]:
    """Each channel in a partition with its share of the bytes on disk, and about how many messages it has there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_relation_size(%s::regclass) / 8192, pg_total_relation_size(%s::regclass)", [table, table]
        )
        pages, size = cursor.fetchone()
        if not pages:
            return []
        percent = min(100.0, 100.0 * PAGES / pages)
        cursor.execute(SAMPLE.format(table=table, percent=percent))
        rows = cursor.fetchall()
    seen = float(sum(weight for *_, weight in rows) or 1)
    return [((a, c), size * float(weight) / seen, math.ceil(count * 100 / percent)) for a, c, count, weight in rows]
