"""Brings database and static files up to date, and does nothing when nothing changed.

The work is done by a child (`python -m doover_web.standalone.prepare`), so the supervisor never loads Django.
"""

import hashlib
import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import psycopg

from doover_web.standalone.errors import CannotStart
from doover_web.standalone.place import ROOT, Place, read_json, write_private
from doover_web.standalone.process import Child

FIRST_EMAIL = "admin@localhost"
FIRST_ORGANISATION = "My organisation"
LOCK = ROOT / "requirements" / "base.txt"


def migrations_stamp(database_url: str) -> dict[str, str]:
    """What decides whether migrations have to run: the files that exist, and what this database says was applied."""
    files = [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("*/*/migrations/*.py")]
    return {"files": digest(file.read_bytes() for file in [LOCK, *sorted(files)]), "applied": applied_in(database_url)}


def applied_in(database_url: str) -> str:
    with suppress(psycopg.Error), psycopg.connect(database_url, connect_timeout=5) as connection:
        rows = connection.execute("SELECT app, name FROM django_migrations ORDER BY app, name").fetchall()
        return digest(f"{app}.{name}".encode() for app, name in rows)
    return ""


def static_stamp() -> dict[str, str]:
    """Size and time of every source file; the packages' own files change with the lock only."""
    parts = [LOCK.read_bytes()]
    for path in sorted((ROOT / "static").rglob("*")):
        facts = path.stat()
        parts.append(f"{path.relative_to(ROOT)} {facts.st_size} {facts.st_mtime_ns}".encode())
    return {"files": digest(parts)}


def digest(parts: Iterable[bytes]) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()


def is_migrated(place: Place, database_url: str) -> bool:
    stamp = read_json(_migrated_file(place))
    return bool(stamp.get("applied")) and stamp == migrations_stamp(database_url)


def is_collected(static_root: Path) -> bool:
    return (static_root / "staticfiles.json").exists() and read_json(_collected_file(static_root)) == static_stamp()


def _migrated_file(place: Place) -> Path:
    return place.folder / "migrated.json"


def _collected_file(static_root: Path) -> Path:
    """Beside the folder: everything inside is served."""
    return static_root.with_name(f"{static_root.name}.stamp.json")


def child(place: Place, environment: dict[str, str], task: str, *, answer_to: int | None = None) -> Child:
    """The process that does one task: `migrate`, `static`, or `first-user` with a pipe for the answer."""
    descriptors = [] if answer_to is None else [answer_to]
    argv = [sys.executable, "-m", "doover_web.standalone.prepare", task, *map(str, descriptors)]
    return Child(task, argv, env=environment, log=place.log(task), pass_fds=descriptors)


def finish(step: Child, pause: Callable[[float], None]) -> None:
    while step.exit_code() is None:
        pause(0.1)
    if step.exit_code():
        raise CannotStart(f"The step “{step.name}” failed. Its log {step.log} ends:\n{step.last_words()}")


def run(place: Place, environment: dict[str, str], task: str) -> None:
    step = child(place, environment, task)
    try:
        step.start()
        finish(step, time.sleep)
    finally:
        step.stop()


def migrate() -> None:
    from django.conf import settings
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=1)
    stamp = migrations_stamp(settings.DATABASE_URL)
    write_private(_migrated_file(Place(settings.DATA_DIR)), json.dumps(stamp))


def collect() -> None:
    from django.conf import settings
    from django.core.management import call_command

    stamp = static_stamp()
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    write_private(_collected_file(Path(settings.STATIC_ROOT)), json.dumps(stamp))


def first_user() -> dict[str, str]:
    """Someone must be able to sign in: who, and once, with which password."""
    from django.contrib.auth import get_user_model

    from doover_web.identity.actions.member import add_member
    from doover_web.identity.models import Organisation, OrganisationRole

    people = get_user_model().objects
    known = people.filter(is_superuser=True, is_active=True).order_by("id").first()
    if known:
        return {"email": known.email}
    password = secrets.token_urlsafe(12)
    user = people.create_superuser(FIRST_EMAIL, password)
    if not Organisation.objects.exists():
        home = Organisation.objects.found(FIRST_ORGANISATION)
        add_member(organisation=home, user=user, role=OrganisationRole.objects.built_in("Admin"), by=None)
    return {"email": FIRST_EMAIL, "password": password}


def main(task: str, answer_to: str = "") -> None:
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as problem:
        sys.exit(str(problem))
    if task == "static":
        collect()
        return
    migrate()
    if task == "first-user":
        os.write(int(answer_to), json.dumps(first_user()).encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
