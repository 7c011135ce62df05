"""Bringing CSV files into channels: at once, or as a job with progress when they are long."""

import logging
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from doover_web.common.wire import Busy, Refused, TooLarge
from doover_web.identity.auth import caller_of_user
from doover_web.identity.models import User

from .access import Reach, channel_to_watch, check_write, reach_agent
from .csv_in import Row, Table, read_csv
from .judging import Judge
from .models import CsvImport
from .publish import apply_all
from .writes import PostMessage

log = logging.getLogger(__name__)
AT_ONCE = 2_000  # rows; more become a job
BATCH = 200
MOST_PROBLEMS = 200
STALE = timedelta(minutes=5)


@dataclass(slots=True)
class Report:
    """What came of an import. `stored` rows were written, or there before with the same content."""

    rows: int
    stored: int = 0
    refused: int = 0
    problems: list[list] = field(default_factory=list)
    dry_run: bool = False

    def refuse(self, row: Row, problem: str) -> None:
        self.refused += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append([row.number, problem])


def import_csv(*, reach: Reach, name: str, raw: bytes, dry_run: bool = False) -> Report | CsvImport:
    """Bring the rows of a CSV file into a channel that exists; a long file becomes a job.

    With `dry_run` nothing is written: the report says which rows could not be.
    """
    channel = channel_to_watch(reach, name)
    check_write(reach, name, is_private=channel.is_private)
    table = read_csv(raw)
    if dry_run:
        return _tried(table, channel.message_schema)
    if len(table.rows) <= AT_ONCE:
        report = Report(len(table.rows))
        for _ in _write(reach, name, table.rows, report):
            pass
        return report
    if not User.objects.filter(pk=reach.caller.agent_id).exists():
        raise TooLarge(
            f"A file of more than {AT_ONCE} rows is imported in the name of a person; send fewer rows at once"
        )
    return CsvImport.objects.create(
        agent_id=reach.agent_id, channel=name, author_id=reach.caller.agent_id, content=raw, rows=len(table.rows)
    )


def _tried(table: Table, schema: dict | None) -> Report:
    """What would be refused. The schema judges whole messages, as many as it can in the time that a batch has."""
    report, judge = Report(len(table.rows), dry_run=True), Judge()
    for row in table.rows:
        if not row.problem and not row.fields:
            try:
                judge.check(row.data, schema, "message")
            except Busy:
                schema = None
            except Refused as refusal:
                row.problem = refusal.message
        if row.problem:
            report.refuse(row, row.problem)
    report.stored = report.rows - report.refused
    return report


def run_import(job_id: int, *, seconds: float = math.inf) -> bool:
    """Do a job for so long, or go on where a worker left it. True when there is more to do."""
    end = time.monotonic() + seconds
    job = CsvImport.objects.filter(pk=job_id).first()
    if job is None or not job.start(timezone.now() - STALE):
        return False
    try:
        reach = reach_agent(caller_of_user(User.objects.get(pk=job.author_id, is_active=True)), job.agent_id)
        table: Table = read_csv(bytes(job.content))
        report = Report(job.rows, job.stored, job.refused, job.problems)
        done = job.done
        for written in _write(reach, job.channel, table.rows[done:], report):
            done += written
            left = CsvImport.objects.filter(pk=job.pk, status="running")
            left.update(
                done=done,
                stored=report.stored,
                refused=report.refused,
                problems=report.problems,
                touched_at=timezone.now(),
            )
            if done < job.rows and time.monotonic() >= end:
                return job.pause()
        job.finish(CsvImport.Status.DONE)
    except Refused as refusal:
        _fail(job, refusal.message)
    except User.DoesNotExist:
        _fail(job, "The account that asked for this is closed")
    return False


def stale_imports() -> list[int]:
    """Jobs that wait, or whose worker is gone."""
    found = CsvImport.objects.filter(status__in=["queued", "running"], touched_at__lt=timezone.now() - STALE)
    return list(found.values_list("id", flat=True)[:100])


def _fail(job: CsvImport, words: str) -> None:
    CsvImport.objects.filter(pk=job.pk).update(problems=[*job.problems, [0, words]])
    job.finish(CsvImport.Status.FAILED)


def _write(reach: Reach, name: str, rows: Sequence[Row], report: Report) -> Iterator[int]:
    """Write rows in batches; after each, how many rows it was."""
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        good = [row for row in batch if not row.problem]
        outcomes = apply_all(
            [PostMessage(reach, name, row.data, message_id=row.message_id, fields=row.fields) for row in good]
        )
        problems = {row.number: outcome for row, outcome in zip(good, outcomes, strict=True)}
        for row in batch:
            outcome = problems.get(row.number)
            if row.problem:
                report.refuse(row, row.problem)
            elif isinstance(outcome, Exception):
                report.refuse(row, outcome.message if isinstance(outcome, Refused) else "This row could not be stored")
            else:
                report.stored += 1
        yield len(batch)


def queue(job: CsvImport, task) -> None:
    """Hand a job to the worker after the commit; a sweep finds it if that fails."""
    transaction.on_commit(lambda: task.delay(job.pk))
