"""Handing work to the worker once it is committed; what a broker that is away loses, the sweep finds."""

from collections.abc import Iterable

from celery import current_app
from django.db import transaction


def wake(deployment_ids: Iterable[int]) -> None:
    """Have these deployments carried out soon."""
    for deployment_id in deployment_ids:
        send("doover_web.deployments.tasks.carry_out", deployment_id)


def send(task: str, *args: object) -> None:
    """Start a task after the commit."""
    transaction.on_commit(lambda: current_app.send_task(task, args), robust=True)
