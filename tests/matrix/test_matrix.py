"""Every address × every kind of caller: who is answered what, and that nothing leaks.

How to add an address is written in `lines.py`.
"""

import importlib
import pkgutil

import pytest
from django.db import transaction

from . import addresses, routes
from .asking import problems
from .lines import CALLERS, Line
from .world import World, build

DOORS = {
    name: importlib.import_module(f"{routes.__name__}.{name}") for _, name, _ in pkgutil.iter_modules(routes.__path__)
}
pytestmark = pytest.mark.django_db
LINES: list[Line] = [line for door in DOORS.values() for line in door.line.all]


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> World:
    """Made once; what a line changes is undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        made = build()
        for door in DOORS.values():
            if hasattr(door, "seed"):
                door.seed(made)
        yield made
        transaction.set_rollback(True)


def test_no_address_is_forgotten(world):
    covered = {addresses.asked(line, world.fill(line.path)) for line in LINES}
    missing = sorted(set(addresses.known()) - covered)
    told = "\n".join(f"  {'any method of ' if method == '*' else method + ' '}/{route}" for route, method in missing)
    assert not missing, (
        f"Nothing says who is answered what at\n{told}\n"
        'Write a line for each in tests/matrix/routes/<door>.py, such as line("GET", "/api/agents/{pump}/x", READS);'
        " tests/matrix/lines.py explains."
    )


def test_how_much_is_asked():
    """The size of the matrix, for whoever wonders: lines, callers, cells."""
    cells = sum(line.expected(caller) is not None for line in LINES for caller in CALLERS)
    print(f"{len(LINES)} lines, {len(CALLERS)} kinds of callers, {cells} cells")  # noqa: T201
    assert cells >= 1700


@pytest.mark.parametrize("line", LINES, ids=str)
def test_who_is_answered_what(line, world):
    wrong = [one for caller in CALLERS for one in problems(line, caller, world)]
    assert not wrong, f"{line}\n  " + "\n  ".join(wrong)
