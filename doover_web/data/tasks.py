"""Jobs of the data plane, run by the worker's timetable."""

from celery import shared_task
from django.db import connection, transaction
from django.utils import timezone

from doover_web.common.snowflake import first_id_of, now_ms

from . import alarm_journal, happenings, imports, pyramid, retention, sizes
from .alarm_timer import judge_due
from .leftovers import forget_logs, remove_forgotten, take_off_lost
from .marks import mark
from .partitions import ensure_ahead

SWEEP_ROWS = 5000
ROLL_UP_SECONDS = 50
LET_GO_SECONDS = 900
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
    return len(ensure_ahead(timezone.now(), since=timezone.now()))


@shared_task(time_limit=1800)
def let_go() -> None:
    """Remove messages past retention, and give the space of whole months back."""
    retention.let_go(seconds=LET_GO_SECONDS)


@shared_task(time_limit=1800)
def measure_storage() -> None:
    """Note how much the history of each channel takes today."""
    sizes.measure(timezone.now().date())


@shared_task
def sweep_expired() -> int:
    """Delete messages whose time to live is over, in small batches; they are hidden from the moment it ends."""
    removed = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM data_message m USING (SELECT agent_id, channel_id, id FROM data_message"
                " WHERE expires_at <= %s LIMIT %s) AS old"
                " WHERE m.agent_id = old.agent_id AND m.channel_id = old.channel_id AND m.id = old.id"
                " RETURNING m.agent_id, m.channel_id, m.id",
                [now_ms(), SWEEP_ROWS],
            )
            gone = cursor.fetchall()
            mark(connection.connection, (), gone)
        removed += len(gone)
        if len(gone) < SWEEP_ROWS:
            return removed


@shared_task(time_limit=3600)
def run_csv_import(job_id: int) -> None:
    """Bring a long CSV file into a channel."""
    imports.run_import(job_id)


@shared_task
def resume_csv_imports() -> int:
    """Hand jobs that a dead worker left to a living one."""
    stale = imports.stale_imports()
    for job_id in stale:
        run_csv_import.delay(job_id)
    return len(stale)


@shared_task(time_limit=300)
def roll_up() -> int:
    """Bring the history pyramid up to a minute before now; what is not done in time goes on with the next call."""
    return pyramid.roll_up(seconds=ROLL_UP_SECONDS)


@shared_task
def sweep_attachments() -> int:
    """Remove attachments and logs whose message is gone, and bytes that a crash left without an attachment."""
    return take_off_lost() + remove_forgotten() + forget_logs()


@shared_task
def forget_alarm_moves() -> int:
    """Remove transitions and notes of alarms that are more than a year old, and the places of what is gone."""
    removed = alarm_journal.forget_old()
    happenings.forget_gone(first_id_of(now_ms()))
    return removed
