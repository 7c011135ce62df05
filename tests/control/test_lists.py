"""Lists, headers and addresses, one rule for every resource (`control-api §1`)."""

import pytest

from doover_web.identity.actions.member import add_member
from doover_web.identity.models import Group, Organisation, OrganisationRole, User


@pytest.fixture
def many(creek):
    root = creek.root_group
    return [Group.objects.create(organisation=creek, parent=root, name=f"Site {n} (A.{n})") for n in range(7)]


def test_pages(api, alice, many, ok):
    first = ok(api(alice).get("/groups/?per_page=3&search=site&ordering=name"))

    assert (first["count"], first["previous"]) == (7, None)
    assert first["next"] == "http://testserver/groups/?per_page=3&search=site&ordering=name&page=2"
    second = ok(api(alice).get(first["next"].removeprefix("http://testserver")))
    last = ok(api(alice).get(second["next"].removeprefix("http://testserver")))
    assert (len(last["results"]), last["next"]) == (1, None)
    assert last["previous"].endswith("page=2")
    found = [one["id"] for page in (first, second, last) for one in page["results"]]
    assert found == [str(one.id) for one in many]


def test_past_the_end_is_a_404(api, alice, many):
    for page in ("4", "x", "-1", "99999999999999999999"):
        told = api(alice).get(f"/groups/?per_page=3&page={page}")
        assert (told.status_code, told.json()["detail"]) == (404, "Invalid page.")
    assert api(alice).get("/groups/?search=nothing&page=1").json()["results"] == []


def test_at_most_a_hundred(api, alice, many, ok):
    for query in ("per_page=5000", "per_page=x", "per_page=0", ""):
        assert len(ok(api(alice).get(f"/groups/?{query}"))["results"]) == 8


def test_a_filter_that_nothing_can_be_finds_nothing(api, alice, many, ok):
    assert ok(api(alice).get("/devices/?name=a%00b"))["count"] == 0


def test_the_search_takes_brackets_and_spaces(api, alice, many, ok):
    assert ok(api(alice).get("/groups/?search=Site 3 (A.3)&per_page=100"))["count"] == 1
    assert ok(api(alice).get("/groups/?search=%25"))["count"] == 0


def test_the_queries_stay_level(api, alice, creek, many, statements):
    client = api(alice)
    client.get("/groups/")
    few = statements(lambda: client.get("/groups/?per_page=1"))
    assert statements(lambda: client.get("/groups/")) == few
    for n in range(5):
        user = User.objects.create_user(f"p{n}@example.com")
        add_member(organisation=creek, user=user, role=OrganisationRole.objects.built_in("Member"), by=None)
    few = statements(lambda: client.get("/users/?per_page=1"))
    assert statements(lambda: client.get("/users/")) == few


@pytest.mark.parametrize("address", ["/groups", "/groups/", "/users/me", "/users/me/"])
def test_both_slash_forms_and_no_redirect(api, alice, address):
    assert api(alice).get(address).status_code == 200


def test_a_write_without_the_slash_keeps_its_body(api, alice, creek):
    assert api(alice).post("/groups", {"name": "x", "parent_id": creek.root_group.id}).status_code == 201


def test_what_is_not_there_is_a_404_in_json(api, alice):
    for address in ("/groups/x/", "/groups/5/nowhere/", "/analytics/summary/", "/billing/x"):
        for method in ("get", "post"):
            told = getattr(api(alice), method)(address)
            assert (told.status_code, told["Content-Type"], told.json()["code"]) == (
                404, "application/json", "not_found",
            )  # fmt: skip
    assert api(alice).delete("/users/").status_code == 405
    assert api(alice).get("/groups/99999999999999999999999/").status_code == 404


def test_people_are_sent_to_the_page(client, api, alice):
    told = client.get("/devices/5", headers={"accept": "text/html,*/*;q=0.8"})

    assert (told.status_code, told["Location"]) == (302, "/device/5/")
    assert {"Accept", "Authorization", "Cookie"} <= set(told["Vary"].replace(" ", "").split(","))
    assert client.get("/groups/", headers={"accept": "*/*"}).status_code == 401
    assert api(alice).get("/groups/", accept="text/html").status_code == 200
    assert client.get("/groups/5/archive/", headers={"accept": "text/html"}).status_code == 405


def test_a_browser_changes_things_from_our_pages_only(browse, alice, creek):
    body = {"name": "x", "parent_id": str(creek.root_group.id)}
    for origin, status in (("https://evil.example", 403), ("http://testserver", 201)):
        told = browse(alice).post("/groups/", body, "application/json", headers={"origin": origin})
        assert told.status_code == status


@pytest.fixture
def both(alice, mallory):
    """Alice is a member of both organisations."""
    elsewhere = mallory.memberships.get().organisation
    add_member(organisation=elsewhere, user=alice, role=OrganisationRole.objects.built_in("Admin"), by=None)
    return elsewhere


def test_the_header_chooses_the_organisation(api, alice, creek, both, ok):
    def places(**headers):
        return {one["organisation"]["name"] for one in ok(api(alice).get("/groups/", **headers))["results"]}

    assert places() == {creek.name, both.name}
    assert places(**{"X-Doover-Organisation": str(both.id)}) == {both.name}


def test_a_header_that_one_may_not_use_is_a_403(api, alice, mallory, creek):
    root = User.objects.create_superuser("root@example.com")
    theirs = mallory.memberships.get().organisation

    for who, named, status in ((alice, theirs.id, 403), (alice, 5, 403), (root, 5, 403), (root, creek.id, 200)):
        assert api(who).get("/groups/", **{"X-Doover-Organisation": str(named)}).status_code == status
    assert api(alice).get("/groups/", **{"X-Doover-Assume": str(mallory.id)}).status_code == 403
    told = api(root).get("/users/me/", **{"X-Doover-Assume": str(alice.id)})
    assert told.json()["id"] == str(alice.id)


@pytest.mark.parametrize(
    "raw", [b"[]", b"{", b'{"name": "a\\u0000", "parent_id": "5"}', b'{"name": 5, "parent_id": []}']
)
def test_a_body_that_cannot_be_meant_is_a_400(api, alice, raw):
    told = api(alice).post("/groups/", raw=raw)

    assert (told.status_code, told.json()["message"]) == (400, told.json()["detail"])
    assert Organisation.objects.count() == 1
