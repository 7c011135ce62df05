"""A database that was migrated once, for all that begin with one: the tests, and every server that they start."""

import subprocess
from pathlib import Path

from doover_web.standalone import prepare
from doover_web.standalone.services import running

# Where a process finds it.
NAMED = "DOOVER_MOULD"
KEPT = ("postgres", "secrets.json", "migrated.json")


def make(folder: Path) -> None:
    """A data directory with a database and nobody in it; nothing runs there afterwards."""
    with running(folder, lasting=False) as services:
        prepare.run(services.place, services.environment(), "migrate")


def pour(mould: Path, folder: Path) -> None:
    """Begin a data directory with what is in the mould; files keep their owners, as PostgreSQL wants it."""
    for name in KEPT:
        subprocess.run(["cp", "-a", str(mould / name), str(folder / name)], check=True)
