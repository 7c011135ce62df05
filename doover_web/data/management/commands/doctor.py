import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import redis
from celery import current_app
from django.conf import settings
from django.core import checks
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from doover_web.data.partitions import month_start

OLDEST_VALKEY = 7
LEAST_FREE_BYTES = 1_000_000_000
QUIET_BEAT = timedelta(minutes=30)


class Finding(NamedTuple):
    """One thing that was looked at; `advice` says what to change where it is not well."""

    what: str
    well: bool
    advice: str = ""


class Command(BaseCommand):
    help = "Checks the set-up and says what to change. The exit code is 1 when something has to be."
    # It reports what system checks find together with the rest.
    requires_system_checks: list[str] = []

    def handle(self, **_):
        ill = 0
        for examine in (settings_, database, migrations, partitions, broker, jobs, files):
            for finding in examine():
                ill += not finding.well
                self.stdout.write(f"{'ok     ' if finding.well else 'PROBLEM'}  {finding.what}")
                if not finding.well and finding.advice:
                    self.stdout.write(f"         → {finding.advice}")
        if ill:
            raise CommandError(f"{ill} to mend.")
        self.stdout.write("All is well.")


def settings_() -> Iterator[Finding]:
    for message in checks.run_checks(databases=["default"]):
        yield Finding(message.msg, message.level < checks.WARNING, message.hint or "")
    yield Finding(f"debug pages are {'on' if settings.DEBUG else 'off'}", not settings.DEBUG, "Unset DOOVER_DEBUG.")
    public = urlsplit(settings.PUBLIC_URL)
    safe = public.scheme == "https" or public.hostname in ("localhost", "127.0.0.1", "::1")
    advice = "Put a proxy with a certificate in front and write https:// in DOOVER_PUBLIC_URL."
    yield Finding(f"people and devices reach it at {settings.PUBLIC_URL}", safe, advice)


def database() -> Iterator[Finding]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version'), current_setting('fsync')")
            version, fsync = cursor.fetchone()
            yield Finding(f"PostgreSQL {version} answers", True)
            yield Finding(f"fsync is {fsync}", fsync == "on", "Switch fsync on: a power cut loses the database.")
    except Error as problem:
        yield Finding(f"PostgreSQL: {problem}", False, "Check DATABASE_URL, and that the server runs.")


def migrations() -> Iterator[Finding]:
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        return
    what = f"{len(missing)} migrations are missing" if missing else "migrations are applied"
    yield Finding(what, not missing, "bin/manage migrate")


def partitions() -> Iterator[Finding]:
    """The one of this month and the next: without them no message can be stored."""
    now = timezone.now()
    names = [f"data_message_{month_start(now, plus):%Y_%m}" for plus in (0, 1)]
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM unnest(%s::text[]) AS name WHERE to_regclass(name) IS NULL", [names])
            missing = [name for (name,) in cursor.fetchall()]
    except Error:
        return
    what = f"message partitions missing: {', '.join(missing)}" if missing else "message partitions are made ahead"
    yield Finding(what, not missing, "bin/manage migrate; afterwards beat and a worker make them.")


def broker() -> Iterator[Finding]:
    try:
        with redis.Redis.from_url(settings.VALKEY_URL, socket_timeout=5) as client:
            facts = client.info()
    except redis.RedisError as problem:
        yield Finding(f"Valkey: {problem}", False, "Check VALKEY_URL, and that the server runs.")
        return
    version = facts.get("valkey_version") or facts["redis_version"]
    new_enough = int(version.split(".")[0]) >= OLDEST_VALKEY
    yield Finding(f"Valkey {version} answers", new_enough, f"Use version {OLDEST_VALKEY} or newer.")
    kept = bool(facts.get("aof_enabled"))
    what = "keeps queued jobs over a restart" if kept else "forgets queued jobs when it restarts"
    yield Finding(f"Valkey {what}", kept, "Set appendonly yes.")


def jobs() -> Iterator[Finding]:
    """Workers and the timetable."""
    if serving() is False:
        return
    try:
        taken = current_app.control.inspect(timeout=3).active_queues() or {}
        latest = PeriodicTask.objects.aggregate(latest=Max("last_run_at"))["latest"]
    except (Error, redis.RedisError, OSError):
        return
    yield workers(taken)
    quiet = latest is not None and timezone.now() - latest > QUIET_BEAT
    what = (
        f"the timetable last ran at {latest:%Y-%m-%d %H:%M} UTC" if latest else "the timetable has not come round yet"
    )
    yield Finding(what, not quiet, "Start exactly one: celery -A doover_web.celery beat")


def workers(taken: dict[str, list[dict]]) -> Finding:
    """Whether somebody takes from every queue; `taken` are the queues of each worker that answers."""
    start = "Start one: celery -A doover_web.celery worker"
    if not taken:
        return Finding("no worker answers", False, start)
    named = {queue["name"] for queues in taken.values() for queue in queues}
    left = ",".join(sorted({queue.name for queue in current_app.conf.task_queues} - named))
    what = f"no worker takes from {left}" if left else f"{len(taken)} workers take from every queue"
    return Finding(what, not left, f"{start} --queues={left}")


def serving() -> bool | None:
    """False when bin/manage started the services for this command alone: then there is no server to examine."""
    try:
        return json.loads((settings.DATA_DIR / "state.json").read_text())["kind"] == "serve"
    except (OSError, ValueError, KeyError):
        return None


def files() -> Iterator[Finding]:
    if serving() is not False:
        yield static_files()
    folder = next(path for path in (settings.DATA_DIR, *settings.DATA_DIR.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    advice = "Make room: a full disk stops the database."
    yield Finding(f"{free / 1e9:.1f} GB are free for {settings.DATA_DIR}", free > LEAST_FREE_BYTES, advice)


def static_files() -> Finding:
    collected = (Path(settings.STATIC_ROOT) / "staticfiles.json").exists()
    what = "collected" if collected else "not collected"
    return Finding(f"static files are {what}", collected, "bin/manage collectstatic --noinput")
