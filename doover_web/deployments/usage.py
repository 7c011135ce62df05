"""Metering: what each organisation used on a day, counted once a night for the days that late messages may still reach.

Messages are counted where they are, so what retention or a person removed before the first count is not in it; what a
count found stays, whatever is removed afterwards.
"""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from doover_web.common.snowflake import first_id_of
from doover_web.identity.models import Organisation

from .models import UsageDay

DAYS = 3  # counted again, since messages may come late
FIELDS = ("devices", "messages", "bytes", "attachments", "attachment_bytes", "function_runs")
COUNTS = {
    ("devices",): """
        SELECT organisation_id, count(*) FROM identity_agent
        WHERE kind = 'device' AND created_at < %(end)s AND (archived_at IS NULL OR archived_at >= %(start)s)
        GROUP BY 1""",
    ("messages", "bytes"): """
        SELECT a.organisation_id, sum(m.n), sum(m.size) FROM (
            SELECT agent_id, count(*) AS n, sum(octet_length(data::text)) AS size FROM data_message
            WHERE id >= %(first)s AND id < %(last)s GROUP BY 1
        ) m JOIN identity_agent a ON a.id = m.agent_id GROUP BY 1""",
    ("attachments", "attachment_bytes"): """
        SELECT a.organisation_id, count(*), sum(b.size) FROM data_blob b JOIN identity_agent a ON a.id = b.agent_id
        WHERE b.id >= %(first)s AND b.id < %(last)s GROUP BY 1""",
    ("function_runs",): """
        SELECT a.organisation_id, count(*) FROM processors_invocation i
        LEFT JOIN processors_function f ON f.id = i.function_id
        JOIN identity_agent a ON a.id = coalesce(f.agent_id, i.task_agent_id)
        WHERE i.created_at >= %(start)s AND i.created_at < %(end)s GROUP BY 1""",
}


def measure(day: date) -> int:
    """Note what every organisation used on `day`; what was noted before only grows. Returns how many organisations."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    end = start + timedelta(days=1)
    between = {"start": start, "end": end, "first": _first_id(start), "last": _first_id(end)}
    found: dict[int, dict[str, int]] = defaultdict(dict)
    with connection.cursor() as cursor:
        for names, statement in COUNTS.items():
            cursor.execute(statement, between)
            for organisation_id, *values in cursor.fetchall():
                if organisation_id is not None:
                    found[organisation_id].update({name: int(value) for name, value in zip(names, values, strict=True)})
    there = Organisation.objects.filter(Q(created_at__lt=end) | Q(pk__in=list(found)))
    organisations = there.values_list("id", flat=True)
    now = timezone.now()
    before = {one.organisation_id: one for one in UsageDay.objects.filter(day=day)}
    rows = [
        UsageDay(organisation_id=one, day=day, measured_at=now, **_most(found.get(one, {}), before.get(one)))
        for one in organisations
    ]
    UsageDay.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["organisation", "day"],
        update_fields=[*FIELDS, "measured_at"],
        batch_size=1000,
    )
    return len(rows)


def days_to_measure(today: date) -> list[date]:
    """The days that messages may still reach, the oldest first."""
    return [today - timedelta(days=back) for back in range(DAYS, -1, -1)]


def _most(found: dict[str, int], before: UsageDay | None) -> dict[str, int]:
    """The figures of a count, none of them less than it was."""
    return {name: max(found.get(name, 0), getattr(before, name, 0)) for name in FIELDS}


def _first_id(moment: datetime) -> int:
    return first_id_of(int(moment.timestamp() * 1000))
