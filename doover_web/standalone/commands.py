"""bin/manage, bin/test and bin/bench: a command with the services it needs, for as long as it runs."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from doover_web.standalone import browser, mould, prepare
from doover_web.standalone.errors import CannotStart, InUse
from doover_web.standalone.place import ROOT, Place, default_folder
from doover_web.standalone.privileges import Privileges
from doover_web.standalone.process import before_exec
from doover_web.standalone.services import Services, running

PATIENCE_SECONDS = 60
# These look at migrations or run them themselves; every other command finds an up-to-date database.
LEAVES_MIGRATIONS_ALONE = {"migrate", "makemigrations", "showmigrations", "sqlmigrate", "squashmigrations", "doctor"}


def manage(place: Place, arguments: Sequence[str]) -> int:
    """Beside a running server with its services, else with services of our own."""
    argv = [sys.executable, str(ROOT / "manage.py"), *arguments]
    if os.environ.get("DATABASE_URL") and os.environ.get("VALKEY_URL"):
        return run(argv, Services(place).environment())
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        with suppress(InUse), running(place.folder) as services:
            return manage_alone(place, services, argv)
        state = place.state()
        if state.get("status") == "ready":
            addresses = {"DATABASE_URL": state["database_url"], "VALKEY_URL": state["valkey_url"]}
            return run(argv, Services(place, addresses | given()).environment())
        time.sleep(0.2)
    raise CannotStart(f"{place.folder} has been in use by another command for {PATIENCE_SECONDS} s. Try again later.")


def manage_alone(place: Place, services: Services, argv: Sequence[str]) -> int:
    environment = services.environment()
    if not LEAVES_MIGRATIONS_ALONE & set(argv[2:3]) and not prepare.is_migrated(place, services.database_url):
        print("Bringing the database up to date.", file=sys.stderr, flush=True)
        prepare.run(place, environment, "migrate")
    return run(argv, environment)


def given() -> dict[str, str]:
    """The addresses of services that the environment names; they win over embedded ones."""
    return {name: os.environ[name] for name in ("DATABASE_URL", "VALKEY_URL") if os.environ.get(name)}


def test(arguments: Sequence[str]) -> int:
    """pytest with everything it needs; CI must not pass without a browser."""
    options = list(arguments)
    chromium = browser.find_or_install() if browser.is_wanted(options) else browser.find()
    if not chromium:
        if os.environ.get("CI") == "true":
            raise CannotStart(browser.MISSING)
        print(browser.MISSING, file=sys.stderr, flush=True)
        options += ["-m", "not browser"]
    if not {"-n", "-p", "--pdb", "--numprocesses"} & set(options):
        options = ["-n", "2", *options]
    with scratch_folder("test") as folder:
        # Made once, for the tests and for every server they start.
        shared = {"DOOVER_STATIC_ROOT": str(folder / "static"), "DOOVER_CHROMIUM": chromium or ""}
        if not os.environ.get("DATABASE_URL"):
            mould.make(folder / "mould")
            mould.pour(folder / "mould", folder)
            shared[mould.NAMED] = str(folder / "mould")
        with running(folder, lasting=False) as services:
            environment = services.environment() | shared
            prepare.run(services.place, environment, "static")
            return run([sys.executable, "-m", "pytest", *options], environment, folder=str(ROOT))


def check() -> int:
    """Django's own checks, the database's among them, and whether every model change has its migration."""
    wanted = (["check", "--database=default", "--fail-level=WARNING"], ["makemigrations", "--check", "--dry-run"])
    with scratch("check") as (_, services):
        environment = services.environment()
        return max(run([sys.executable, str(ROOT / "manage.py"), *argv], environment) for argv in wanted)


def bench(arguments: Sequence[str]) -> int:
    """A measurement on a database of its own, on the disk that bin/serve would use."""
    with scratch("bench", lasting=True) as (place, services):
        environment = services.environment()
        prepare.run(place, environment, "migrate")
        prepare.run(place, environment, "static")
        return run([sys.executable, "-m", "bench", *arguments], environment, folder=str(ROOT))


@contextmanager
def scratch(purpose: str, *, lasting: bool = False) -> Iterator[tuple[Place, Services]]:
    """Services in a folder that is gone afterwards; only for a measurement does their database write to the disk."""
    with scratch_folder(purpose) as folder, running(folder, lasting=lasting) as services:
        yield services.place, services


@contextmanager
def scratch_folder(purpose: str) -> Iterator[Path]:
    """A folder that is gone afterwards."""
    folder = default_folder() / "scratch" / f"{purpose}-{os.getpid()}"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(argv: Sequence[str], environment: Mapping[str, str], folder: str | None = None) -> int:
    """A command on our terminal; Ctrl-C is for it to answer, and it does not outlive us."""
    ready = before_exec(signal.SIGTERM, Privileges())
    process = subprocess.Popen(argv, env=environment, cwd=folder, preexec_fn=ready)
    try:
        while True:
            with suppress(KeyboardInterrupt):
                code = process.wait()
                return code if code >= 0 else 128 - code
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
