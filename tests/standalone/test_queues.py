"""Which work waits where: every task in one queue on purpose, and every queue with a worker."""

import pytest

from doover_web.celery import BULK, FLEET, QUEUES, QUICK, app
from doover_web.data.management.commands.doctor import workers
from doover_web.standalone import programs
from doover_web.standalone.place import Place


def test_every_task_is_in_one_queue_on_purpose():
    app.loader.import_default_modules()
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    listed = [task for tasks in QUEUES.values() for task in tasks]

    assert sorted(listed) == sorted(ours), "every task has its place in QUEUES of doover_web/celery.py, once"


@pytest.mark.parametrize(
    ("task", "queue"),
    [
        ("doover_web.notifications.tasks.drain", QUICK),
        ("doover_web.data.tasks.judge_due_alarms", QUICK),
        ("doover_web.deployments.tasks.carry_out", FLEET),
        ("doover_web.data.tasks.roll_up", BULK),
        ("somebody.elses.task", BULK),
    ],
)
def test_a_call_goes_to_the_queue_of_its_task(task, queue):
    assert app.amqp.router.route({}, task)["queue"].name == queue


def test_the_timetable_names_no_queue_of_its_own():
    """Beat asks the same table; what it names itself would go past it."""
    assert not [name for name, entry in app.conf.beat_schedule.items() if "queue" in entry.get("options", {})]
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= app.conf.task_routes.keys()


def test_bin_serve_has_one_worker_for_every_queue(tmp_path):
    children = programs.background(Place(tmp_path), {}, demo=False)

    options = [option for child in children for option in child.argv if option.startswith("--queues=")]

    assert sorted(",".join(option.removeprefix("--queues=") for option in options).split(",")) == sorted(QUEUES)


@pytest.mark.parametrize(
    ("answers", "is_well", "told"),
    [
        ({}, False, "no worker answers"),
        ({"worker@a": [{"name": QUICK}, {"name": FLEET}]}, False, "no worker takes from bulk"),
        ({"worker@a": [{"name": QUICK}, {"name": FLEET}], "bulk@a": [{"name": BULK}]}, True, "2 workers take from"),
    ],
)
def test_the_doctor_counts_all_queues(answers, is_well, told):
    found = workers(answers)

    assert (found.well, told in found.what) == (is_well, True)


def test_the_doctor_says_what_to_start():
    assert workers({"bulk@a": [{"name": BULK}]}).advice.endswith("worker --queues=fleet,quick")
