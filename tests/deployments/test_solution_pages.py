"""Solutions in the admin portal: described, put on a device, deployed as a set."""

import html

import pytest

from doover_web.control.models import AppInstall, Application, ConfigProfile, Solution, SolutionInstall
from doover_web.deployments.models import Deployment

HERE = "/admin-portal/solutions/"
SCHEMA = '{"type": "object", "properties": {"size": {"type": "number", "maximum": 9}}}'
JINJA = '{"main": {"speed": {{ config.size * 10 }}}}'


def text_of(response) -> str:
    return html.unescape(response.content.decode())


@pytest.fixture
def tanks(browse, alice, application):
    """Tanks, with pump control under the key `main`, described on its pages."""
    client = browse(alice)
    fields = {"display_name": "Tanks", "config_schema": SCHEMA, "config": '{"size": 4}', "jinja_template": JINJA}
    made = client.post(f"{HERE}0/", fields)
    solution = Solution.objects.get()
    assert made["Location"] == f"{HERE}{solution.id}/"
    part = {"do": "save", "application": application.id, "display_name": "Pump", "name": "main", "c/start_pin": "4"}
    assert client.post(f"{HERE}{solution.id}/applications/0/", part).status_code == 302
    return solution


@pytest.fixture
def put(browse, alice, device, tanks, worker):
    """Tanks on Pump 7."""
    address = f"/admin-portal/device/{device.agent_id}/?tab=applications"
    made = worker(lambda: browse(alice).post(address, {"do": "put_solution", "solution": tanks.id}))
    one = SolutionInstall.objects.get()
    assert made["Location"] == f"/admin-portal/solution-install/{one.id}/"
    return one


def test_it_is_described_with_its_applications(browse, alice, bob, mallory, tanks):
    template = tanks.templates.get()
    assert (template.name, template.deployment_config) == ("main", {"start_pin": 4})
    shown = text_of(browse(alice).get(f"{HERE}{tanks.id}/"))
    assert "Pump control" in shown
    assert "config.size" in shown
    looked = text_of(browse(bob).get(f"{HERE}{tanks.id}/"))
    assert "Pump" in looked
    assert "config.size" not in looked
    assert "Tanks" in text_of(browse(alice).get(f"{HERE}?search=tan"))
    assert browse(mallory).get(f"{HERE}{tanks.id}/").status_code == 404
    assert "Tanks" not in text_of(browse(mallory).get(HERE))


def test_an_application_in_it_is_changed_and_taken_out(browse, alice, application, creek, tanks):
    client, template = browse(alice), tanks.templates.get()
    address = f"{HERE}{tanks.id}/applications/{template.id}/"
    slow = ConfigProfile.objects.create(application=application, organisation=creek, display_name="Slow")
    part = {"do": "save", "display_name": "Pump", "name": "other", "profiles": slow.id, "c/speed": "900"}
    refused = client.post(address, part)
    assert refused.status_code == 400
    assert "greater than the maximum" in text_of(refused)

    client.post(address, {**part, "c/speed": "9"})

    template.refresh_from_db()
    assert (template.name, template.deployment_config["speed"]) == ("other", 9)
    assert [one.profile for one in template.ordered_profiles.all()] == [slow]
    client.post(address, {"do": "remove"})
    assert not tanks.templates.exists()


def test_what_is_wrong_is_told_in_the_form(browse, alice, tanks):
    wrong = {"display_name": "Kept", "config_schema": "{}", "jinja_template": "{% if"}
    refused = browse(alice).post(f"{HERE}{tanks.id}/", wrong)
    assert refused.status_code == 400
    assert 'value="Kept"' in text_of(refused)
    assert "is no template" in text_of(refused)
    browse(alice).post(f"{HERE}{tanks.id}/", {"do": "archive"})
    assert "Tanks" not in text_of(browse(alice).get(HERE))
    assert "Tanks" in text_of(browse(alice).get(f"{HERE}?archived=1"))


def test_it_is_put_on_a_device_and_deployed_as_a_set(browse, alice, put, worker):
    client, address = browse(alice), f"/admin-portal/solution-install/{put.id}/"
    assert Deployment.objects.get().deployment_config["speed"] == 40
    assert "Waits for the device" in text_of(client.get(address))
    assert SolutionInstall.objects.get().status == "RUN"

    assert client.post(address, {"do": "save", "display_name": "Tanks", "c/size": "12"}).status_code == 400
    worker(lambda: client.post(address, {"do": "save", "display_name": "Big tanks", "c/size": "7"}))

    put.refresh_from_db()
    assert (put.display_name, put.deployment_config) == ("Big tanks", {"size": 7})
    assert Deployment.objects.latest("id").deployment_config["speed"] == 70
    worker(lambda: client.post(address, {"do": "deploy"}))
    assert Deployment.objects.count() == 3
    assert "Big tanks" in text_of(client.get(f"/admin-portal/device/{put.device_id}/?tab=applications"))
    gone = worker(lambda: client.post(address, {"do": "remove"}))
    assert gone["Location"].endswith("?tab=applications")
    assert not AppInstall.objects.in_use().exists()


def test_who_may_look_changes_nothing(browse, bob, mallory, put):
    address = f"/admin-portal/solution-install/{put.id}/"
    assert browse(bob).get(address).status_code == 200
    for deed in ("deploy", "sync", "remove", "save"):
        assert browse(bob).post(address, {"do": deed, "display_name": "x"}).status_code == 403
    assert browse(mallory).get(address).status_code == 404


def test_in_step_minds_what_the_solution_makes(api, alice, browse, put, answers):
    [member] = AppInstall.objects.all()
    answers(Deployment.objects.get(), "SUC")

    def synced(**fields):
        return api(alice).patch(f"/app_installs/{member.id}/", fields).json()["synced"]

    assert synced(display_name="The pump") == "OK"
    browse(alice).post(
        f"{HERE}{put.solution_id}/",
        {"display_name": "Tanks", "config_schema": SCHEMA, "config": '{"size": 5}', "jinja_template": JINJA},
    )
    assert AppInstall.objects.get().synced == "NO"
    assert synced(display_name="The pump again") == "NO"


def test_in_step_minds_what_is_known_of_the_device(api, alice, deployed, answers, install, application):
    application.config_schema["properties"]["start_pin"]["default"] = 4
    application.save()
    answers(deployed, "SUC")

    told = api(alice).patch(f"/app_installs/{install.id}/", {"deployment_config": {}})

    assert told.json()["synced"] == "OK", "the tank's height comes from the device"


def test_an_application_is_chosen_first(browse, alice, tanks, application, creek):
    Application.objects.create(organisation=creek, name="hidden", display_name="Hook", type="INT")
    address = f"{HERE}{tanks.id}/applications/0/"
    offered = text_of(browse(alice).get(address))
    assert "Pump control" in offered
    assert "Hook" not in offered
    assert 'name="c/start_pin"' in text_of(browse(alice).get(f"{address}?application={application.id}"))
    assert browse(alice).get(f"{address}?application=5").status_code == 400
    assert browse(alice).get(f"{HERE}0/applications/0/").status_code == 404
