"""The workers: which work waits in which queue, and the timetable."""

import gc
import os

from celery import Celery, signals
from celery.schedules import crontab, schedule
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doover_web.settings")

app = Celery("doover_web")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# What is done at once however much else there is: news, judgement, and looking after what was left. Each takes well
# under a second, or gives its place back soon (a slow endpoint).
QUICK = "quick"
# What somebody asked for of many devices, perhaps of thousands: it takes turns with the quick.
FLEET = "fleet"
# What may wait and takes long, in slices of some seconds; a report as long as it takes. It has a worker of its own.
BULK = "bulk"

# Every task, by name, so that each new one is put where it belongs.
QUEUES = {
    QUICK: (
        "doover_web.control.tasks.close_tunnels",
        "doover_web.control.tasks.sweep_reports",
        "doover_web.data.tasks.judge_due_alarms",
        "doover_web.data.tasks.resume_csv_imports",
        "doover_web.deployments.tasks.sweep",
        "doover_web.deployments.tasks.sweep_bulk_jobs",
        "doover_web.deployments.tasks.sweep_rollouts",
        "doover_web.fences.tasks.judge",
        "doover_web.gateway.tasks.sweep_connections",
        "doover_web.notifications.tasks.deliver",
        "doover_web.notifications.tasks.drain",
        "doover_web.notifications.tasks.sweep",
        "doover_web.processors.tasks.sweep_outbox",
    ),
    FLEET: (
        "doover_web.deployments.tasks.advance_rollout",
        "doover_web.deployments.tasks.carry_out",
        "doover_web.deployments.tasks.run_bulk_job",
    ),
    BULK: (
        "doover_web.control.tasks.make_report",
        "doover_web.control.tasks.sweep_uploads",
        "doover_web.data.tasks.forget_alarm_moves",
        "doover_web.data.tasks.let_go",
        "doover_web.data.tasks.make_partitions",
        "doover_web.data.tasks.measure_storage",
        "doover_web.data.tasks.roll_up",
        "doover_web.data.tasks.run_csv_import",
        "doover_web.data.tasks.sweep_attachments",
        "doover_web.data.tasks.sweep_expired",
        "doover_web.deployments.tasks.measure_usage",
        "doover_web.gateway.tasks.forget_connections",
        "doover_web.identity.tasks.forget_tokens",
        "doover_web.notifications.tasks.forget",
        "doover_web.processors.tasks.sweep_invocations",
    ),
}
# A worker that names no queue takes from all of them, from each in turn.
app.conf.task_queues = [Queue(name, routing_key=name) for name in QUEUES]
app.conf.task_routes = {task: {"queue": name} for name, tasks in QUEUES.items() for task in tasks}
# What is in no queue on purpose may hold nobody up; a test names it.
app.conf.task_default_queue = BULK
# A worker holds no more than it is at: what it has not begun is for another, also when it dies.
app.conf.worker_prefetch_multiplier = 1


@signals.worker_before_create_process.connect
def share_what_is_loaded(**_) -> None:
    """What a worker has loaded when it forks stays one copy in memory: the collector of a child does not touch it."""
    gc.collect()
    gc.freeze()


# Beat copies these into the database when it starts; there they can be changed and switched off.
app.conf.beat_scheduler = "django_celery_beat.schedulers:DatabaseScheduler"
app.conf.beat_schedule = {
    "Judge the alarms that are due": {
        "task": "doover_web.data.tasks.judge_due_alarms",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "Make the message partitions of the months ahead": {
        "task": "doover_web.data.tasks.make_partitions",
        "schedule": crontab(hour=3, minute=10),
    },
    "Send notifications that waited, or that a crash left": {
        "task": "doover_web.notifications.tasks.sweep",
        "schedule": 20.0,
        "options": {"expires": 20},
    },
    "Judge where devices are against fences, when nobody did": {
        "task": "doover_web.fences.tasks.judge",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "Forget notifications of three months ago": {
        "task": "doover_web.notifications.tasks.forget",
        "schedule": crontab(hour=3, minute=50),
    },
    "End connections that died, judge who is online": {
        "task": "doover_web.gateway.tasks.sweep_connections",
        "schedule": schedule(15),
        "options": {"expires": 15},
    },
    "Forget connections that ended long ago": {
        "task": "doover_web.gateway.tasks.forget_connections",
        "schedule": crontab(hour=4, minute=10),
    },
    "Roll up the history of charted numbers": {
        "task": "doover_web.data.tasks.roll_up",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "Remove attachments that hang nowhere any more": {
        "task": "doover_web.data.tasks.sweep_attachments",
        "schedule": crontab(hour=3, minute=25),
    },
    "Forget what alarms did long ago": {
        "task": "doover_web.data.tasks.forget_alarm_moves",
        "schedule": crontab(hour=4, minute=35),
    },
    "Go on with CSV imports that a dead worker left": {
        "task": "doover_web.data.tasks.resume_csv_imports",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "Let go of messages past retention": {
        "task": "doover_web.data.tasks.let_go",
        "schedule": crontab(minute=35),
        "options": {"expires": 1800},
    },
    "Measure how much the history of each channel takes": {
        "task": "doover_web.data.tasks.measure_storage",
        "schedule": crontab(hour=2, minute=20),
    },
    "Forget tokens that ended": {
        "task": "doover_web.identity.tasks.forget_tokens",
        "schedule": crontab(hour=3, minute=40),
    },
    "Delete messages whose time to live is over": {
        "task": "doover_web.data.tasks.sweep_expired",
        "schedule": crontab(minute="*/10"),
        # A sweep that waited longer than this has been overtaken by the next one.
        "options": {"expires": 600},
    },
    "End calls of functions that waited too long": {
        "task": "doover_web.processors.tasks.sweep_invocations",
        "schedule": crontab(minute=25),
        "options": {"expires": 1800},
    },
    "Queue the runs that a crash left": {
        "task": "doover_web.processors.tasks.sweep_outbox",
        "schedule": crontab(minute="*"),
        "options": {"expires": 60},
    },
    "Begin again deployments that were left, fail those whose device is silent": {
        "task": "doover_web.deployments.tasks.sweep",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "Remove uploaded files that nothing points at": {
        "task": "doover_web.control.tasks.sweep_uploads",
        "schedule": crontab(minute=40),
        "options": {"expires": 1800},
    },
    "Move roll-outs on": {
        "task": "doover_web.deployments.tasks.sweep_rollouts",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "Go on with changes to many devices that were left": {
        "task": "doover_web.deployments.tasks.sweep_bulk_jobs",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "Measure what organisations used": {
        "task": "doover_web.deployments.tasks.measure_usage",
        "schedule": crontab(hour=2, minute=40),
    },
    "Close tunnels whose time is over": {
        "task": "doover_web.control.tasks.close_tunnels",
        "schedule": crontab(minute="*"),
        "options": {"expires": 60},
    },
    "Ask for the reports that are due": {
        "task": "doover_web.control.tasks.sweep_reports",
        "schedule": crontab(minute="*"),
        "options": {"expires": 60},
    },
}
