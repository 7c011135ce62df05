"""The same change to many devices: shown, done, refused for some, undone."""

import pytest

from doover_web.common.wire import BadRequest, Conflict, Forbidden
from doover_web.control.models import AppInstall, ConfigProfile, Device, InstallProfile
from doover_web.deployments.actions.bulk import cancel_job, create_job, preview, run_job, undo_job
from doover_web.deployments.models import BulkJob, Deployment
from doover_web.identity.actions.group import archive_group
from doover_web.identity.auth import caller_of_user
from doover_web.identity.models import Agent, AuditEntry, Group, User

from .conftest import state


@pytest.fixture
def weir(creek):
    return Group.objects.create(organisation=creek, parent=creek.root_group, name="Upper Weir")


@pytest.fixture
def devices(creek):
    """Thirty devices, more than one batch."""
    made = {"kind": "device", "organisation": creek, "group": creek.root_group}
    return [Agent.objects.create(name=f"d-{n}", display_name=f"D {n}", **made) for n in range(30)]


@pytest.fixture
def job(creek, by):
    """`job("move", {...})`: made and carried out for all devices."""

    def made(action, parameters=None, selection=None, run=True):
        job = create_job(
            organisation=creek, action=action, parameters=parameters, selection=selection or {"all": True}, by=by
        )
        while run and run_job(job.id):
            pass
        return BulkJob.objects.get(pk=job.pk)

    return made


def undone(job, by):
    undo_job(job=job, by=by)
    while run_job(job.id):
        pass
    return BulkJob.objects.get(pk=job.pk)


def results(job) -> dict:
    found: dict = {}
    for result in job.rows.values_list("result", flat=True):
        found[result] = found.get(result, 0) + 1
    return found


def test_devices_are_moved_and_moved_back(job, devices, weir, creek, by):
    moved = job("move", {"group_id": str(weir.id)})
    assert (moved.status, results(moved)) == ("done", {"done": 30})
    assert set(Agent.objects.devices().values_list("group_id", flat=True)) == {weir.id}

    back = undone(moved, by)

    assert (back.status, results(back)) == ("undone", {"undone": 30})
    assert set(Agent.objects.devices().values_list("group_id", flat=True)) == {creek.root_group.id}


def test_what_is_like_that_already_is_left_alone(job, devices, weir):
    Agent.objects.filter(name="d-3").update(group=weir)

    assert results(job("move", {"group_id": str(weir.id)})) == {"done": 29, "same": 1}
    assert AuditEntry.objects.filter(action="device.updated").count() == 29


def test_what_somebody_changed_since_is_not_undone(job, devices, weir, creek, by):
    moved = job("move", {"group_id": str(weir.id)})
    other = Group.objects.create(organisation=creek, parent=creek.root_group, name="Lower Weir")
    Agent.objects.filter(name="d-3").update(group=other)

    assert results(undone(moved, by)) == {"undone": 29, "kept": 1}
    assert Agent.objects.get(name="d-3").group == other


def test_devices_are_archived_and_brought_back(job, devices, by):
    gone = job("archive", selection={"name__icontains": "d-1"})
    assert results(gone) == {"done": 11}
    assert Agent.objects.devices().in_use().count() == 19

    assert results(job("unarchive")) == {"done": 11}
    assert Agent.objects.devices().in_use().count() == 30
    assert results(undone(gone, by)) == {"kept": 11}


def test_a_name_that_is_taken_by_now_stays_archived(job, devices, creek):
    job("archive", selection={"devices": [str(devices[0].id)]})
    Agent.objects.create(kind="device", organisation=creek, name="d-0")

    back = job("unarchive")

    assert results(back) == {"refused": 1}
    assert back.rows.get().detail
    assert Agent.objects.get(name="d-0", archived_at=None) != devices[0]


@pytest.fixture
def installed(application, devices):
    """Pump control on the first three."""
    return [
        AppInstall.objects.create(
            agent=one,
            application=application,
            name="pump_control_1",
            display_name="P",
            deployment_config={"start_pin": 1},
        )
        for one in devices[:3]
    ]


def test_settings_are_merged_deployed_and_put_back(job, installed, application, by):
    change = {"application_id": str(application.id), "config": {"speed": 55}, "deploy": True}

    changed = job("configure", change)

    assert results(changed) == {"done": 3, "refused": 27}
    assert {one.deployment_config["speed"] for one in AppInstall.objects.all()} == {55}
    assert Deployment.objects.open().count() == 3
    assert results(undone(changed, by)) == {"undone": 3, "refused": 27}
    assert [one.deployment_config for one in AppInstall.objects.all()] == [{"start_pin": 1}] * 3


def test_settings_that_do_not_fit_are_refused_device_by_device(job, installed, application):
    only = {"application": str(application.id)}

    wrong = job("configure", {"application_id": str(application.id), "config": {"speed": 900}}, only)

    assert results(wrong) == {"refused": 3}
    assert wrong.rows.first().detail == "speed: 900 is greater than the maximum of 100"


def test_tags_are_put_on_and_taken_off_and_come_back(job, devices, by):
    Device.objects.create(agent=devices[3], tags=["dry", "old"])
    first = {"devices": [str(one.id) for one in devices[:5]]}

    tagged = job("tag", {"add": ["wet"], "remove": ["dry"]}, first)

    assert results(tagged) == {"done": 5}
    assert Device.objects.tags_of(devices[3]) == ["old", "wet"]
    assert results(job("tag", {"add": ["wet"]}, {"tag": "wet"})) == {"same": 5}
    Device.objects.filter(agent=devices[0]).update(tags=["mine"])
    assert results(undone(tagged, by)) == {"undone": 4, "kept": 1}
    assert [Device.objects.tags_of(devices[n]) for n in (0, 1, 3)] == [["mine"], [], ["dry", "old"]]


def test_one_with_too_many_tags_is_refused_alone(job, devices):
    Device.objects.create(agent=devices[3], tags=[f"t{n:02}" for n in range(30)])

    assert results(job("tag", {"add": ["wet"]})) == {"done": 29, "refused": 1}


@pytest.fixture
def profiles(application, creek):
    """Slow and fast, two profiles of pump control."""
    made = {"application": application, "organisation": creek}
    return [
        ConfigProfile.objects.create(display_name=name, deployment_config={"speed": speed}, **made)
        for name, speed in (("slow", 10), ("fast", 90))
    ]


def profiles_on(install):
    return [one.profile.display_name for one in install.ordered_profiles.all()]


def test_profiles_are_exchanged_and_put_back(job, installed, application, profiles, by):
    slow, fast = profiles
    InstallProfile.objects.create(install=installed[0], profile=slow, position=0)
    change = {"application_id": str(application.id), "config_profile_ids": [str(fast.id), str(slow.id)]}

    changed = job("configure", change, {"application": str(application.id)})

    assert results(changed) == {"done": 3}
    assert [profiles_on(one) for one in installed] == [["fast", "slow"]] * 3
    assert changed.rows.first().before[str(installed[0].id)]["config_profile_ids"] == [str(slow.id)]
    InstallProfile.objects.filter(install=installed[2], profile=slow).delete()
    assert results(undone(changed, by)) == {"undone": 2, "kept": 1}
    assert [profiles_on(one) for one in installed] == [["slow"], [], ["fast"]]


def test_profiles_that_make_it_wrong_are_refused_and_nothing_is_kept(job, installed, application, profiles):
    profiles[1].deployment_config = {"speed": 900}
    profiles[1].save()
    change = {"application_id": str(application.id), "config_profile_ids": [str(profiles[1].id)]}

    assert results(job("configure", change, {"application": str(application.id)})) == {"refused": 3}
    assert [profiles_on(one) for one in installed] == [[], [], []]


def test_those_out_of_step_are_chosen(job, installed, application):
    AppInstall.objects.filter(pk=installed[1].pk).update(synced="NO")
    AppInstall.objects.exclude(pk=installed[1].pk).update(synced="OV")

    only = job("tag", {"add": ["apart"]}, {"out_of_step": True})

    assert [row.device for row in only.rows.select_related("device")] == [installed[1].agent]


def test_a_dry_run_shows_before_and_after_and_changes_nothing(devices, weir, creek, by):
    shown = list(
        preview(organisation=creek, action="move", parameters={"group_id": weir.id}, selection={"all": True}, by=by)
    )

    assert len(shown) == 30
    assert shown[0][1:] == ({"group_id": str(creek.root_group.id)}, {"group_id": str(weir.id)}, "")
    assert not BulkJob.objects.exists()
    assert not Agent.objects.filter(group=weir).exists()


def test_a_job_that_a_worker_left_half_done_goes_on(job, devices, weir):
    half = job("move", {"group_id": str(weir.id)}, run=False)
    assert run_job(half.id) is True
    assert results(half) == {"done": 25, "waiting": 5}

    while run_job(half.id):
        pass

    assert results(half) == {"done": 30}


def test_watchers_see_how_it_stands(job, devices, weir, creek, by):
    half = job("move", {"group_id": str(weir.id)}, run=False)
    run_job(half.id)
    shown = {"action": "move", "status": "running", "devices": {"done": 25, "waiting": 5}}
    assert state(creek.agent, "dv-bulk-jobs") == {str(half.id): shown}

    while run_job(half.id):
        pass

    assert state(creek.agent, "dv-bulk-jobs")[str(half.id)]["status"] == "done"
    for _ in range(21):
        cancel_job(job=job("archive", run=False), by=by)
    assert len(state(creek.agent, "dv-bulk-jobs")) == 21


def test_called_off_it_changes_no_more(job, devices, weir, by):
    half = job("move", {"group_id": str(weir.id)}, run=False)
    run_job(half.id)

    cancel_job(job=half, by=by)

    assert run_job(half.id) is False
    assert results(undone(half, by)) == {"undone": 25, "waiting": 5}
    with pytest.raises(Conflict):
        undo_job(job=half, by=by)


def test_a_closed_account_changes_nothing(job, devices, weir, alice):
    waiting = job("move", {"group_id": str(weir.id)}, run=False)
    alice.is_active = False
    alice.save()

    while run_job(waiting.id):
        pass

    assert results(waiting) == {"refused": 30}


def test_nothing_moves_into_an_archived_group(job, devices, weir):
    archive_group(group=weir, by=None)

    with pytest.raises(BadRequest):
        job("move", {"group_id": str(weir.id)})


def test_somebody_else_undoes_what_a_closed_account_did(job, devices, weir, alice):
    done = job("move", {"group_id": str(weir.id)})
    alice.is_active = False
    alice.save()
    root = User.objects.create_user("root@example.com", name="Ruth Root", is_superuser=True)

    assert results(undone(done, caller_of_user(root))) == {"undone": 30}


@pytest.mark.parametrize(
    ("action", "parameters", "selection"),
    [
        ("explode", {}, {"all": True}),
        ("move", {}, {"all": True}),
        ("move", {"group_id": 5}, {"all": True}),
        ("move", [], {"all": True}),
        ("archive", {}, {}),
        ("archive", {}, {"all": False}),
        ("archive", {}, {"odd": 1}),
        ("archive", {}, {"devices": []}),
        ("archive", {}, {"devices": [True]}),
        ("archive", {}, {"group": "x"}),
        ("archive", {}, {"name__icontains": "no such"}),
        ("configure", {"application_id": 5, "config": {"a": 1}}, {"all": True}),
        ("archive", {}, {"archived": False}),
        ("archive", {}, {"tag": ""}),
        ("tag", {}, {"all": True}),
        ("tag", {"add": "wet"}, {"all": True}),
        ("tag", {"add": ["a,b"]}, {"all": True}),
    ],
)
def test_what_makes_no_sense_is_refused(action, parameters, selection, devices, creek, by):
    with pytest.raises(BadRequest):
        create_job(organisation=creek, action=action, parameters=parameters, selection=selection, by=by)
    assert not BulkJob.objects.exists()


def test_who_may_look_changes_nothing(devices, weir, creek, bob):
    with pytest.raises(Forbidden):
        create_job(
            organisation=creek, action="move", parameters={"group_id": weir.id}, selection={"all": True},
            by=caller_of_user(bob),
        )  # fmt: skip


def test_somebody_elses_devices_are_not_there(devices, creek, mallory):
    with pytest.raises(BadRequest) as refusal:
        create_job(
            organisation=creek, action="archive", parameters={}, selection={"all": True}, by=caller_of_user(mallory)
        )
    assert refusal.value.code == "no_devices"


def test_over_http(api, alice, devices, weir):
    client = api(alice)
    body = {"action": "move", "parameters": {"group_id": str(weir.id)}, "devices": {"group_tree": str(weir.parent_id)}}

    assert len(client.post("/bulk_jobs/preview/", body).json()["results"]) == 30
    made = client.post("/bulk_jobs/", body)
    assert made.status_code == 201, made.content
    address = f"/bulk_jobs/{made.json()['id']}/"
    assert client.get(address).json()["counts"] == {"waiting": 30}
    while run_job(int(made.json()["id"])):
        pass
    assert client.get(address).json()["status"] == "done"
    assert client.get(address + "devices/?result=done&per_page=5").json()["count"] == 30
    assert client.post(address + "cancel/").status_code == 409
    assert client.post(address + "undo/").json()["status"] == "undoing"
