"""What devices and services sign in with: issued on a page, shown once, renewed, revoked, recorded."""

import re

import pytest

from doover_web.identity.models import Agent, AuditEntry, Group, GroupRole, OrganisationRole, Token
from tests.conftest import Api
from tests.identity.oauth import in_form

SECRET = re.compile(r'<code class="dv-secret" tabindex="0">([^<]+)</code>')


@pytest.fixture
def tokens_of(pump):
    return f"/admin-portal/device/{pump.id}/tokens/"


def shown(response):
    assert response.status_code == 200, response.content
    return SECRET.findall(response.content.decode())


def signed_in(client_id, secret):
    return in_form("/api/oauth2/token", basic=(client_id, secret), grant_type="client_credentials", scope="")


def test_the_password_is_asked_for_again(browse, alice, tokens_of):
    for address in (tokens_of, "/admin-portal/services/"):
        assert "reauthenticate" in browse(alice).get(address)["Location"]


def test_a_token_is_shown_once_and_opens_the_door(sits, alice, pump, tokens_of):
    page = sits(alice)

    [secret] = shown(page.post(tokens_of, {"do": "token", "name": "Spare"}))

    assert Api(secret).get(f"/api/agents/{pump.id}/channels").status_code == 200
    again = page.get(tokens_of).content.decode()
    assert "Spare" in again
    assert secret not in again
    entry = AuditEntry.objects.get(action="token.created")
    assert (entry.actor_id, entry.subject_id, entry.metadata["name"]) == (alice.id, pump.id, "Spare")
    assert secret not in str(entry.metadata)


def test_last_use_stands_there(sits, alice, pump, tokens_of):
    page = sits(alice)
    [secret] = shown(page.post(tokens_of, {"do": "token", "name": "Spare"}))
    Api(secret).get(f"/api/agents/{pump.id}/channels")

    assert "127.0.0.1" in page.get(tokens_of).content.decode()


def test_revoked(sits, alice, pump, tokens_of):
    page = sits(alice)
    [secret] = shown(page.post(tokens_of, {"do": "token", "name": "Spare"}))
    token = Token.objects.get(agent=pump)

    assert page.post(tokens_of, {"do": "revoke", "token": token.id}).status_code == 302

    assert Api(secret).get(f"/api/agents/{pump.id}/channels").status_code == 401
    assert page.post(tokens_of, {"do": "revoke", "token": token.id}).status_code == 400
    assert AuditEntry.objects.filter(action="token.revoked").count() == 1


def test_a_client_id_for_a_device(sits, alice, pump, tokens_of):
    page = sits(alice)
    client_id, secret = shown(page.post(tokens_of, {"do": "client", "name": "Gateway box"}))

    access = signed_in(client_id, secret).json()["access_token"]
    assert Api(access).get(f"/api/agents/{pump.id}/channels").status_code == 200

    token = Token.objects.get(kind="client")
    same_id, new = shown(page.post(tokens_of, {"do": "renew", "token": token.id}))
    assert same_id == client_id
    assert Api(access).get(f"/api/agents/{pump.id}/channels").status_code == 401
    assert signed_in(client_id, secret).status_code == 401
    assert signed_in(client_id, new).status_code == 200


def test_replacing_its_own_token_is_switched(sits, api, alice, pump, tokens_of):
    page, rotate = sits(alice), f"/api/agents/{pump.id}/token/rotate"
    assert api(pump).post(rotate).status_code == 403

    page.post(tokens_of, {"do": "rotation", "on": "1"})
    assert api(pump).post(rotate).status_code == 200
    page.post(tokens_of, {"do": "rotation", "on": "0"})

    assert api(pump).post(rotate).status_code == 403
    actions = AuditEntry.objects.filter(subject_id=pump.id).values_list("action", flat=True)
    assert {"device.self_rotation_allowed", "device.self_rotation_ended"} <= set(actions)


def test_who_may(sits, alice, bob, mallory, pump, creek, tokens_of):
    assert sits(bob).get(tokens_of).status_code == 403
    assert sits(bob).post(tokens_of, {"do": "token", "name": "x"}).status_code == 403
    assert sits(mallory).get(tokens_of).status_code == 404
    assert sits(bob).get("/admin-portal/services/").status_code == 403
    assert sits(alice).get(f"/admin-portal/device/{creek.id}/tokens/").status_code == 404
    assert not Token.objects.filter(agent=pump).exists()


def test_a_credential_of_another_device_is_not_revoked_here(sits, alice, creek, pump, tokens_of, api):
    other = Agent.objects.create(kind="device", organisation=creek, name="other")
    token = api(other).token
    row = Token.objects.get(agent=other)

    assert sits(alice).post(tokens_of, {"do": "revoke", "token": row.id}).status_code == 400
    assert Api(token).get(f"/api/agents/{other.id}/channels").status_code == 200


@pytest.mark.parametrize("form", [{}, {"do": "x"}, {"do": "token"}, {"do": "token", "name": "a\x00b"}, {"do": "renew"}])
def test_forms_that_do_not_fit(sits, alice, tokens_of, form):
    assert sits(alice).post(tokens_of, form).status_code == 400
    assert sits(alice).post("/admin-portal/services/", form).status_code == 400


def test_a_service_reaches_its_group_and_what_comes_there_later(sits, alice, creek, north):
    there = Agent.objects.create(kind="device", organisation=creek, group=north, name="there")
    elsewhere = Agent.objects.create(kind="device", organisation=creek, name="elsewhere")
    page = sits(alice)
    form = {"do": "create", "name": "Copier", "group": north.id, "scope": "control"}

    client_id, secret = shown(page.post("/admin-portal/services/", form))

    service = Api(signed_in(client_id, secret).json()["access_token"])
    later = Agent.objects.create(kind="device", organisation=creek, group=north, name="later")
    for device in (there, later):
        assert service.put(f"/api/agents/{device.id}/channels/level/aggregate", {"a": 1}).status_code == 200
    assert service.get(f"/api/agents/{elsewhere.id}/channels").status_code == 404
    listed = page.get("/admin-portal/services/").content.decode()
    assert "Copier" in listed
    assert "In North" in listed
    assert "127.0.0.1" in listed


def test_a_service_that_looks_does_not_write(sits, alice, creek, pump):
    form = {"do": "create", "name": "Reader", "group": creek.root_group.id, "scope": "read"}
    client_id, secret = shown(sits(alice).post("/admin-portal/services/", form))
    service = Api(signed_in(client_id, secret).json()["access_token"])

    assert service.get(f"/api/agents/{pump.id}/channels").status_code == 200
    assert service.put(f"/api/agents/{pump.id}/channels/level/aggregate", {}).status_code == 403


def test_a_service_gets_no_more_than_its_maker_has(sits, alice, creek, pump):
    viewer = GroupRole.objects.create(organisation=creek, name="Looker", flags=["group_view", "device_view"])
    alice.grants.update(role=viewer)
    form = {"do": "create", "name": "Reader", "group": creek.root_group.id, "scope": "full"}

    client_id, secret = shown(sits(alice).post("/admin-portal/services/", form))

    service = Api(signed_in(client_id, secret).json()["access_token"])
    assert service.get(f"/api/agents/{pump.id}/channels").status_code == 200
    assert service.put(f"/api/agents/{pump.id}/channels/level/aggregate", {}).status_code == 403


def test_services_of_others(sits, alice, mallory, creek):
    page = sits(alice)
    form = {"do": "create", "name": "Copier", "group": creek.root_group.id, "scope": "read"}
    page.post("/admin-portal/services/", form)
    token = Token.objects.get(kind="client")

    theirs = sits(mallory)
    assert "Copier" not in theirs.get("/admin-portal/services/").content.decode()
    assert theirs.post("/admin-portal/services/", {"do": "revoke", "token": token.id}).status_code == 400
    assert theirs.post("/admin-portal/services/", form).status_code == 400
    assert page.post("/admin-portal/services/", {"do": "revoke", "token": token.id}).status_code == 302


def test_a_manager_of_integrations_without_a_group_finds_none_to_choose(sits, bob, creek):
    OrganisationRole.objects.built_in("Member")
    role = OrganisationRole.objects.create(
        organisation=creek, name="Wires", flags=["access_site", "integrations_manage"]
    )
    bob.memberships.update(role=role)
    bob.grants.all().delete()
    form = {"do": "create", "name": "Copier", "group": creek.root_group.id, "scope": "read"}

    assert sits(bob).get("/admin-portal/services/").status_code == 200
    assert sits(bob).post("/admin-portal/services/", form).status_code == 400


def test_queries_stay_level(sits, alice, creek, north, statements, tokens_of):
    page = sits(alice)

    def more(count):
        for number in range(count):
            group = Group.objects.create(organisation=creek, parent=north, name=f"G{Group.objects.count()}")
            form = {"do": "create", "name": f"S{number}", "group": group.id, "scope": "read"}
            page.post("/admin-portal/services/", form)
            page.post(tokens_of, {"do": "token", "name": f"T{number}"})

    more(1)
    few = [statements(lambda: page.get(one)) for one in ("/admin-portal/services/", tokens_of)]  # noqa: B023
    more(4)
    assert [statements(lambda: page.get(one)) for one in ("/admin-portal/services/", tokens_of)] == few  # noqa: B023
