"""Worker entry points of deployments, and what the timetable sweeps up."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from . import carry, reports
from .models import Deployment

AT_ONCE = 1000


@shared_task(name="doover_web.deployments.tasks.carry_out", soft_time_limit=100, time_limit=120)
def carry_out(deployment_id: int) -> bool:
    """Do a deployment, once; a second call finds nothing to do."""
    return carry.carry_out(deployment_id)


@shared_task
def sweep() -> int:
    """Begin again what a dead worker left, hear what devices said meanwhile, and fail what waited too long."""
    abandoned = Deployment.objects.abandoned(timezone.now()).order_by("created_at").values_list("id", flat=True)
    for deployment_id in (found := list(abandoned[:AT_ONCE])):
        carry_out.apply_async((deployment_id,), expires=60)
    reports.look_again()
    carry.time_out(timedelta(seconds=settings.DEPLOYMENT_SECONDS))
    return len(found)
