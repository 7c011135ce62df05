"""A publish starts the tasks that hear it, as queued runs that nothing loses."""

import base64
import io
import json
import zipfile

import pytest

from doover_web.data.models import OutboxEntry
from doover_web.data.publish import post_message, update_aggregate
from doover_web.processors.models import Invocation
from doover_web.processors.triggers import queue_runs

pytestmark = pytest.mark.django_db
PACKAGE = "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="


@pytest.fixture
def task(old, at_pump):
    """The task `!sums` of Pump 7, bound to a processor with a package and subscribed to `level`; its key."""
    processor = old.post(at_pump("%23sums"), {"msg": PACKAGE, "record_log": True}) and old.get(at_pump("%23sums"))
    key = old.post(at_pump("!sums"), {"msg": {}, "processor_id": processor.json()["channel"]}).content.decode()
    level = old.post(at_pump("level")).content.decode()
    assert old.post(f"/ch/v1/channel/{key}/subscribe/", {"channel_id": level, "subscribe": True}).json() is True
    return key


def runs():
    queue_runs()
    return [json.loads(bytes(one.payload)) for one in Invocation.objects.order_by("id")]


def test_binding_runs_nothing(task):
    assert runs() == []


def test_what_is_kept_and_what_is_not_both_run(task, old, at_pump, history):
    old.post(at_pump("level"), {"msg": {"a": 1}, "record_log": True})
    old.post(at_pump("level"), {"msg": {}, "record_log": False})
    old.post(at_pump("!sums"), {"msg": {"limit": 40}, "record_log": True})

    assert [one["data"] for one in runs()] == [{"a": 1}, {}, {"limit": 40}]
    assert len(history("level")) == 1


def test_the_newer_api_starts_it_too(task, at):
    post_message(reach=at, name="level", data={"b": 2})
    update_aggregate(reach=at, name="level", data={"c": 3}, log=True)

    assert [one["data"] for one in runs()] == [{"b": 2}, {"c": 3}]


def test_no_longer_subscribed(task, old, at_pump):
    level = old.get(at_pump("level")).json()["channel"]
    old.post(f"/ch/v1/channel/{task}/subscribe/", {"channel_id": level, "subscribe": False})
    old.post(at_pump("level"), {"msg": {"a": 1}})

    assert runs() == []


def test_a_crash_before_the_listener_loses_nothing(task, at, monkeypatch):
    monkeypatch.setattr("doover_web.data.publish.announce", lambda events: None)
    update_aggregate(reach=at, name="level", data={"a": 1})

    assert OutboxEntry.objects.filter(kind="task").count() == 1
    assert len(runs()) == 1
    assert queue_runs() == 0


def test_a_processor_without_a_package_runs_nothing(old, at_pump):
    processor = old.post(at_pump("%23bare")).content.decode()
    old.post(at_pump("!bare"), {"msg": {}, "processor_id": processor})
    old.post(at_pump("!bare"), {"msg": {"a": 1}})

    assert runs() == []
    assert not OutboxEntry.objects.filter(kind="task").exists()


def test_what_is_no_task(old, at_pump, task):
    level = old.get(at_pump("level")).json()["channel"]

    assert old.post(f"/ch/v1/channel/{level}/subscribe/", {"channel_id": task, "subscribe": True}).status_code == 400
    assert old.post(f"/ch/v1/channel/{task}/subscribe/", {"channel_id": "x", "subscribe": True}).status_code == 404
    assert old.post(f"/ch/v1/channel/{task}/subscribe/", {"channel_id": level}).status_code == 400
    assert old.post(at_pump("level"), {"msg": {}, "processor_id": level}).status_code == 400
    assert old.post(at_pump("!other"), {"msg": {}, "processor_id": level}).status_code == 404


def zipped(*files, **sizes):
    folder = io.BytesIO()
    with zipfile.ZipFile(folder, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in files:
            archive.writestr(name, "pass")
        for name, size in sizes.items():
            archive.writestr(name, bytes(size))
    return base64.b64encode(folder.getvalue()).decode()


@pytest.mark.parametrize(
    "package", ["not base64!", "bm8gemlw", zipped("../out.py"), zipped("/etc/x"), zipped(bomb=101 * 1024 * 1024)]
)
def test_packages_that_are_refused(old, at_pump, package):
    refusal = old.post(at_pump("%23sums"), {"msg": package})

    assert refusal.status_code == 400
    assert refusal.json()["code"] == "bad_package"
    assert old.get(at_pump("%23sums")).status_code == 404


def test_a_viewer_starts_nothing(task, old_of, bob, at_pump):
    assert old_of(bob).post(at_pump("!sums"), {"msg": {}}).status_code == 403
    assert runs() == []
