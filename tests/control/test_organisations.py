"""Organisations, their domains and what their sites load (`control-api §3.3, §3.15`)."""

import struct

import pytest

from doover_web.control.actions.domain import add_domain
from doover_web.control.actions.theme import edit_theme
from doover_web.control.models import Domain
from doover_web.identity.models import AuditEntry, Group, Organisation, User


@pytest.fixture
def root(db):
    return User.objects.create_superuser("root@example.com")


def test_one_is_founded(api, alice, root, ok):
    made = ok(api(root).post("/organisations/", {"name": "Westfield", "retention_period": 30}), 201)

    founded = Organisation.objects.get(pk=made["id"])
    assert (made["root_group"]["name"], made["archived"], made["retention_period"]) == ("Westfield", False, 30)
    assert (made["domains"], made["theme"]["site_logo"]) == ([], None)
    assert founded.memberships.get().user == root
    assert api(alice).post("/organisations/", {"name": "Mine"}).status_code == 403
    assert not Organisation.objects.filter(name="Mine").exists()


def test_one_is_changed_and_keeps_its_secrets(api, alice, bob, creek, ok):
    here = f"/organisations/{creek.id}/"
    body = {"llm_api_key": "sk-very-secret", "legacy_doover_api_key": "old", "extra_config": {"a": [1]},
            "test_field_A": "7", "archived": True}  # fmt: skip
    told = api(alice).patch(here, body)

    assert (ok(told)["llm_api_key"], told.json()["legacy_doover_api_key"], told.json()["archived"]) == (
        None,
        None,
        False,
    )
    assert (told.json()["extra_config"], told.json()["test_field_A"]) == ({"a": [1]}, 7)
    creek.refresh_from_db()
    assert creek.llm_api_key == "sk-very-secret"
    assert "secret" not in creek.sealed_llm_key
    assert "sk-very" not in str(list(AuditEntry.objects.values_list("metadata", flat=True)))
    ok(api(alice).put(here, {"name": "Tallow", "llm_api_key": None}))
    creek.refresh_from_db()
    assert (creek.name, creek.llm_api_key, creek.extra_config) == ("Tallow", "", {"a": [1]})
    assert api(bob).patch(here, {"name": "x"}).status_code == 403
    for wrong in ({"retention_period": -1}, {"retention_period": 2**40}, {"name": " "}, {"name": "x" * 256}):
        assert api(alice).patch(here, wrong).status_code == 400, wrong


def test_whose_are_listed(api, alice, mallory, root, creek, ok):
    def names(who, **headers):
        return {one["name"] for one in ok(api(who).get("/organisations/?archived=false", **headers))["results"]}

    assert names(alice) == {"Tallow Creek Water"}
    assert names(root) == {"Tallow Creek Water", "Elsewhere"}
    assert api(mallory).get(f"/organisations/{creek.id}/").status_code == 404


def test_the_list_asks_as_often_for_many(api, alice, root, creek, statements):
    client = api(root)
    client.get("/organisations/")
    few = statements(lambda: client.get("/organisations/"))
    for number in range(4):
        organisation = Organisation.objects.found(f"Org {number}")
        add_domain(organisation=organisation, hostname=f"{number}.example.com", is_default=True, by=None)

    assert statements(lambda: client.get("/organisations/")) == few


def test_archiving_and_deleting(api, alice, root, creek, pump, ok):
    here = f"/organisations/{creek.id}/"
    for _ in range(2):
        assert ok(api(alice).post(here + "archive/"))["archived"] is True
    assert ok(api(alice).get("/organisations/?archived=false"))["count"] == 0
    assert ok(api(alice).post(here + "unarchive/"))["archived"] is False
    assert api(alice).delete(here).status_code == 403
    assert api(root).delete(here).status_code == 409
    pump.delete()
    below = Group.objects.create(organisation=creek, parent=creek.root_group, name="Below")
    assert api(root).delete(here).status_code == 409
    below.delete()
    assert api(root).delete(here).status_code == 204
    assert not Organisation.objects.filter(pk=creek.id).exists()
    assert User.objects.filter(pk=alice.id).exists()


@pytest.mark.parametrize("word", ["sync_data", "sync_fusion"])
def test_rights_are_looked_at_again(api, alice, bob, root, creek, word):
    assert api(alice).post(f"/organisations/{creek.id}/{word}/", {}).status_code == 200
    assert api(bob).post(f"/organisations/{creek.id}/{word}/").status_code == 403
    assert api(alice).post(f"/organisations/{word}/").status_code == 403
    for address in (f"/organisations/{word}/", "/permissions/sync", "/permissions/sync/"):
        told = api(root).post(address)
        assert (told.status_code, told.content) == (200, b"")
    assert api(alice).post("/permissions/sync").status_code == 403


def test_domains(api, alice, bob, mallory, creek, ok):
    made = ok(api(alice).post(f"/organisations/{creek.id}/domains/", {"hostname": "Water.Example.com."}))
    second = ok(
        api(alice).post(f"/organisations/{creek.id}/domains/", {"hostname": "b.example.com", "default": "true"})
    )

    assert [one["hostname"] for one in made["domains"]] == ["water.example.com"]
    assert made["domains"][0]["default"] is True  # the first one
    assert [one["default"] for one in second["domains"]] == [True, False]
    default, other = (one["id"] for one in second["domains"])
    assert api(alice).delete(f"/organisations/domains/{default}/").status_code == 409
    assert ok(api(alice).patch(f"/organisations/domains/{other}/", {"default": True}))["default"] is True
    assert api(alice).patch(f"/organisations/domains/{other}/", {"default": False}).status_code == 409
    for who, status in ((bob, 403), (mallory, 404)):
        assert api(who).patch(f"/organisations/domains/{other}/", {"hostname": "x.example.com"}).status_code == status
        assert api(who).delete(f"/organisations/domains/{other}/").status_code == status
    assert ok(api(alice).get("/organisations/domains/?search=b.ex"))["count"] == 1
    assert api(alice).delete(f"/organisations/domains/{default}/").status_code == 204
    assert api(alice).delete(f"/organisations/domains/{other}/").status_code == 204


def test_a_name_belongs_to_one(api, alice, mallory, creek):
    theirs = mallory.memberships.get().organisation
    api(mallory).post(f"/organisations/{theirs.id}/domains/", {"hostname": "site.example.com"})

    for name, status in (("SITE.example.com", 409), ("127.0.0.1", 409), ("no_name", 400), ("https://x.com", 400),
                         ("a..b", 400), ("", 400), ("x" * 64 + ".com", 400)):  # fmt: skip
        assert api(alice).post(f"/organisations/{creek.id}/domains/", {"hostname": name}).status_code == status, name
    assert Domain.objects.count() == 1


def test_a_site_can_be_installed_under_its_own_name(client, creek, ok):
    add_domain(organisation=creek, hostname="water.example.com", is_default=True, by=None)
    edit_theme(organisation=creek, fields={"navbar_colour": "#123456"}, by=None)

    response = client.get("/manifest.webmanifest?hostname=water.example.com")
    assert response["Content-Type"] == "application/manifest+json"
    told = ok(response)
    assert (told["name"], told["theme_color"], told["display"]) == (creek.name, "#123456", "standalone")
    for icon in (one for one in told["icons"] if one["type"] == "image/png"):
        picture = client.get(icon["src"])
        assert picture["Content-Type"] == "image/png"
        width, height = struct.unpack(">II", picture.content[16:24])
        assert icon["sizes"] == f"{width}x{height}"


def test_an_address_that_is_nobodys_own_is_installed_under_the_houses_name(client, db, ok):
    assert ok(client.get("/manifest.webmanifest"))["name"] == "doover_web"
    assert client.get("/manifest.webmanifest?hostname=other.example.com").status_code == 404
    assert "512" in client.get("/pwa_icon/7/").json()["message"]


def test_a_site_answers_before_anybody_signs_in(client, creek, ok):
    add_domain(organisation=creek, hostname="water.example.com", is_default=True, by=None)

    told = ok(client.get("/site/?hostname=water.example.com"))
    assert (told["id"], told["name"], told["theme"]["accent_colour"][0]) == (str(creek.id), creek.name, "#")
    assert ok(client.get("/site", headers={"origin": "https://water.example.com"})) == told
    assert client.get("/site/?hostname=other.example.com").status_code == 404
    assert client.get("/site/?hostname=%00").status_code == 404
    assert client.get("/site/").status_code == 404
