"""Worker entry points of the control plane."""

from celery import shared_task
from django.utils import timezone

from .actions.tunnel import deactivate_tunnel
from .models import Tunnel

AT_ONCE = 500


@shared_task
def close_tunnels() -> int:
    """Ask devices to close the tunnels whose time is over. Returns how many."""
    over = Tunnel.objects.select_related("device__organisation").filter(wanted_until__lt=timezone.now())[:AT_ONCE]
    for tunnel in over:
        deactivate_tunnel(tunnel=tunnel, by=None)
    return len(over)
