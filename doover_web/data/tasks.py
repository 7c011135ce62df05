"""Jobs of the data plane, run by the worker's timetable."""

from celery import shared_task
from django.db import connection
from django.utils import timezone

from doover_web.common.snowflake import now_ms

from .alarm_timer import judge_due
from .partitions import ensure_ahead

SWEEP_ROWS = 5000
MOST_ROUNDS = 500  # of the timer in one run, far more than a quarter of a minute brings


@shared_task
def judge_due_alarms() -> int:
    """Judge the alarms whose state time alone may have changed."""
    judged = 0
    for _ in range(MOST_ROUNDS):
        found = judge_due(now_ms())
        judged += found
        if not found:
            break
    return judged


@shared_task
def make_partitions() -> int:
    """Make the message table's partitions for the months ahead."""
    return len(ensure_ahead(timezone.now()))


@shared_task
def sweep_expired() -> int:
    """Delete messages whose time to live is over, in small batches; they are hidden from the moment it ends."""
    removed = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM data_message m USING (SELECT agent_id, channel_id, id FROM data_message"
                " WHERE expires_at <= %s LIMIT %s) AS old"
                " WHERE m.agent_id = old.agent_id AND m.channel_id = old.channel_id AND m.id = old.id",
                [now_ms(), SWEEP_ROWS],
            )
            removed += cursor.rowcount
            if cursor.rowcount < SWEEP_ROWS:
                return removed
