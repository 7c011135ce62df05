"""Setting up the demo: what exists is kept, tokens are used again, nothing of people's is touched."""

import json

import pytest

from doover_web.common.mergepatch import merge
from doover_web.common.snowflake import now_ms
from doover_web.control.models import Device, ReportSchedule, Tunnel
from doover_web.data import events
from doover_web.data.access import reach_agent
from doover_web.data.across import states_of
from doover_web.data.models import Aggregate, Alarm, Channel, Message
from doover_web.data.publish import update_aggregate
from doover_web.fences.models import Fence
from doover_web.identity.auth import caller_of_token, in_name_of
from doover_web.identity.models import Agent, Membership, Organisation, Token, User
from doover_web.identity.permissions import rights_over
from doover_web.notifications.models import Subscription
from doover_web.standalone import demo
from doover_web.standalone.fleet.pump import Pump
from doover_web.standalone.fleet.roster import KINDS, NORTHWIND, ROSTER, TALLOW
from doover_web.standalone.fleet.solar import Solar
from doover_web.standalone.fleet.tunnels import wishes
from doover_web.standalone.fleet.weather import Weather


@pytest.fixture(autouse=True)
def _nobody_listens(db, monkeypatch):
    monkeypatch.setattr(events, "_listeners", list)


@pytest.fixture
def admin(db):
    return User.objects.create_superuser("ada@example.com", None)


def tokens(plan):
    return {one["agent_id"]: one["token"] for one in plan["devices"]}


def config_of(name):
    channel = Channel.objects.get(agent__name=name, name="deployment_config")
    return Aggregate.objects.get(agent_id=channel.agent_id, channel_id=channel.id).data["applications"]


def test_it_makes_two_organisations_with_their_devices(admin):
    demo.set_up({})

    by_home = {home: set(Agent.objects.devices().filter(organisation__name=home)) for home in (TALLOW, NORTHWIND)}
    assert len(by_home[TALLOW]) == 6
    assert [agent.title for agent in by_home[NORTHWIND]] == ["Chiller 2"]
    roles = {each.organisation.name: each.role.name for each in Membership.objects.filter(user=admin)}
    assert roles == {TALLOW: "Admin", NORTHWIND: "Member"}


def test_devices_have_their_groups_places_and_drawings(admin):
    demo.set_up({})

    devices = Device.objects.filter(agent__organisation__name=TALLOW)
    assert {one.agent.group.name for one in devices} == {"North district", "South district", "Depot"}
    assert all(one.fixed_location and one.fa_icon for one in devices)
    assert {alarm.name for alarm in Alarm.objects.all()} == {"Tank getting low", "Gateway is offline"}


def test_the_alarm_of_the_silent_gateway_opens_when_it_is_introduced(admin):
    demo.set_up({})
    gateway = Agent.objects.get(name="depot-gateway")
    reach = reach_agent(in_name_of(gateway.organisation), gateway.id)

    update_aggregate(reach=reach, name="doover_connection", data={"determination": "Offline"})

    assert Alarm.objects.get(agent_id=gateway.id).state == "Alarm"


def test_a_newcomer_meets_every_page_with_something_on_it(admin):
    demo.set_up({})

    assert {one.type.name for one in Device.objects.all()} == {kind.name for kind in KINDS}
    [board] = Agent.objects.filter(kind="dashboard")
    assert len(board.as_dashboard.tiles) == 8
    trees = {key: tree for plant in (Pump(), Solar(), Weather()) for key, tree in plant.trees().items()}
    for tile in (one for one in board.as_dashboard.tiles if one.get("path")):
        app, name = tile["path"].split(".")
        assert tile["decimals"] == trees[app]["children"][name]["decPrecision"]
    assert [fence.name for fence in Fence.objects.all()] == ["Depot yard"]
    assert ReportSchedule.objects.get().next_at
    tunnel = Tunnel.objects.get()
    assert (tunnel.device.name, tunnel.is_favourite) == ("pump-7", True)
    told = states_of(Agent.objects.filter(pk=tunnel.device_id), "tunnels", private=True)[tunnel.device_id]
    [wish] = wishes(merge(told, {"tunnels": {str(tunnel.id): {"wanted_until": now_ms() + 60_000}}}), now_ms()).values()
    assert wish.problem == ""  # the device opens this one
    assert Subscription.objects.get().subscriber_id == admin.agent_id


def test_what_people_removed_does_not_come_back(admin):
    demo.set_up({})
    Fence.objects.all().delete()
    Agent.objects.filter(kind="dashboard").update(display_name="Mine")

    demo.set_up({})

    assert not Fence.objects.exists()
    assert Agent.objects.get(kind="dashboard").title == "Mine"


def test_what_people_moved_stays_there(admin):
    demo.set_up({})
    pump = Agent.objects.get(name="pump-7")
    Agent.objects.filter(pk=pump.pk).update(group=pump.organisation.root_group)

    demo.set_up({})

    assert Agent.objects.get(name="pump-7").group.is_root


def test_a_second_start_changes_nothing(admin):
    first = demo.set_up({})
    counted = [model.objects.count() for model in (Agent, Organisation, Membership, Token, Channel, Message)]

    again = demo.set_up(tokens(first))

    assert again == first
    assert [model.objects.count() for model in (Agent, Organisation, Membership, Token, Channel, Message)] == counted


def test_a_device_s_token_opens_its_own_organisation_only(admin):
    plan = demo.set_up({})
    callers = {one["role"]: caller_of_token(one["token"]) for one in plan["devices"]}

    chiller = Agent.objects.get(name="chiller-2")

    assert rights_over(callers["chiller"], chiller)
    assert not rights_over(callers["pump"], chiller)


def test_a_lost_token_is_replaced_and_closed(admin):
    first = tokens(demo.set_up({}))

    second = tokens(demo.set_up({}))

    assert not set(first.values()) & set(second.values())
    assert Token.objects.valid().count() == Token.objects.count() / 2


def test_a_revoked_token_is_replaced(admin):
    first = tokens(demo.set_up({}))
    agent_id = next(iter(first))
    Token.objects.filter(agent_id=agent_id).first().revoke()

    second = tokens(demo.set_up(first))

    assert {key for key in first if first[key] != second[key]} == {agent_id}


def test_a_token_of_another_device_is_not_taken_for_its_own(admin):
    first = tokens(demo.set_up({}))
    one, other = list(first)[:2]

    second = tokens(demo.set_up({**first, one: first[other]}))

    assert second[one] not in first.values()
    assert second[other] == first[other]


def test_one_device_has_never_been_switched_on(admin):
    plan = demo.set_up({})

    quiet = Agent.objects.get(name="north-paddock-tank")
    assert str(quiet.id) not in tokens(plan)
    channels = set(Channel.objects.filter(agent=quiet).values_list("name", flat=True))
    assert channels == {"deployment_config", "docker_deployment", "dv-deployments", "tunnels"}
    # It was told what to run, and will say so itself when it is switched on.
    assert quiet.deployments.get().status == "RUN"


def test_an_archived_device_stays_quiet(admin):
    plan = demo.set_up({})
    Agent.objects.filter(name="pump-7").update(archived_at="2026-01-01T00:00:00Z")

    assert "pump" not in {one["role"] for one in demo.set_up(tokens(plan))["devices"]}


def test_what_people_changed_stays(admin):
    plan = demo.set_up({})
    pump = Agent.objects.get(name="pump-7")
    reach = reach_agent(in_name_of(pump.organisation), pump.id)
    changed = {"applications": {"pump_1": {"least_suction_kpa": 45}}}
    update_aggregate(reach=reach, name="deployment_config", data=changed)
    Agent.objects.filter(pk=pump.id).update(display_name="Bore pump")

    again = demo.set_up(tokens(plan))

    assert config_of("pump-7")["pump_1"]["least_suction_kpa"] == 45
    assert "Bore pump" in {one["title"] for one in again["devices"]}


def test_every_installed_application_is_configured(admin):
    demo.set_up({})

    for entry in ROSTER:
        config = config_of(entry.name)
        assert list(config) == [app.key for app in entry.apps]
        for app in entry.apps:
            assert config[app.key]["APP_KEY"] == app.key
            assert config[app.key]["AGENT_ID"] == str(Agent.objects.get(name=entry.name).id)


def test_it_works_before_there_is_anybody(db):
    assert len(demo.set_up({})["devices"]) == 6
    assert not Membership.objects.exists()


def test_the_file_for_the_fleet_is_for_its_owner_alone(admin, settings, tmp_path, monkeypatch):
    monkeypatch.setattr("django.db.connections.close_all", lambda: None)
    settings.DATA_DIR = tmp_path
    settings.PUBLIC_URL = "https://iot.example.com"
    (tmp_path / "address").write_text("http://127.0.0.1:8123\n")

    first = json.loads(demo.prepare().read_text())
    file = demo.prepare()

    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_text()) == first
    assert (first["url"], first["host"]) == ("http://127.0.0.1:8123", "iot.example.com")


def test_it_moves_into_the_empty_first_organisation(admin):
    first = Organisation.objects.found("My organisation")

    demo.set_up({})

    assert list(Organisation.objects.order_by("name").values_list("name", flat=True)) == [NORTHWIND, TALLOW]
    assert Organisation.objects.get(name=TALLOW).id == first.id
    assert Agent.objects.get(pk=first.id).title == TALLOW
