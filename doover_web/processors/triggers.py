"""Listener: what is said on a channel starts the tasks that hear it (`legacy-client-api §8.1`)."""

import logging
from collections.abc import Sequence

import orjson

from doover_web.data.aside import aside
from doover_web.data.events import AggregateUpdated, Event, MessageCreated
from doover_web.data.models import Channel, OutboxEntry
from doover_web.data.outbox import Kind, drain

from .access import may_hear
from .models import Invocation, Task, TaskSubscription

log = logging.getLogger(__name__)
MOST_WAITING = 10_000  # runs of one task


def heard(events: Sequence[Event]) -> None:
    """Only a wake-up: what must not be lost stands in the outbox, and the timetable sweeps what a crash left there."""
    if any(isinstance(one, MessageCreated | AggregateUpdated) and one.channel.has_hooks for one in events):
        aside(queue_runs)


def queue_runs() -> int:
    """Turn what is due in the outbox into queued runs. Returns how many publishes that were."""
    done = total = drain(Kind.TASK, _queue)
    while done:
        done = drain(Kind.TASK, _queue)
        total += done
    return total


def _queue(entry: OutboxEntry) -> None:
    said = entry.payload
    for task in _tasks_of(entry.agent_id, said["channel_id"]):
        if not _has_package(task):
            log.warning("Nothing runs for %s: its processor holds no package", task)
        elif _waiting(task) >= MOST_WAITING:
            log.error("A run of %s is left out: %s wait already", task, MOST_WAITING)
        else:
            Invocation.objects.create(
                task_agent_id=task.agent_id,
                task_channel_id=task.channel_id,
                op="task",
                payload=orjson.dumps(said),
                content_type="application/json",
            )


def _tasks_of(agent_id: int, channel_id: int) -> list[Task]:
    """The task that the channel itself is, and those subscribed to it."""
    subscriptions = list(TaskSubscription.objects.filter(agent_id=agent_id, channel_id=channel_id))
    others = {one.subscriber_id for one in subscriptions if one.task_agent_id != agent_id}
    may = may_hear(others, agent_id, channel_id) if others else set()
    heard = [one for one in subscriptions if one.task_agent_id == agent_id or one.subscriber_id in may]
    wanted = {(agent_id, channel_id), *((one.task_agent_id, one.task_channel_id) for one in heard)}
    found = Task.objects.filter(channel_id__in=[channel for _, channel in wanted])
    return [task for task in found if (task.agent_id, task.channel_id) in wanted]


def _has_package(task: Task) -> bool:
    package = Channel.objects.filter(agent_id=task.processor_agent_id, id=task.processor_channel_id)
    return package.extra(
        where=[
            "EXISTS (SELECT FROM data_aggregate a WHERE a.agent_id = data_channel.agent_id"
            " AND a.channel_id = data_channel.id AND (a.attachments IS NOT NULL OR json_typeof(a.data) = 'string'))"
        ]
    ).exists()


def _waiting(task: Task) -> int:
    mine = Invocation.objects.filter(task_agent_id=task.agent_id, task_channel_id=task.channel_id)
    return mine.filter(status=Invocation.Status.QUEUED)[:MOST_WAITING].count()
