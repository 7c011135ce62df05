"""Several organisations, and superusers who act as somebody else."""

import re

from doover_web.identity.actions.member import add_member, grant_group_role
from doover_web.identity.models import Agent, AuditEntry, GroupRole, OrganisationRole


def test_a_person_of_two_organisations_switches(browse, bob, mallory, pump):
    elsewhere = mallory.memberships.get().organisation
    add_member(organisation=elsewhere, user=bob, role=OrganisationRole.objects.built_in("Member"), by=None)
    grant_group_role(group=elsewhere.root_group, user=bob, role=GroupRole.objects.built_in("Viewer"), by=None)
    Agent.objects.create(kind="device", organisation=elsewhere, name="mill-1", display_name="Mill 1")
    client = browse(bob)
    page = client.get("/").content.decode()
    assert ("Mill 1" in page, "Pump 7" in page) == (True, True)

    assert client.post("/organisation/", {"organisation": elsewhere.id, "next": "/"})["Location"] == "/"
    page = client.get("/").content.decode()
    assert ("Mill 1" in page, "Pump 7" in page) == (True, False)
    assert "Elsewhere" in client.get("/admin-portal/").content.decode()
    assert client.get(f"/device/{pump.id}/").status_code == 200

    client.post("/organisation/", {"organisation": ""})
    assert "Pump 7" in client.get("/").content.decode()


def test_nobody_switches_to_a_strange_organisation(browse, bob, mallory):
    elsewhere = mallory.memberships.get().organisation
    client = browse(bob)
    assert client.post("/organisation/", {"organisation": elsewhere.id}).status_code == 403
    client.cookies["organisation"] = str(elsewhere.id)
    assert "Elsewhere" not in client.get("/admin-portal/").content.decode()
    assert client.post("/organisation/", {"organisation": "x"}).status_code == 400


def test_groups_and_people_of_another_organisation_are_managed_without_going_there(browse, alice, mallory, creek):
    elsewhere = mallory.memberships.get().organisation
    group = elsewhere.root_group
    client = browse(alice)
    assert client.get(f"/admin-portal/groups/{group.id}/").status_code == 404
    assert client.get(f"/admin-portal/user/{mallory.id}/access/").status_code == 404

    add_member(organisation=elsewhere, user=alice, role=OrganisationRole.objects.built_in("Admin"), by=None)
    client = browse(alice)
    assert client.get("/").wsgi_request.caller.organisation_id == creek.id
    [link] = re.findall(r'href="(/admin-portal/groups/[0-9][^"]+)"', client.get(f"/group/{group.id}/").content.decode())
    assert client.get(link).context["is_elsewhere"]
    client.post(link, {"do": "create", "name": "Mill"})
    assert group.children.get().name == "Mill"

    [link] = re.findall(r'href="(/admin-portal/user/[^"]+)"', client.get("/search/?q=mallory").content.decode())
    assert client.get(link).context["is_elsewhere"]
    client.post(link, {"do": "role", "role": OrganisationRole.objects.built_in("Member").id})
    assert mallory.memberships.get().role.name == "Member"
    assert not client.get(f"/admin-portal/user/{alice.id}/access/").context["is_elsewhere"]


def test_a_superuser_acts_as_bob_and_it_shows(browse, root, bob, pump):
    client = browse(root)
    client.post(f"/admin-portal/user/{bob.id}/assume/")
    page = client.get("/").content.decode()
    assert "You act as Bob Tran" in page
    assert client.get("/admin-portal/audit/").status_code == 403

    client.post("/me/stop-acting/")
    assert "You act as" not in client.get("/").content.decode()
    actions = AuditEntry.objects.filter(subject_id=bob.id, action__startswith="user.assum").order_by("id")
    assert [(one.action, one.assumed_by_name or one.actor_name) for one in actions] == [
        ("user.assumed", "Root Admin"),
        ("user.assumption_ended", "Root Admin"),
    ]


def test_others_act_as_nobody(browse, alice, bob, root):
    client = browse(alice)
    assert client.post(f"/admin-portal/user/{bob.id}/assume/").status_code == 404
    session = client.session
    session["assumed_user"] = str(bob.id)
    session.save()
    assert "You act as" not in client.get("/").content.decode()
    assert browse(root).post(f"/admin-portal/user/{root.id}/assume/").status_code == 403


def test_every_organisation_is_for_superusers(browse, root, alice):
    assert browse(alice).get("/admin-portal/organisations/").status_code == 404
    assert "Tallow Creek Water" in browse(root).get("/admin-portal/organisations/").content.decode()
