"""Worker entry points of the control plane."""

from celery import shared_task
from django.utils import timezone

from . import report_run, report_schedules
from .actions.tunnel import deactivate_tunnel
from .models import Tunnel
from .uploads import sweep

AT_ONCE = 500


@shared_task
def close_tunnels() -> int:
    """Ask devices to close the tunnels whose time is over. Returns how many."""
    over = Tunnel.objects.select_related("device__organisation").filter(wanted_until__lt=timezone.now())[:AT_ONCE]
    for tunnel in over:
        deactivate_tunnel(tunnel=tunnel, by=None)
    return len(over)


@shared_task(soft_time_limit=900, time_limit=960)
def make_report(job_id: int) -> None:
    """Make one report."""
    report_run.run_report(job_id)


@shared_task
def sweep_reports() -> int:
    """Ask for the reports that are due, and go on with those that a dead worker left. Returns how many."""
    wanted = [*report_schedules.create_due(), *report_run.stale_reports()]
    for job_id in wanted:
        make_report.delay(job_id)
    return len(wanted)


@shared_task
def sweep_uploads() -> int:
    """Remove files that were given to the control plane and that nothing points at any more. Returns how many."""
    return sweep()
