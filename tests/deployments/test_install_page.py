"""The page of an install: settings are written, saved, deployed and compared."""

import html

import pytest

from doover_web.control.models import AppInstall, Application, ConfigProfile
from doover_web.deployments.actions.deployment import deploy
from doover_web.deployments.models import Deployment
from doover_web.identity.auth import caller_of_user
from doover_web.identity.models import AuditEntry

HERE = "/admin-portal/install/{}/"


def address(install) -> str:
    return HERE.format(install.id)


def send(client, install, stamp=None, **fields):
    """The form as a browser sends it, drawn a moment ago."""
    page = client.get(address(install))
    return client.post(address(install), {"stamp": stamp or page.context["settings"].stamp, **fields})


def test_the_form_shows_what_is_set_and_what_is_given(browse, alice, install, creek, application):
    profile = ConfigProfile.objects.create(
        application=application, organisation=creek, display_name="Bore pumps", deployment_config={"speed": 55}
    )
    install.ordered_profiles.create(profile=profile, position=0)

    text = html.unescape(browse(alice).get(address(install)).content.decode())

    assert 'name="c/start_pin" value="4"' in text
    assert 'placeholder="55"' in text
    assert "from Bore pumps" in text
    assert "from device" in text
    assert "0 to 100" in text


def test_settings_are_saved(browse, alice, install):
    response = send(browse(alice), install, **{"do": "save", "c/start_pin": "7", "c/speed": "60.5"})

    assert response.status_code == 302
    install.refresh_from_db()
    assert install.deployment_config == {"start_pin": 7, "speed": 60.5}
    assert AuditEntry.objects.filter(action="app.config_changed", subject_id=install.id).exists()
    assert not Deployment.objects.exists()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"c/start_pin": "seven"}, "Write a whole number, such as 12"),
        ({"c/speed": "101", "c/start_pin": "4"}, "greater than the maximum"),
        ({"json": "{"}, "This is not JSON"),
        ({"json": "[1]"}, "Settings are one JSON object"),
        ({"json": '{"speed": "fast"}'}, "fast"),
    ],
)
def test_what_does_not_fit_is_told_at_its_place_and_nothing_saved(browse, alice, install, fields, words):
    response = send(browse(alice), install, do="save", **fields)

    text = html.unescape(response.content.decode())
    assert response.status_code == 400
    assert words in text
    for value in fields.values():
        assert value in text
    install.refresh_from_db()
    assert install.deployment_config == {"start_pin": 4}


@pytest.mark.parametrize("part", ["runs", "state"])
def test_what_does_not_fit_is_told_on_a_whole_page_also_where_a_part_was_asked_for(browse, alice, install, part):
    refused = browse(alice).post(address(install) + f"?part={part}", {"do": "save", "c/start_pin": "seven"})

    assert refused.status_code == 400
    assert "Write a whole number, such as 12" in html.unescape(refused.content.decode())


def test_saved_and_deployed(browse, alice, install, worker):
    worker(lambda: send(browse(alice), install, **{"do": "deploy", "c/start_pin": "7"}))

    deployment = Deployment.objects.get()
    assert deployment.deployment_config["start_pin"] == 7
    assert deployment.status == "RUN"
    text = browse(alice).get(address(install)).content.decode()
    assert "Waits for the device" in text


def test_the_page_follows_its_deployment(browse, alice, install, deployed, answers):
    client = browse(alice)
    runs, head = f"{address(install)}?part=runs", f"{address(install)}?part=state"
    for part in (runs, head):
        assert f'name="docker_deployment" src="{part}"' in client.get(address(install)).content.decode()
    assert "Nothing runs yet" in client.get(runs).content.decode()
    assert "Waits for the device" in client.get(head).content.decode()

    answers(deployed, "SUC")

    text = client.get(runs).content.decode()
    assert "What is saved is what runs." in text
    assert "<html" not in text
    assert "Done" in client.get(head).content.decode()


def test_what_is_missing_may_be_saved_and_not_deployed(browse, alice, install):
    assert send(browse(alice), install, **{"do": "deploy", "c/start_pin": ""}).status_code == 400
    install.refresh_from_db()
    assert install.deployment_config == {"start_pin": 4}
    assert not Deployment.objects.exists()
    assert send(browse(alice), install, **{"do": "save", "c/start_pin": ""}).status_code == 302


def test_two_people_at_the_same_install(browse, alice, install):
    before = browse(alice).get(address(install)).context["settings"].stamp
    send(browse(alice), install, **{"do": "save", "c/start_pin": "8"})

    response = send(browse(alice), install, stamp=before, **{"do": "save", "c/start_pin": "9"})

    assert response.status_code == 409
    text = html.unescape(response.content.decode())
    assert "Not saved: Alice Moreau changed this install while you were at it" in text
    assert 'name="c/start_pin" value="9"' in text
    install.refresh_from_db()
    assert install.deployment_config == {"start_pin": 8}


def test_secrets_are_never_in_the_page(browse, alice, bob, install):
    AppInstall.objects.filter(pk=install.pk).update(deployment_config={"start_pin": 4, "api_key": "violet"})
    for person, query in ((alice, ""), (alice, "?as=json"), (bob, ""), (bob, "?as=json")):
        assert "violet" not in browse(person).get(address(install) + query).content.decode()
    send(browse(alice), install, do="save", json='{"start_pin": 5, "api_key": "••••••"}')
    install.refresh_from_db()
    assert install.deployment_config == {"start_pin": 5, "api_key": "violet"}


def test_name_release_and_profiles(browse, alice, install, creek, application):
    made = {"application": application, "organisation": creek}
    low, high = (ConfigProfile.objects.create(display_name=name, **made) for name in ("Low", "High"))
    fields = {"display_name": "Main pump", "version": "", f"profile_{low.id}": "1", f"profile_{high.id}": "2"}

    assert send(browse(alice), install, do="release", **fields).status_code == 302

    install.refresh_from_db()
    assert install.display_name == "Main pump"
    assert [one.profile for one in install.ordered_profiles.all()] == [low, high]


def test_looking_is_not_changing(browse, bob, mallory, install):
    page = browse(bob).get(address(install))
    assert page.status_code == 200
    assert 'value="deploy"' not in page.content.decode()
    assert browse(bob).post(address(install), {"do": "save"}).status_code == 403
    assert browse(mallory).get(address(install)).status_code == 404
    assert browse(None).get(address(install)).status_code == 302


def test_archived_brought_back_and_uninstalled(browse, alice, install):
    client = browse(alice)
    client.post(address(install), {"do": "archive"})
    install.refresh_from_db()
    assert install.archived_at is not None
    client.post(address(install), {"do": "unarchive"})
    install.refresh_from_db()
    assert install.archived_at is None
    client.post(address(install), {"do": "delete"})
    assert not AppInstall.objects.filter(pk=install.pk).exists()


def deployed_twice(worker, install, alice, answers):
    """Two deployments that succeeded, with other settings."""
    first = worker(lambda: deploy(install=install, by=caller_of_user(alice)))
    worker(lambda: answers(first, "SUC"))
    install.deployment_config = {"start_pin": 9}
    install.save()
    second = worker(lambda: deploy(install=install, by=caller_of_user(alice)))
    worker(lambda: answers(second, "SUC"))
    return first, second


def test_deployments_are_listed_compared_and_gone_back_to(browse, alice, worker, install, answers):
    first, second = deployed_twice(worker, install, alice, answers)
    client = browse(alice)

    text = client.get(f"{address(install)}deployments/?of={first.id}&of={second.id}").content.decode()
    assert "&quot;start_pin&quot;: 4" in text
    assert "1 change" in text
    log = client.get(f"/admin-portal/deployment/{first.id}/")
    assert "Begun by Alice Moreau" in log.content.decode()
    worker(lambda: client.post(f"/admin-portal/deployment/{first.id}/", {"do": "again"}))

    newest = Deployment.objects.order_by("-id").first()
    assert newest.deployment_config["start_pin"] == 4


def test_one_deployment_is_cancelled_and_tried_again(browse, alice, bob, deployed, worker):
    client, here = browse(alice), f"/admin-portal/deployment/{deployed.id}/"
    assert browse(bob).post(here, {"do": "cancel"}).status_code == 403
    client.post(here, {"do": "cancel"})
    deployed.refresh_from_db()
    assert deployed.status == "CAN"
    worker(lambda: client.post(here, {"do": "retry"}))
    assert Deployment.objects.open().count() == 1
    assert client.post(here, {"do": "sing"}).status_code == 400


def test_queries_stay_level(browse, alice, install, django_assert_max_num_queries, worker):
    client = browse(alice)
    for _ in range(3):
        worker(lambda: deploy(install=install, by=caller_of_user(alice)))
    client.get(f"{address(install)}deployments/")
    with django_assert_max_num_queries(40) as few:
        client.get(f"{address(install)}deployments/")
    for _ in range(6):
        worker(lambda: deploy(install=install, by=caller_of_user(alice)))
    with django_assert_max_num_queries(len(few)):
        client.get(f"{address(install)}deployments/")


def test_what_starts_it_in_the_cloud_is_shown(browse, alice, creek, device, worker):
    watch = Application.objects.create(organisation=creek, name="watch", display_name="Watch", type="PRO")
    config = {"dv_proc_subscriptions": ["level"], "dv_proc_schedules": "cron(30 6 * * ?)", "dv_proc_timezone": "UTC"}
    made = AppInstall.objects.create(agent=device.agent, application=watch, name="watch_1", deployment_config=config)
    address = f"/admin-portal/install/{made.id}/"
    assert "Nothing yet; its settings say what does" in html.unescape(browse(alice).get(address).content.decode())

    worker(lambda: browse(alice).post(address, {"do": "deploy_now"}))

    shown = html.unescape(browse(alice).get(address).content.decode())
    assert "cron(30 6 * * ?) UTC" in shown
    assert "on_deployment" in shown
    assert '<span class="dv-mono">level</span>' in shown
