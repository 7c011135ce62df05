"""What starts a function in the cloud, from settings to the processors' records."""

import pytest

from doover_web.control.models import AppInstall, Application
from doover_web.deployments.actions.deployment import deploy, remove
from doover_web.deployments.starts import starts_of
from doover_web.identity.auth import caller_of_user
from doover_web.identity.models import Agent
from doover_web.processors.models import Function, IngestionEndpoint, Invocation, Schedule, Subscription

from .conftest import fresh, state


@pytest.mark.parametrize(
    ("config", "names"),
    [
        ({}, []),
        ({"dv_proc_subscriptions": "level"}, ["channel:level"]),
        ({"dv_proc_subscriptions": ["level", "flow", "level"]}, ["channel:level", "channel:flow"]),
        ({"dv_egress_channel": "out"}, ["channel:out"]),
        ({"dv_proc_schedules": "rate(5 minutes)"}, ["schedule"]),
        ({"dv_proc_schedules": "disabled"}, []),
        ({"dv_proc_schedules": "cron(0 8 1 * ?)", "dv_proc_timezone": "Australia/Brisbane"}, ["schedule"]),
        ({"dv_proc_ingestion": {"throttle": 5, "sha256_hash_header": "X-Sign"}}, ["door"]),
        ({"dv_proc_subscriptions": None, "dv_proc_schedules": None, "dv_proc_ingestion": None}, []),
    ],
)
def test_settings_name_what_starts_it(config, names):
    starts, issues = starts_of(config)

    assert [start["name"] for start in starts] == names
    assert issues == []


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ({"dv_proc_subscriptions": ["level", "a/b"]}, "dv_proc_subscriptions.1"),
        ({"dv_proc_subscriptions": 5}, "dv_proc_subscriptions"),
        ({"dv_proc_subscriptions": ["c"] * 101}, "dv_proc_subscriptions"),
        ({"dv_proc_schedules": "every minute"}, "dv_proc_schedules"),
        ({"dv_proc_schedules": ["rate(1 minute)"]}, "dv_proc_schedules"),
        ({"dv_proc_schedules": "rate(1 minute)", "dv_proc_timezone": "Mars/North"}, "dv_proc_timezone"),
        ({"dv_proc_schedules": "rate(1 minute)", "dv_proc_timezone": 5}, "dv_proc_timezone"),
        ({"dv_proc_ingestion": {"throttle": 31}}, "dv_proc_ingestion"),
        ({"dv_proc_ingestion": {"cidr_ranges": ["10.0.0.0/33"]}}, "dv_proc_ingestion"),
    ],
)
def test_what_cannot_start_it_is_said_at_the_setting(config, path):
    starts, issues = starts_of(config)

    assert [issue.path for issue in issues] == [path]
    assert [start for start in starts if start["name"] != "channel:level"] == []


@pytest.fixture
def processor(creek, pump):
    """A processor on Pump 7 that hears a channel, runs by the clock and has a door."""
    application = Application.objects.create(
        organisation=creek, name="smoother", display_name="Smoother", type="PRO", ui_schema={"type": "uiApplication"}
    )
    settings = {
        "dv_proc_subscriptions": ["level", "flow"],
        "dv_proc_schedules": "rate(5 minutes)",
        "dv_proc_ingestion": {"signing_key": "s3"},
    }
    return AppInstall.objects.create(
        agent=pump, application=application, name="smoother_1", display_name="Smoother", deployment_config=settings
    )


def test_a_processor_is_registered_called_once_and_done(worker, processor, alice, pump):
    deployment = fresh(worker(lambda: deploy(install=processor, by=caller_of_user(alice))))

    assert deployment.status == "SUC"
    function = Function.objects.get(agent=pump, app_key="smoother_1")
    assert set(function.subscriptions.values_list("channel", flat=True)) == {"level", "flow"}
    assert function.schedules.get().expression == "rate(5 minutes)"
    assert function.ingestionendpoints.get().sealed_signing_key
    call = Invocation.objects.get(function=function)
    assert call.op == "on_deployment"
    assert state(pump, "ui_state")["state"]["children"]["smoother_1"] == {"type": "uiApplication"}


def test_what_stays_keeps_its_token_and_what_went_is_gone(worker, processor, alice):
    by = caller_of_user(alice)
    worker(lambda: deploy(install=processor, by=by))
    tokens = {one.channel: one.token_id for one in Subscription.objects.all()}
    door = IngestionEndpoint.objects.get()
    processor.deployment_config = {"dv_proc_subscriptions": "level", "dv_proc_ingestion": {"throttle": 3}}
    processor.save()

    worker(lambda: deploy(install=processor, by=by))

    assert {one.channel: one.token_id for one in Subscription.objects.all()} == {"level": tokens["level"]}
    assert not Schedule.objects.exists()
    changed = IngestionEndpoint.objects.get()
    assert (changed.id, changed.token_id) == (door.id, door.token_id)
    assert (changed.throttle_limit, changed.sealed_signing_key) == (3, "")


def test_a_removed_processor_is_started_by_nothing(worker, processor, alice):
    by = caller_of_user(alice)
    worker(lambda: deploy(install=processor, by=by))

    removal = fresh(worker(lambda: remove(install=processor, by=by)))

    assert removal.status == "SUC"
    assert not Subscription.objects.exists()
    assert not IngestionEndpoint.objects.exists()


def test_a_person_cannot_give_a_processor_more_than_they_have(worker, processor, alice, mallory, creek):
    theirs = Agent.objects.create(
        kind="device", organisation=mallory.memberships.get().organisation, name="foreign", display_name="Foreign"
    )
    processor.deployment_config = {"dv_proc_extended_permissions": {"devices": [str(theirs.id)]}}
    processor.save()

    deployment = fresh(worker(lambda: deploy(install=processor, by=caller_of_user(alice))))

    assert deployment.deployment_config["DEVICE_LIST"] == []
