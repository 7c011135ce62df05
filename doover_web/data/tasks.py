"""Jobs of the data plane, run by the worker's timetable. The long ones go in slices, so that others have their turn."""

import time
from collections.abc import Iterator, Sequence
from itertools import chain

from celery import shared_task
from django.db import connection, transaction
from django.utils import timezone

from doover_web.common.slices import SECONDS, slice_of
from doover_web.common.snowflake import first_id_of, now_ms

from . import alarm_journal, happenings, imports, pyramid, retention, sizes
from .alarm_timer import judge_due
from .leftovers import forget_logs, remove_forgotten, take_off_lost
from .marks import mark
from .partitions import ensure_ahead

SWEEP_ROWS = 5000
ROLL_UP_SECONDS = 50  # of a minute, slices that others have in between included
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
def let_go(until: float | None = None, since: Sequence[int] | None = None) -> None:
    """Remove messages past retention, and give the space of whole months back: a slice, then the next from the channel
    `since` on, until the clock shows `until`."""
    until = until or time.time() + LET_GO_SECONDS
    swept = retention.let_go(seconds=SECONDS, since=(since[0], since[1]) if since else None)
    if swept.left_at and time.time() < until:
        let_go.delay(until, swept.left_at)


@shared_task(time_limit=1800)
def measure_storage() -> None:
    """Note how much the history of each channel takes today, out of so many pages of each month's messages."""
    sizes.measure(timezone.now().date())


@shared_task
def sweep_expired() -> int:
    """Delete messages whose time to live is over; they are hidden from the moment it ends."""
    removed, is_more = slice_of(_expired())
    if is_more:
        sweep_expired.delay()
    return removed


def _expired() -> Iterator[int]:
    """Delete a small batch at each step: how many it were."""
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
        yield len(gone)
        if len(gone) < SWEEP_ROWS:
            return


@shared_task(time_limit=3600)
def run_csv_import(job_id: int) -> None:
    """Bring a long CSV file into a channel, a slice at a time."""
    if imports.run_import(job_id, seconds=SECONDS):
        run_csv_import.delay(job_id)


@shared_task
def resume_csv_imports() -> int:
    """Hand jobs that a dead worker left to a living one."""
    stale = imports.stale_imports()
    for job_id in stale:
        run_csv_import.delay(job_id)
    return len(stale)


@shared_task(time_limit=300)
def roll_up(until: float | None = None) -> int:
    """Bring the history pyramid up to a minute before now: a slice, then the next, until the clock shows `until`; what
    is left then goes on with the next call."""
    until, began = until or time.time() + ROLL_UP_SECONDS, time.monotonic()
    done = pyramid.roll_up(seconds=min(SECONDS, until - time.time()))
    if time.monotonic() - began >= SECONDS and time.time() < until:
        roll_up.delay(until)
    return done


@shared_task
def sweep_attachments() -> int:
    """Remove attachments and logs whose message is gone, and bytes that a crash left without an attachment."""
    removed, is_more = slice_of(chain(take_off_lost(), remove_forgotten(), forget_logs()))
    if is_more:
        sweep_attachments.delay()
    return removed


@shared_task
def forget_alarm_moves(since: Sequence[int] | None = None) -> int:
    """Remove transitions and notes of alarms that are more than a year old, then the places of what is gone: a slice,
    then the next from the place `since` on."""
    removed = 0 if since else alarm_journal.forget_old()
    begin = happenings.Place(*since) if since else happenings.FIRST
    _gone, left_at = happenings.forget_gone(first_id_of(now_ms()), seconds=SECONDS, since=begin)
    if left_at:
        forget_alarm_moves.delay(left_at)
    return removed
