"""A publish starts the tasks that hear it, as queued runs that nothing loses."""

import base64
import io
import json
import zipfile
from types import SimpleNamespace

import pytest

from doover_web.data.files import find_file
from doover_web.data.models import OutboxEntry
from doover_web.data.publish import post_message, update_aggregate
from doover_web.identity.actions.member import add_member, grant_group_role
from doover_web.identity.models import Agent, GroupRole, Membership, OrganisationRole
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


@pytest.mark.parametrize("kept", [True, False])
def test_a_run_names_the_file_that_started_it(task, old, at_pump, pump, kept):
    picture = {"output_type": "image/png", "output": base64.b64encode(b"a picture").decode()}
    old.post(at_pump("level"), {"msg": picture, "record_log": kept})
    queue_runs()

    said = json.loads(bytes(Invocation.objects.get().payload))
    [[number, name]] = said["attachments"]
    assert (said["data"], name) == ({"output_type": "image/png"}, "level.png")
    assert find_file(pump.id, number).size == len(b"a picture")


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


def test_a_task_without_a_processor(old, at_pump):
    old.post(at_pump("!alone"), {"msg": {"limit": 40}})

    assert old.get(at_pump("!alone")).json()["processor"] is None
    assert runs() == []


def test_a_task_is_bound_anew(task, old, at_pump):
    other = old.post(at_pump("%23other")).content.decode()
    assert old.post(at_pump("!sums"), {"msg": {}, "processor_id": other}).content.decode() == task

    assert old.get(at_pump("!sums")).json()["processor"] == other
    assert runs() == []


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


@pytest.fixture
def guest(mallory, creek, old_of):
    """Mallory, who may look at Tallow Creek Water for now, and a task `!spy` at a device of hers."""
    add_member(organisation=creek, user=mallory, role=OrganisationRole.objects.built_in("Member"), by=None)
    grant_group_role(group=creek.root_group, user=mallory, role=GroupRole.objects.built_in("Viewer"), by=None)
    home = mallory.memberships.exclude(organisation=creek).get().organisation
    spy, client = Agent.objects.create(kind=Agent.Kind.DEVICE, organisation=home, name="spy"), old_of(mallory)
    at_spy = f"/ch/v1/agent/{spy.key}/"
    client.post(at_spy + "%23spy", {"msg": PACKAGE})
    processor = client.get(at_spy + "%23spy").json()["channel"]
    task = client.post(at_spy + "!spy", {"msg": {}, "processor_id": processor}).content.decode()
    return SimpleNamespace(post=client.post, subscribe=f"/ch/v1/channel/{task}/subscribe/")


def test_a_task_hears_others_as_long_as_its_subscriber_may(guest, old, at_pump, mallory, creek):
    level = old.post(at_pump("level")).content.decode()
    assert guest.post(guest.subscribe, {"channel_id": level, "subscribe": True}).status_code == 200
    old.post(at_pump("level"), {"msg": {"a": 1}})
    assert len(runs()) == 1

    Membership.objects.filter(user=mallory, organisation=creek).delete()
    old.post(at_pump("level"), {"msg": {"b": 2}})
    assert len(runs()) == 1


def test_no_task_hears_settings_that_its_subscriber_may_not_see(guest, old, api, alice, at_pump, pump):
    settings = {"applications": {"pump": {"password": "hush-1"}}}
    api(alice).patch(f"/api/agents/{pump.id}/channels/deployment_config/aggregate", settings)
    channel = old.get(at_pump("deployment_config")).json()["channel"]

    assert guest.post(guest.subscribe, {"channel_id": channel, "subscribe": True}).status_code == 403


def test_messages_of_one_id_on_two_channels_both_run(task, at, old, at_pump):
    other = old.post(at_pump("other")).content.decode()
    old.post(f"/ch/v1/channel/{task}/subscribe/", {"channel_id": other, "subscribe": True})
    for name in ("level", "other"):
        post_message(reach=at, name=name, data={"on": name}, message_id=42)

    assert sorted(one["data"]["on"] for one in runs()) == ["level", "other"]


@pytest.mark.parametrize("place", range(0, 60, 3))
def test_a_broken_package_is_refused_not_a_fault(old, at_pump, place):
    whole = bytearray(base64.b64decode(zipped("target.py")))
    whole[-place - 1] ^= 0xFF

    assert old.post(at_pump("%23sums"), {"msg": base64.b64encode(whole).decode()}).status_code in (200, 400)


def test_a_package_of_very_many_files_is_refused_unread(old, at_pump, monkeypatch):
    monkeypatch.setattr("doover_web.control.packages.MOST_FILES", 2)
    package = zipped("a.py", "b.py", "c.py")
    monkeypatch.setattr("doover_web.control.packages.zipfile.ZipFile", None)

    assert old.post(at_pump("%23sums"), {"msg": package}).status_code == 400
