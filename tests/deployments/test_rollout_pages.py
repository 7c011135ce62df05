"""Roll-outs in the admin portal: made after they were tried out, watched and steered."""

import html

import pytest

from doover_web.control.models import ConfigProfile, Device
from doover_web.deployments.actions.deployment import deploy
from doover_web.deployments.models import Rollout
from doover_web.identity.auth import caller_of_user

LIST = "/admin-portal/rollouts/"
NEW = f"{LIST}new/"


@pytest.fixture
def fields(install):
    """What somebody writes into the form."""
    steps = {"rings": "50, 100", "soak": "0", "abort_percent": "20", "patience": "5", "rolls_back": "1"}
    return {"application": install.application_id, "name": "Slower", "config": '{"speed": 20}', **steps}


def text_of(response) -> str:
    return html.unescape(response.content.decode())


def test_tried_out_made_started_and_stopped(browse, alice, install, fields, worker):
    client = browse(alice)
    tried = text_of(client.post(NEW, {**fields, "do": "preview"}))
    assert "What would become of 1 install" in tried
    assert '"speed": 20' in tried
    assert not Rollout.objects.exists()

    made = client.post(NEW, {**fields, "do": "create"})
    rollout = Rollout.objects.get()
    assert made["Location"] == f"{LIST}{rollout.id}/"
    assert (rollout.rings, rollout.patience_seconds, rollout.change) == ([50, 100], 300, {"config": {"speed": 20}})
    worker(lambda: client.post(made["Location"], {"do": "start"}))
    page = client.get(made["Location"])
    assert [(ring.share, ring.total) for ring in page.context["rings"]] == [(100, 1)]
    assert page.context["rows"][0][0].install == install
    assert "Running" in text_of(page)
    assert "Slower" in text_of(client.get(LIST))
    assert "<html" not in text_of(client.get(f"{made['Location']}?part=rollout"))
    worker(lambda: client.post(made["Location"], {"do": "abort"}))
    rollout.refresh_from_db()
    assert rollout.status == "aborted"
    assert "It has ended" in text_of(client.post(made["Location"], {"do": "abort"}, follow=True))


def test_a_try_shows_what_is_and_what_would_be(browse, alice, install, fields, worker, answers):
    install.deployment_config = {"start_pin": 4, "speed": 20}
    install.save()
    answers(worker(lambda: deploy(install=install, by=caller_of_user(alice))), "SUC")

    [row] = browse(alice).post(NEW, {**fields, "config": '{"speed": 30}', "do": "preview"}).context["tried"]

    changed = [(line.kind, line.text.strip().rstrip(",")) for line in row["lines"] if line.kind in ("minus", "plus")]
    assert changed == [("minus", '"speed": 20'), ("plus", '"speed": 30')]


def test_going_back_by_itself_is_ticked_until_somebody_unticks_it(browse, alice, install, fields):
    ticked = 'name="rolls_back" value="1" checked'
    client = browse(alice)
    for address in (NEW, f"{NEW}?application={install.application_id}"):
        assert ticked in text_of(client.get(address))
    assert ticked not in text_of(client.post(NEW, {**fields, "rolls_back": "", "do": "preview"}))


def test_profiles_go_to_devices_with_a_tag(browse, alice, install, fields):
    slow = ConfigProfile.objects.create(
        application=install.application, organisation=install.agent.organisation, display_name="Slow"
    )
    Device.objects.filter(agent=install.agent).update(tags=["wet"])
    client, asked = browse(alice), {**fields, "config": "", "profiles": slow.id, "tag": "wet", "do": "create"}
    assert f'<option value="{slow.id}">Pump control · Slow</option>' in text_of(client.get(NEW))

    made = client.post(NEW, asked)

    assert Rollout.objects.get().change == {"config_profile_ids": [str(slow.id)]}
    assert "Slow" in text_of(client.get(made["Location"]))
    assert client.post(NEW, {**asked, "tag": "dry"}).status_code == 400
    assert client.post(NEW, {**asked, "profiles": "x"}).status_code == 400


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"rings": "50, ten"}, "Rings are shares of a hundred"),
        ({"rings": "50"}, "the last is 100"),
        ({"soak": "soon"}, "is a whole number"),
        ({"config": "{"}, "This is not JSON"),
        ({"config": "[]"}, "write one JSON object"),
        ({"application": ""}, "Choose an application"),
        ({"words": "nothing like it"}, "No device that you may see fits this"),
    ],
)
def test_what_is_wrong_is_told_and_what_was_written_kept(browse, alice, fields, wrong, words):
    response = browse(alice).post(NEW, {**fields, **wrong, "do": "create"})
    assert response.status_code == 400
    assert words in text_of(response)
    assert 'value="Slower"' in text_of(response)
    assert not Rollout.objects.exists()


def test_what_does_not_fit_is_seen_before(browse, alice, fields):
    tried = text_of(browse(alice).post(NEW, {**fields, "config": '{"speed": 900}', "do": "preview"}))
    assert "1 would be refused" in tried


def test_looking_is_not_steering(browse, alice, bob, mallory, fields):
    browse(alice).post(NEW, {**fields, "do": "create"})
    here = f"{LIST}{Rollout.objects.get().id}/"
    assert browse(bob).get(here).status_code == 200
    assert browse(bob).post(here, {"do": "start"}).status_code == 403
    assert browse(bob).get(NEW).status_code == 403
    assert browse(mallory).get(here).status_code == 404
    assert browse(alice).post(here, {"do": "sing"}).status_code == 400


def test_queries_stay_level(browse, alice, fields, django_assert_max_num_queries):
    client = browse(alice)
    client.post(NEW, {**fields, "do": "create"})
    client.get(LIST)
    with django_assert_max_num_queries(40) as few:
        client.get(LIST)
    allowed = len(few)
    for _ in range(4):
        client.post(NEW, {**fields, "do": "create"})
    with django_assert_max_num_queries(allowed):
        client.get(LIST)
