"""Integrations by the Control API (`control-api §3.11`)."""

import pytest

from doover_web.control.models import AppInstall, Application
from doover_web.processors.actions import put_trigger
from doover_web.processors.models import IngestionEndpoint

pytestmark = pytest.mark.django_db


@pytest.fixture
def hook(creek):
    return Application.objects.create(organisation=creek, name="hook", display_name="Hook", type="INT")


@pytest.fixture
def made(api, alice, hook, ok):
    named = {"name": "hook_north", "display_name": "North", "application_id": hook.id}
    return ok(api(alice).post("/integrations/", named), 201)


def test_saving_deploys(made, api, alice, ok, creek):
    assert (made["name"], made["organisation"]["id"]) == ("hook_north", str(creek.id))
    first = made["latest_deployment"]["id"]
    path = f"/integrations/{made['id']}/"
    changed = ok(api(alice).patch(path, {"deployment_config": {"key": "a"}}))
    assert changed["latest_deployment"]["id"] != first
    synced = ok(api(alice).post(f"{path}sync_config_profiles/", {}))
    assert synced["latest_deployment"]["id"] != changed["latest_deployment"]["id"]


def test_where_others_call_it(made, api, alice, creek, ok):
    values = {"lambda_arn": "", "cidr_ranges": [], "throttle_limit": 10}
    put_trigger(
        IngestionEndpoint, host=creek.agent, trigger_id=77, app_key="hook_north", permissions={}, values=values, by=None
    )
    [door] = ok(api(alice).get(f"/integrations/{made['id']}/"))["ingestion_endpoints"]
    assert door["url"].endswith(f"/api/agents/{creek.id}/processors/ingestions/77/invoke")
    assert door["token"] == ""


def test_who_may(made, api, bob, mallory, hook, wrong):
    path = f"/integrations/{made['id']}/"
    assert api(mallory).get(path).status_code == 404
    assert api(bob).delete(path).status_code in (403, 404)
    body = {"name": "x", "display_name": "X", "application_id": hook.id}
    assert wrong(api(mallory).post("/integrations/", body)) == ["application_id"]


def test_it_is_archived_and_removed(made, api, alice, ok):
    path = f"/integrations/{made['id']}/"
    ok(api(alice).post(f"{path}archive/"))
    assert ok(api(alice).get("/integrations/?archived=false"))["count"] == 0
    ok(api(alice).post(f"{path}unarchive/"))
    assert api(alice).delete(path).status_code == 204
    assert not AppInstall.objects.exists()


def test_the_list_asks_as_much_for_one_as_for_many(made, api, alice, hook, creek, statements):
    hook.allow_many = True
    hook.save()
    one = statements(lambda: api(alice).get("/integrations/"))
    for number in range(4):
        body = {"name": f"hook_{number}", "display_name": "More", "application_id": hook.id}
        assert api(alice).post("/integrations/", body).status_code == 201
    assert statements(lambda: api(alice).get("/integrations/")) == one
