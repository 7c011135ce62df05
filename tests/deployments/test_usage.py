"""What organisations used, day by day."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from doover_web.data.models import Message
from doover_web.data.publish import post_message
from doover_web.deployments.models import UsageDay
from doover_web.deployments.tasks import measure_usage
from doover_web.deployments.usage import days_to_measure, measure
from doover_web.identity.models import Agent
from doover_web.processors.models import Invocation

TODAY = timezone.now().date


def of(organisation, day=None):
    return UsageDay.objects.get(organisation=organisation, day=day or TODAY())


def measure_lately():
    for day in days_to_measure(TODAY()):
        measure_usage(day.isoformat())


@pytest.fixture
def used(pump, alice, reach):
    """Pump 7 said three things, one with a file, one of them two days ago; a task ran once."""
    here = reach(alice, pump)
    old = int((timezone.now() - timedelta(days=2)).timestamp() * 1000)
    post_message(reach=here, name="level", data={"metres": 1.2})
    post_message(reach=here, name="level", data={"metres": 1.3}, files=[SimpleUploadedFile("a.txt", b"12345")])
    post_message(reach=here, name="level", data={"metres": 1.1}, ts=old)
    Invocation.objects.create(task_agent_id=pump.id, task_channel_id=1, op="task")


def test_a_day_is_counted(used, creek, mallory):
    measure_lately()

    today = of(creek)
    assert (today.devices, today.messages, today.attachments, today.attachment_bytes, today.function_runs) == (
        1,
        2,
        1,
        5,
        1,
    )
    assert today.bytes > 20
    assert of(creek, TODAY() - timedelta(days=2)).messages == 1
    elsewhere = of(mallory.memberships.get().organisation)
    assert (elsewhere.devices, elsewhere.messages, elsewhere.function_runs) == (0, 0, 0)


def test_counting_again_changes_what_came_late_and_adds_no_row(used, creek, alice, pump, reach):
    measure_lately()
    rows = UsageDay.objects.count()
    post_message(reach=reach(alice, pump), name="level", data={"metres": 2})

    measure_lately()

    assert (UsageDay.objects.count(), of(creek).messages) == (rows, 3)


def test_a_long_text_counts_in_full(pump, alice, creek, reach):
    post_message(reach=reach(alice, pump), name="level", data={"log": "a" * 50_000})

    measure_lately()

    assert 50_000 < of(creek).bytes < 50_100


def test_what_is_removed_after_a_count_stays_counted(used, creek):
    measure_lately()
    before = of(creek)
    Message.objects.all().delete()

    measure_lately()

    assert (of(creek).messages, of(creek).bytes) == (2, before.bytes)


@pytest.mark.parametrize(
    ("made", "archived", "counted"), [(-5, None, 1), (-5, -2, 0), (-5, 0, 1), (0, None, 1), (1, None, 0)]
)
def test_devices_that_were_there_on_the_day(creek, made, archived, counted):
    day = datetime(2026, 3, 10, 12, tzinfo=UTC)
    agent = Agent.objects.create(kind="device", organisation=creek, name="one")
    Agent.objects.filter(pk=agent.pk).update(
        created_at=day + timedelta(days=made),
        archived_at=None if archived is None else day + timedelta(days=archived),
    )
    creek.created_at = day - timedelta(days=9)
    creek.save()

    measure(day.date())

    assert of(creek, day.date()).devices == counted


def test_the_figures_over_http(used, api, alice, bob, mallory):
    measure_lately()
    client = api(alice)

    shown = client.get(f"/organisations/usage/?day__gte={TODAY()}&ordering=-day").json()["results"]
    assert [(row["messages"], row["devices"]) for row in shown] == [(2, 1)]
    assert client.get("/organisations/usage/?day__gte=soon").status_code == 400
    assert api(bob).get("/organisations/usage/").json()["count"] == 0
    assert {row["messages"] for row in api(mallory).get("/organisations/usage/").json()["results"]} == {0}


def test_the_figures_as_a_file(used, api, alice):
    measure_lately()

    answer = api(alice).get("/organisations/usage/csv/")

    lines = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert lines[-1]["organisation"] == "Tallow Creek Water"
    assert (lines[-1]["day"], lines[-1]["messages"]) == (str(TODAY()), "2")
