"""Registering what starts a function: who may, what fits, and what becomes of the tokens."""

import pytest

from doover_web.identity.flags import Rights
from doover_web.identity.models import Agent, AuditEntry, GroupRole, Organisation, Token
from doover_web.processors.models import Function, IngestionEndpoint, Schedule, Subscription
from tests.conftest import Api
from tests.processors.conftest import entry

KINDS = ["schedules", "subscriptions", "ingestions"]
MORE = {"subscriptions": {"subscription_arn": "arn:aws:sns:x:proc-ch-1-level:1"}, "ingestions": {"lambda_arn": "local"}}


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_kept_with_a_token_of_its_own(put, alice, pump, kind):
    told = put(alice, kind, 7, **MORE.get(kind, {})).json()

    assert told["id"] == "7"
    token = Token.objects.get(pk=told["token_id"])
    assert (token.kind, token.scope, token.permissions) == ("processor", "none", [])
    assert token.agent.kind == "app"
    assert Function.objects.get().actor == token.agent
    assert AuditEntry.objects.filter(action="processor.registered", subject_id=pump.id).count() == 1
    assert not AuditEntry.objects.filter(metadata__icontains=told["token"]).exists()


@pytest.mark.parametrize("kind", KINDS)
def test_who_may(put, alice, bob, mallory, pump, kind):
    more = MORE.get(kind, {})

    assert put(mallory, kind, 7, **more).status_code == 404
    assert put(bob, kind, 7, **more).status_code == 403
    assert put(pump, kind, 7, **more).status_code == 403
    assert put(alice, kind, 7, **more).status_code == 200


@pytest.mark.parametrize("kind", KINDS)
def test_who_may_remove(put, api, alice, bob, mallory, pump, tank, kind):
    put(alice, kind, 7, **MORE.get(kind, {}))
    address = f"/api/agents/{pump.id}/processors/{kind}/7"

    assert api(mallory).delete(address).status_code == 404
    assert api(bob).delete(address).status_code == 403
    assert api(alice).delete(f"/api/agents/{tank.id}/processors/{kind}/7").status_code == 404
    assert api(alice).delete(address).json() == {}
    assert api(alice).delete(address).status_code == 404


def test_all_that_starts_one_application_acts_as_one_agent(put, alice, bob, pump, tank):
    for kind in KINDS:
        put(alice, kind, 7, **MORE.get(kind, {}))
    put(alice, "schedules", 8, app_key="other")
    put(alice, "schedules", 9, agent=tank)

    assert Function.objects.count() == Agent.objects.filter(kind="app").count() == 3
    assert str(Function.objects.first().actor) == "proc_1 of Pump 7"


def test_putting_again_replaces_the_token(put, alice):
    first, second = (put(alice, "schedules", 7).json() for _ in range(2))

    assert Api(first["token"]).get("/api/processors/schedules/7").status_code == 401
    assert Api(second["token"]).get("/api/processors/schedules/7").status_code == 200
    assert Schedule.objects.count() == 1


def test_removing_ends_all_that_came_of_it(upgraded, api, alice, pump):
    works = upgraded()
    state = f"/api/agents/{pump.id}/channels/level/aggregate"
    assert works.put(state, {"metres": 1}).status_code == 200

    api(alice).delete(f"/api/agents/{pump.id}/processors/schedules/7")

    assert works.put(state, {"metres": 2}).status_code == 401


def test_a_schedules_token_is_made_anew(put, api, alice, bob, pump):
    old = put(alice, "schedules", 7).json()
    address = f"/api/agents/{pump.id}/processors/schedules/7/token"

    assert api(bob).post(address).status_code == 403
    new = api(alice).post(address, raw=b"", content_type="application/octet-stream").json()

    assert (new["id"], new["token"] == old["token"]) == ("7", False)
    assert Api(old["token"]).get("/api/processors/schedules/7").status_code == 401
    assert Api(new["token"]).get("/api/processors/schedules/7/info").status_code == 200
    assert api(alice).post(address, {}).status_code == 200


def test_a_token_that_is_never_replaced(put, alice, pump):
    first = put(alice, "ingestions", 7, never_replace_token=True).json()
    again = put(alice, "ingestions", 7, never_replace_token=True, throttle_limit=3).json()

    assert (again["token"], again["token_id"]) == ("", first["token_id"])
    assert IngestionEndpoint.objects.get().throttle_limit == 3
    assert put(alice, "ingestions", 7, never_replace_token=True, app_key="other").json()["token"]


def test_an_id_of_somebody_elses(put, api, alice, mallory, creek, tank):
    elsewhere = mallory.memberships.get().organisation
    theirs = Agent.objects.create(kind="device", organisation=elsewhere, name="theirs")
    put(mallory, "schedules", 7, agent=theirs)

    assert put(alice, "schedules", 7).status_code == 409
    assert Schedule.objects.get().function.agent == theirs
    assert Agent.objects.filter(kind="app", organisation=creek).count() == 0


def test_nobody_gives_what_they_lack(put, alice, mallory, creek, pump, tank):
    foreign = mallory.memberships.get().organisation
    configurer = GroupRole.objects.create(
        organisation=creek, name="Fitter", flags=["device_view", "device_configure", "device_history"]
    )
    alice.grants.update(role=configurer)

    assert put(alice, "schedules", 7, permissions=[entry(tank, int(Rights.CONTROL))]).status_code == 403
    assert put(alice, "schedules", 7, permissions=[entry(foreign.agent)]).status_code == 404
    assert put(alice, "schedules", 7, permissions=[{"permission_id": "ag:5", "permission": "2"}]).status_code == 404
    assert not Function.objects.exists()
    assert put(alice, "schedules", 7, permissions=[entry(tank)]).status_code == 200

    kept = {one["permission_id"]: int(one["permission"]) for one in Schedule.objects.get().permissions}
    assert kept[f"ag:{tank.id}"] == int(Rights.VIEW | Rights.CONFIGURE | Rights.HISTORY)


@pytest.mark.parametrize(
    "permissions",
    [
        None,
        {},
        "all",
        [1],
        [{}],
        [{"permission_id": "ag:", "permission": "2"}],
        [{"permission_id": "ag:x", "permission": "2"}],
        [{"permission_id": "gr:5", "permission": "2"}],
        [{"permission_id": "ag:99999999999999999999", "permission": "2"}],
        [{"permission_id": "ag:9223372036854775808", "permission": "2"}],
        [{"permission_id": "ag:5", "permission": 2}],
        [{"permission_id": "ag:5", "permission": "-2"}],
        [{"permission_id": "ag:5", "permission": "٣"}],
        [{"permission_id": "ag:5", "permission": "99999999999999999999"}],
        [{"permission_id": "ag:5", "permission": "2"}] * 5001,
    ],
)
def test_permissions_that_do_not_fit(put, alice, permissions):
    refused = put(alice, "schedules", 7, permissions=permissions)

    assert refused.status_code == 400
    assert "permission" in refused.json()["message"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("schedules", {"app_key": ""}),
        ("schedules", {"app_key": None}),
        ("schedules", {"app_key": 5}),
        ("schedules", {"app_key": "x" * 256}),
        ("schedules", {"app_key": "a\x00b"}),
        ("schedules", {"is_org": "yes"}),
        ("subscriptions", {}),
        ("subscriptions", {"subscription_arn": "a/b"}),
        ("subscriptions", {"subscription_arn": "a", "subscribed_to_agent": "5"}),
        ("subscriptions", {"subscription_arn": "a", "subscribed_to_agent": 1.5}),
        ("ingestions", {"cidr_ranges": "10.0.0.0/8"}),
        ("ingestions", {"cidr_ranges": ["10.0.0.0/99"]}),
        ("ingestions", {"cidr_ranges": [5]}),
        ("ingestions", {"cidr_ranges": ["10.0.0.0/8"] * 101}),
        ("ingestions", {"throttle_limit": 0}),
        ("ingestions", {"throttle_limit": 31}),
        ("ingestions", {"throttle_limit": True}),
        ("ingestions", {"signing_key": 5}),
        ("ingestions", {"signing_key": "k" * 1025}),
        ("ingestions", {"signing_key_hash_header": "a b"}),
        ("ingestions", {"mini_token": 1}),
        ("ingestions", {"origin": ["x"]}),
    ],
)
def test_bodies_that_do_not_fit(put, alice, kind, body):
    assert put(alice, kind, 7, **body).status_code == 400
    assert not Function.objects.exists()


@pytest.mark.parametrize("number", ["x", "9" * 20, "1.5", "%00", "-", str(2**63)])
def test_ids_that_are_none(put, alice, number):
    assert put(alice, "schedules", number).status_code == 404


def test_a_body_that_is_no_object(api, alice, pump):
    for raw in (b"[]", b"null", b"1", b'"x"', b"{", b""):
        address = f"/api/agents/{pump.id}/processors/schedules/7"
        assert api(alice).put(address, raw=raw).status_code == 400


def test_the_channel_of_another_agent(put, alice, mallory, tank):
    theirs = Agent.objects.create(kind="device", organisation=mallory.memberships.get().organisation, name="theirs")
    heard = {"subscription_arn": "a", "subscribed_to_agent": theirs.id}

    assert put(alice, "subscriptions", 7, **heard).status_code == 404
    assert put(alice, "subscriptions", 7, **{**heard, "subscribed_to_agent": tank.id}).status_code == 200
    assert Subscription.objects.get().subscribed_to == tank


def test_a_signing_key_is_kept_sealed_until_it_is_taken_away(put, alice, api, pump):
    put(alice, "ingestions", 7, signing_key="hush", origin="arn:aws:iot:x")
    endpoint = IngestionEndpoint.objects.get()
    assert endpoint.sealed_signing_key
    assert "hush" not in str(IngestionEndpoint.objects.values())

    put(alice, "ingestions", 7)
    endpoint.refresh_from_db()
    assert (bool(endpoint.sealed_signing_key), endpoint.origin) == (True, "")

    put(alice, "ingestions", 7, signing_key=None)
    endpoint.refresh_from_db()
    assert endpoint.sealed_signing_key == ""


def test_functions_of_an_organisation(put, alice, bob, mallory, creek):
    assert put(mallory, "schedules", 7, agent=creek.agent).status_code == 404
    assert put(bob, "schedules", 7, agent=creek.agent).status_code == 403
    assert put(alice, "schedules", 7, agent=creek.agent, is_org=True).status_code == 200
    assert Schedule.objects.get().is_org


def test_people_and_archived_devices_have_no_functions(put, alice, pump):
    assert put(alice, "schedules", 7, agent=alice.agent).status_code == 404
    Agent.objects.filter(pk=pump.pk).update(archived_at="2026-01-01T00:00Z")
    assert put(alice, "schedules", 7).status_code == 404


def test_queries_stay_level(put, alice, creek, statements):
    def some(count):
        made = [Agent.objects.create(kind="device", organisation=creek, name=f"d{n}") for n in range(count)]
        return [entry(one) for one in made]

    put(alice, "schedules", 7)
    few, many = some(1), some(12)

    assert statements(lambda: put(alice, "schedules", 7, permissions=few)) == statements(
        lambda: put(alice, "schedules", 7, permissions=many)
    )


def test_an_organisation_is_not_reached_through_an_archived_host(put, alice, pump):
    token = put(alice, "schedules", 7).json()["token"]
    Agent.objects.filter(pk=pump.pk).update(archived_at="2026-01-01T00:00Z")

    assert Api(token).get("/api/processors/schedules/7").status_code == 404
    assert Organisation.objects.exists()
