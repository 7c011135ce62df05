"""The figures of the overview lead to the lists that they count; usage is shown and taken away as a file."""

import html
from datetime import date

from django.utils import timezone

from doover_web.control.models import AppInstall
from doover_web.deployments.models import Deployment, UsageDay


def text_of(response) -> str:
    return html.unescape(response.content.decode())


def test_figures_lead_to_their_lists(browse, alice, install, worker, deployed):
    client = browse(alice)
    deployed.fail("the pump is stuck")
    AppInstall.objects.filter(pk=install.pk).update(synced="NO")

    overview = client.get("/admin-portal/").context
    assert (overview["apart"], overview["failed"], overview["under_way"], overview["new_devices"]) == (1, 1, 0, 1)
    assert client.get("/admin-portal/devices/?apart=1").context["rows"][0].device.id == install.agent_id
    assert "the pump is stuck" in text_of(client.get("/admin-portal/deployments/?status=FAI"))
    assert not client.get("/admin-portal/deployments/?status=open").context["rows"]
    assert client.get("/admin-portal/deployments/").context["page"].paginator.count == Deployment.objects.count()


def test_usage_is_shown_and_downloaded(browse, alice, bob, creek):
    client = browse(alice)
    assert "Nothing counted yet" in text_of(client.get("/admin-portal/usage/"))
    UsageDay.objects.create(
        organisation=creek, day=date(2026, 1, 31), devices=7, messages=1200, measured_at=timezone.now()
    )
    assert "1,200" in text_of(client.get("/admin-portal/usage/"))
    lines = b"".join(client.get("/admin-portal/usage/download/")).decode().splitlines()
    assert lines[1].startswith("2026-01-31,7,1200,")
    assert browse(bob).get("/admin-portal/usage/").status_code == 403
