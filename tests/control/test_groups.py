"""The tree of groups (`control-api §3.4`)."""

import pytest

from doover_web.identity.models import AuditEntry, Group


def test_a_group_is_made_and_told_in_full(api, alice, creek, ok):
    body = {"name": "North", "parent_id": str(creek.root_group.id), "id": "5", "unknown": 1}

    made = ok(api(alice).post("/groups/", body), 201)

    assert (made["name"], made["archived"], made["children"]) == ("North", False, [])
    assert made["organisation"] == {"id": str(creek.id), "name": creek.name}
    assert made["parent"] == {"id": str(creek.root_group.id), "name": creek.name}
    assert made["my_permissions"]["group_edit"] is True
    assert ok(api(alice).get(f"/groups/{made['id']}/")) == made
    assert AuditEntry.objects.get(subject_id=made["id"]).action == "group.created"


@pytest.mark.parametrize("body", [
    {"content_type": "application/x-www-form-urlencoded", "raw": b"name=North&parent_id=%d"},
    {"content_type": "multipart/form-data; boundary=x",
     "raw": b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nNorth\r\n'
            b'--x\r\nContent-Disposition: form-data; name="parent_id"\r\n\r\n%d\r\n--x--\r\n'},
    {"content_type": "application/json", "raw": b'{"name": "North", "parent_id": %d}'},
])  # fmt: skip
def test_a_body_may_be_json_a_form_or_multipart(api, alice, creek, ok, body):
    sent = {**body, "raw": body["raw"] % creek.root_group.id}

    assert ok(api(alice).post("/groups/", **sent), 201)["name"] == "North"


def test_a_group_is_renamed_and_moved(api, alice, creek, weir, ok):
    north = Group.objects.create(organisation=creek, parent=creek.root_group, name="North")

    moved = ok(api(alice).patch(f"/groups/{weir.id}/", {"name": "Weir", "parent_id": north.id}))

    assert (moved["name"], moved["parent"]["name"]) == ("Weir", "North")
    assert ok(api(alice).get(f"/groups/{north.id}/"))["children"] == [{"id": str(weir.id), "name": "Weir"}]


def test_a_put_needs_every_required_field(api, alice, weir):
    response = api(alice).put(f"/groups/{weir.id}/", {"name": "Weir"})

    assert (response.status_code, response.json()["errors"]) == (400, {"parent_id": ["This field is required"]})


def test_no_circle_and_nobody_elses_tree(api, alice, mallory, creek, weir):
    below = Group.objects.create(organisation=creek, parent=weir, name="Below")
    theirs = mallory.memberships.get().organisation.root_group

    assert api(alice).patch(f"/groups/{weir.id}/", {"parent_id": below.id}).json()["code"] == "circle"
    for foreign in (theirs.id, 5, alice.id):
        told = api(alice).patch(f"/groups/{weir.id}/", {"name": "Taken", "parent_id": str(foreign)})
        assert (told.status_code, list(told.json()["errors"])) == (400, ["parent_id"])
    weir.refresh_from_db()
    assert (weir.name, weir.parent_id) == ("Upper Weir", creek.root_group.id)  # nothing half written


def test_a_name_is_there_once_among_those_in_use(api, alice, creek, weir, ok):
    root = creek.root_group
    other = Group.objects.create(organisation=creek, parent=root, name="North")
    below = Group.objects.create(organisation=creek, parent=other, name="Upper Weir")

    taken = [
        api(alice).post("/groups/", {"name": " Upper Weir ", "parent_id": root.id}),
        api(alice).patch(f"/groups/{other.id}/", {"name": "Upper Weir"}),
        api(alice).patch(f"/groups/{below.id}/", {"parent_id": root.id}),
    ]
    assert [(one.status_code, one.json()["code"], list(one.json()["errors"])) for one in taken] == [
        (409, "name_taken", ["name"])
    ] * 3
    ok(api(alice).post(f"/groups/{weir.id}/archive/"))
    ok(api(alice).patch(f"/groups/{below.id}/", {"parent_id": root.id}))
    assert api(alice).post(f"/groups/{weir.id}/unarchive/").status_code == 409
    weir.refresh_from_db()
    assert weir.archived_at is not None


def test_archiving_twice_is_once(api, alice, weir, ok):
    for _ in range(2):
        assert ok(api(alice).post(f"/groups/{weir.id}/archive/"))["archived"] is True
    assert [one["id"] for one in ok(api(alice).get("/groups/?archived=True"))["results"]] == [str(weir.id)]
    for _ in range(2):
        assert ok(api(alice).post(f"/groups/{weir.id}/unarchive/", {}))["archived"] is False
    assert ok(api(alice).get("/groups/?archived=1"))["count"] == 0
    assert AuditEntry.objects.filter(action__in=["group.archived", "group.unarchived"]).count() == 2


def test_what_is_in_use_stays(api, alice, creek, weir, pump):
    pump.group = weir
    pump.save()

    assert api(alice).delete(f"/groups/{weir.id}/").status_code == 409
    assert api(alice).delete(f"/groups/{creek.root_group.id}/").status_code in (400, 409)
    pump.group = creek.root_group
    pump.save()
    gone = api(alice).delete(f"/groups/{weir.id}/")
    assert (gone.status_code, gone.content) == (204, b"")


def test_who_looks_changes_nothing_and_a_stranger_finds_nothing(api, bob, mallory, weir):
    for who, status in ((bob, 403), (mallory, 404)):
        assert api(who).patch(f"/groups/{weir.id}/", {"name": "x"}).status_code == status
        assert api(who).post(f"/groups/{weir.id}/archive/").status_code == status
        assert api(who).delete(f"/groups/{weir.id}/").status_code == status


def test_the_filters_of_the_list(api, alice, bob, creek, weir, ok):
    def names(query, who=alice):
        return [one["name"] for one in ok(api(who).get(f"/groups/?{query}"))["results"]]

    assert names("root_group=true") == [creek.name]
    assert names("name=Upper Weir&archived=") == ["Upper Weir"]
    assert names("name__contains=upper") == []
    assert names("name__icontains=upper") == ["Upper Weir"]
    assert names(f"organisation={creek.id}&ordering=-name") == ["Upper Weir", creek.name]
    assert names("ordering=display_name,nonsense") == [creek.name, "Upper Weir"]
    assert names("permission=group_edit", bob) == []
    assert names("permission=group_edit&name=Upper Weir") == ["Upper Weir"]
    for wrong in ("permission=fly", "organisation=x", "archived=perhaps"):
        assert api(alice).get(f"/groups/?{wrong}").status_code == 400
