"""Carrying a deployment out: claim it, plan, do each step in a transaction of its own, leave the rest to the device."""

import logging
from datetime import timedelta

from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from doover_web.common.wire import Refused
from doover_web.control.layers import synced_of
from doover_web.control.models import AppInstall, SolutionInstall
from doover_web.gateway.models import Connection

from . import plan
from .access import INSTALL
from .models import Deployment
from .models.deployment import MOST_ATTEMPTS
from .steps import do, show

log = logging.getLogger(__name__)
AT_ONCE = 500
# A device that is connected and says nothing for so long does not know how to answer.
SILENT_ONLINE = timedelta(hours=1)


def carry_out(deployment_id: int) -> bool:
    """Do a deployment, or go on where a dead worker left it. False when there was nothing to do."""
    deployment = (
        Deployment.objects.select_related("agent__organisation", "application").filter(pk=deployment_id).first()
    )
    if deployment is None or not deployment.claim():
        return False
    follow(deployment)
    if deployment.attempts > MOST_ATTEMPTS:
        end(deployment, Deployment.Status.FAILED, f"Given up: {MOST_ATTEMPTS} workers died at it")
        return True
    try:
        _do_all(deployment)
    except SoftTimeLimitExceeded:
        end(deployment, Deployment.Status.FAILED, "This took too long")
    except Refused as refusal:
        end(deployment, Deployment.Status.FAILED, refusal.message)
    except Exception as problem:
        log.exception("Deployment %s failed", deployment_id)
        end(deployment, Deployment.Status.FAILED, f"The server failed at “{deployment.step}”: {type(problem).__name__}")
    return True


def steps_of(deployment: Deployment) -> list[plan.Step]:
    """What it has to do, given what stands on its agent."""
    before = deployment.previous
    made = plan.Wanted.of(deployment.wanted)
    if deployment.action == Deployment.Action.REMOVE:
        return plan.steps_away(deployment.app_key, made)
    standing = (before.app_key, plan.Wanted.of(before.wanted)) if before else None
    return plan.steps_to(deployment.app_key, made, deployment.deployment_config, standing)


def _do_all(deployment: Deployment) -> None:
    steps = steps_of(deployment)
    for number, step in enumerate(steps):
        with transaction.atomic():
            if not _still_wanted(deployment):
                return
            deployment.note(step.words, 100 * number // (len(steps) + 1))
            do(step, deployment)
            if number == 0 or number == len(steps) - 1:
                show(deployment)
    if not plan.needs_device(steps):
        end(deployment, Deployment.Status.SUCCEEDED, "Done")


def _still_wanted(deployment: Deployment) -> bool:
    """Whether it is still open; nobody can end it until this step is done."""
    return Deployment.objects.open().select_for_update(no_key=True).filter(pk=deployment.pk).exists()


def end(deployment: Deployment, status: str, line: str) -> bool:
    """Move it to its end, show that, and move the solution that it is part of. False when it had ended before."""
    moves = {
        Deployment.Status.SUCCEEDED: deployment.succeed,
        Deployment.Status.FAILED: deployment.fail,
        Deployment.Status.CANCELLED: deployment.cancel,
    }
    with transaction.atomic():
        _lock_install(deployment)
        if not moves[Deployment.Status(status)](line):
            return False
        if deployment.agent.archived_at is None:
            show(deployment)
        follow(deployment)
    return True


@transaction.atomic
def follow(deployment: Deployment) -> None:
    """What an end means for others: whether the install is in step, and the status of the solution it is part of."""
    install = AppInstall.objects.select_related(*INSTALL).filter(pk=deployment.install_id).first()
    if install is None:
        return
    if deployment.status == Deployment.Status.SUCCEEDED and deployment.action == Deployment.Action.DEPLOY:
        install.synced = synced_of(install)  # it may be described otherwise by now, or have gone back
        install.save(update_fields=["synced"])
    if install.solution_install_id is not None:
        settle_solution(install.solution_install_id)


def _lock_install(deployment: Deployment) -> None:
    """The install before its deployments, as everybody locks them."""
    installs = AppInstall.objects.filter(pk=deployment.install_id)
    for solution_install_id in installs.values_list("solution_install_id", flat=True):
        AppInstall.objects.lock(deployment.install_id, solution_install_id)


def settle_solution(solution_install_id: int) -> None:
    """A solution succeeds when all of its members did, and fails with the first of them.

    Of two members that end at once, the second looks when the first has ended.
    """
    list(SolutionInstall.objects.select_for_update(no_key=True).filter(pk=solution_install_id).values("pk"))
    ours = Deployment.objects.filter(install__solution_install_id=solution_install_id, install__archived_at=None)
    newest: dict[int, str] = {}
    for install_id, status in ours.order_by("id").values_list("install_id", "status"):
        newest[install_id] = status
    there = set(newest.values())
    for status in ("FAI", "CAN", "RUN", "QUE", "SUC"):
        if status in there:
            SolutionInstall.objects.filter(pk=solution_install_id).update(status=status)
            return


def silent(now, timeout: timedelta) -> list[Deployment]:
    """Deployments that waited for their device too long: at all, or while it was connected."""
    waiting = Deployment.objects.waiting().select_related("agent__organisation", "install")
    late = waiting.filter(waiting_since__lt=now - timeout)
    quiet = waiting.filter(waiting_since__lt=now - SILENT_ONLINE, waiting_since__gte=now - timeout)[:AT_ONCE]
    since = int((now - SILENT_ONLINE).timestamp() * 1000)
    agents = {one.agent_id for one in quiet}
    there = Connection.objects.live().filter(Q(is_default=True), agent_id__in=agents, attached_at__lt=since)
    online = set(there.values_list("agent_id", flat=True))
    return [*late[:AT_ONCE], *(one for one in quiet if one.agent_id in online)]


def time_out(timeout: timedelta) -> int:
    """Fail what waited for its device too long. Returns how many that were."""
    now = timezone.now()
    found = silent(now, timeout)
    return sum(end(one, Deployment.Status.FAILED, "The device did not answer in time") for one in found)
