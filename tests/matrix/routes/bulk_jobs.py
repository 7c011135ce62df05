"""The same change to many devices, and what organisations used."""

from datetime import date

from django.utils import timezone

from doover_web.deployments.models import BulkJob, BulkRow, UsageDay

from ..lines import Lines, api

line = Lines()
LISTS = api(stranger=200, bare=200, neighbour=200)
# Whose job it is, and who manages the organisation's applications.
HERE = api(bare=404, looker=404, own=404)
STEERS = HERE.but(narrow=403)
BODY = {"action": "move", "devices": {"devices": ["{pump}"]}, "parameters": {"group_id": "{root_group}"}}
# Which group, and which devices, is asked with the eyes of the caller.
MAKES = api(stranger=400, bare=400, looker=403, narrow=403, admin=201, own=400, neighbour=400, root=403)
# Administrators look after bills too.
FIGURES = api(stranger=200, bare=200, neighbour=200)


def seed(world) -> None:
    """A job that waits and one that is done, of somebody else; figures of a day."""
    creek, pump = world.things["creek"], world.things["pump"]
    for status in ("queued", "done"):
        job = BulkJob.objects.create(organisation=creek, action="archive", status=status, by_name="Amber")
        BulkRow.objects.create(job=job, device=pump)
        world.add(f"bulk_{status}", job.id)
    UsageDay.objects.create(organisation=creek, day=date(2026, 1, 31), devices=88, measured_at=timezone.now())


line("GET", "/bulk_jobs/", LISTS)
line("POST", "/bulk_jobs/", MAKES, body=BODY)
line("POST", "/bulk_jobs/preview/", MAKES.but(admin=200, browser=200), body=BODY)
line("GET", "/bulk_jobs/{bulk_done}/", HERE)
line("GET", "/bulk_jobs/{bulk_done}/devices/", HERE)
line("GET", "/bulk_jobs/{bulk_done}/devices/1/", HERE.but(narrow=404, admin=404, browser=404, root=404))
line("POST", "/bulk_jobs/{bulk_queued}/cancel/", STEERS)
line("POST", "/bulk_jobs/{bulk_done}/undo/", STEERS)
line("GET", "/organisations/usage/", FIGURES)
line("GET", "/organisations/usage/csv/", FIGURES)
