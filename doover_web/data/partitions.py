"""Partitions of the message table: one a calendar month (UTC), and one for everything before 2025."""

from datetime import UTC, datetime

from django.db import connection, transaction

from doover_web.common.snowflake import first_id_of, ms_of

AHEAD_MONTHS = 3
FIRST = datetime(2025, 1, 1, tzinfo=UTC)


def month_start(moment: datetime, plus: int = 0) -> datetime:
    """The first moment of the month of `moment`, `plus` months later."""
    months = moment.year * 12 + moment.month - 1 + plus
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


def ensure_partition(moment: datetime) -> str:
    """Make the partition that holds `moment`, unless it is there. Returns its name."""
    start, end = month_start(moment), month_start(moment, 1)
    name = f"data_message_{start:%Y_%m}"
    low, high = (first_id_of(int(edge.timestamp()) * 1000) for edge in (start, end))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('data_message'))")  # two makers take turns
        cursor.execute(
            f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF data_message "
            f"FOR VALUES FROM ({low}) TO ({high}) WITH (fillfactor = 90)"
        )
    return name


def ensure_partition_of(message_id: int) -> str:
    return ensure_partition(datetime.fromtimestamp(ms_of(message_id) / 1000, tz=UTC))


def ensure_ahead(now: datetime, since: datetime = FIRST) -> list[str]:
    """Make every partition from `since` to some months from `now`. Returns their names. A partition that retention
    has dropped is made again when somebody writes to its month."""
    months = (now.year - since.year) * 12 + now.month - since.month + AHEAD_MONTHS
    return [ensure_partition(month_start(since, plus)) for plus in range(months + 1)]
