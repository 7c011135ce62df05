"""Deployments over HTTP."""

import pytest

from doover_web.control.models import AppInstall
from doover_web.deployments.models import Deployment

from .conftest import fresh


@pytest.fixture
def began(api, alice, worker):
    """`began(path, body)`: a POST of Alice's, and what the worker does then."""

    def post(path, body=None, status=201):
        answer = worker(lambda: api(alice).post(path, body))
        assert answer.status_code == status, answer.content
        return answer.json()

    return post


def test_deploying_takes_no_body_and_answers_with_the_deployment(began, install, api, alice):
    made = began(f"/app_installs/{install.id}/deployments/")

    assert made.keys() == {
        "id", "app_install", "status", "created_at", "log_output", "deployment_config", "docker_message_id",
    }  # fmt: skip
    assert (made["app_install"], made["status"]) == (str(install.id), "QUE")
    seen = api(alice).get(f"/app_installs/{install.id}/deployments/{made['id']}/").json()
    assert (seen["status"], seen["docker_message_id"]) == ("RUN", str(Deployment.objects.get().docker_message_id))


@pytest.mark.parametrize("name", ["app_install", "app_install_id"])
@pytest.mark.parametrize("kind", [int, str])
def test_the_body_names_the_install_either_way(began, install, name, kind):
    assert began("/app_deployments/", {name: kind(install.id)})["app_install"] == str(install.id)


@pytest.mark.parametrize("body", [{}, {"app_install": 5}, {"app_install": "x"}, {"app_install": None}, []])
def test_a_body_that_names_none_is_refused(began, body):
    began("/app_deployments/", body, status=400)


def test_a_configuration_that_does_not_fit_is_made_and_failed(began, install):
    install.deployment_config = {"start_pin": "four"}
    install.save()

    made = began(f"/app_installs/{install.id}/deployments/")

    assert made["status"] == "FAI"
    assert "start_pin: 'four' is not of type 'integer'" in made["log_output"]


def test_a_retry_of_the_same_post_leaves_one_under_way(began, install):
    for _ in range(3):
        began(f"/app_installs/{install.id}/deployments/")

    assert Deployment.objects.open().count() == 1


def test_a_device_is_deployed_as_a_set(began, install, application, pump):
    for number in (2, 3):
        AppInstall.objects.create(
            agent=pump, application=application, name=f"pump_control_{number}", display_name="P",
            deployment_config={"start_pin": number},
        )  # fmt: skip

    made = began(f"/devices/{pump.id}/deployments/")["deployments"]

    assert [one["app_key"] for one in made] == ["pump_control_1", "pump_control_2", "pump_control_3"]


def test_it_is_called_off_tried_again_and_gone_back_from(began, install, answers):
    first = began(f"/app_installs/{install.id}/deployments/")["id"]
    answers(Deployment.objects.get(pk=first), "SUC")
    second = began(f"/app_installs/{install.id}/deployments/")["id"]

    assert began(f"/app_deployments/{second}/cancel/", status=200)["status"] == "CAN"
    assert began(f"/app_deployments/{second}/cancel/", status=409)["code"] == "ended"
    assert began(f"/app_deployments/{second}/retry/", status=200)["status"] == "QUE"
    back = began(f"/app_deployments/{second}/rollback/", status=200)
    assert back["deployment_config"] == fresh(Deployment.objects.get(pk=first)).deployment_config
    assert began(f"/app_deployments/{first}/rollback/", status=409)["code"] == "nothing_before"


def test_lists_are_filtered_and_the_newest_comes_first(began, install, api, alice, pump):
    made = [began(f"/app_installs/{install.id}/deployments/")["id"] for _ in range(3)]
    client = api(alice)

    assert {one["id"] for one in client.get("/app_deployments/?status=CAN").json()["results"]} == set(made[:2])
    assert client.get("/app_deployments/?ordering=-id").json()["results"][0]["id"] == made[2]
    assert client.get(f"/app_deployments/?app_install={install.id}").json()["count"] == 3
    assert client.get("/app_deployments/?status=odd").status_code == 400
    shown = client.get(f"/devices/{pump.id}/deployments/?ordering=-id").json()["results"][0]
    assert (shown["app_key"], shown["by"]) == ("pump_control_1", "Alice Moreau")


def test_the_queries_stay_level(began, install, api, alice, statements):
    began(f"/app_installs/{install.id}/deployments/")
    client = api(alice)
    client.get("/app_deployments/")
    few = statements(lambda: client.get("/app_deployments/"))
    for _ in range(4):
        began(f"/app_installs/{install.id}/deployments/")

    assert statements(lambda: client.get("/app_deployments/")) == few


def test_what_looks_secret_is_for_those_who_configure(began, install, api, alice, bob):
    install.deployment_config = {"start_pin": 1, "site_password": "hunter2"}
    install.save()
    made = began(f"/app_installs/{install.id}/deployments/")["id"]

    assert "hunter2" in api(alice).get(f"/app_deployments/{made}/").content.decode()
    assert "hunter2" not in api(bob).get(f"/app_deployments/{made}/").content.decode()
    assert "hunter2" not in api(bob).get("/app_deployments/").content.decode()


def test_a_stranger_finds_nothing(began, install, api, mallory):
    made = began(f"/app_installs/{install.id}/deployments/")["id"]

    assert api(mallory).get(f"/app_deployments/{made}/").status_code == 404
    assert api(mallory).get("/app_deployments/").json()["count"] == 0
    assert api(mallory).post(f"/app_installs/{install.id}/deployments/").status_code == 404
