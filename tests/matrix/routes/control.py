"""The Control API at the root: organisations, people and groups."""

from doover_web.control.models import Domain, ReceivedProfile, SharedDevice, SharedGroup
from doover_web.identity.actions.invitation import invite
from doover_web.identity.models import Agent, Group, GroupRole, OrganisationRole, SharingProfile

from ..lines import NO_SUCH, Lines, api, everybody

line = Lines()

# A list, and what is the caller's own: everybody with a good token is answered, of what they may see.
LISTS = api(stranger=200, bare=200, neighbour=200)
# Something of Tallow Creek Water: its members see it, devices and strangers do not.
HERE = api(bare=200, own=404)
# The same of what hangs below a group.
BELOW = api(own=404)
CHANGES = api(looker=403, narrow=403, own=404)
MANAGES = CHANGES.but(bare=403)
DELETES = {"admin": 204, "browser": 204, "root": 204}
SUPERUSERS = api(stranger=403, bare=403, looker=403, narrow=403, admin=403, own=403, neighbour=403, root=200)

# A neighbour is told of itself, in words that are secrets elsewhere.
line("GET", "/agents/", LISTS, public=True)
line("GET", "/users/", LISTS)
line("GET", "/users/me/", LISTS, own=404, neighbour=404)
line("GET", "/users/{looker}/", HERE, guest=404)
for method, path in (("PUT", ""), ("PATCH", ""), ("POST", "sync/")):
    line(method, "/users/{looker}/" + path, CHANGES, body={}, bare=403, looker=200, admin=403, browser=403, root=200)

line("GET", "/groups/", LISTS)
line("GET", "/groups/{weir}/", BELOW)
for method in ("PUT", "PATCH"):
    line(method, "/groups/{weir}/", CHANGES, body={"name": "Weir", "parent_id": "{root_group}"})
# The group of the body is a field's mistake to whoever may not see it.
NEW = api(stranger=400, bare=400, looker=403, narrow=403, admin=201, own=400, neighbour=400)
line("POST", "/groups/", NEW, body={"name": "North", "parent_id": "{weir}"})
for verb in ("archive/", "unarchive/"):
    line("POST", "/groups/{weir}/" + verb, CHANGES)
line("DELETE", "/groups/{empty_group}/", CHANGES, **DELETES)

GRANT = {"user_id": "{bare}", "role_id": "{group_role}"}
line("GET", "/groups/{weir}/users/", BELOW, looker=403)
line("POST", "/groups/{weir}/users/", CHANGES, body=GRANT, admin=201, browser=201, root=201)
line("GET", "/groups/{root_group}/users/{looker}/", BELOW, looker=403)
for method in ("PUT", "PATCH"):
    line(method, "/groups/{root_group}/users/{looker}/", CHANGES, body=GRANT)
line("DELETE", "/groups/{root_group}/users/{looker}/", CHANGES, **DELETES)

# What is made belongs to the caller's own organisation; a superuser has to name one.
MAKES = api(stranger=201, bare=403, looker=403, narrow=403, admin=201, own=404, neighbour=404, root=403)
for _place, _role in (("/organisations/roles/", "{org_role}"), ("/groups/roles/", "{group_role}")):
    line("GET", _place, LISTS)
    line("POST", _place, MAKES, body={"name": "Night"})
    _own = f"{_place}{_role}/"
    line("GET", _own, HERE, guest=404)
    for method in ("PUT", "PATCH"):
        line(method, _own, MANAGES, body={"name": "Night"}, guest=404)
    for verb in ("archive/", "unarchive/"):
        line("POST", _own + verb, MANAGES, guest=404)
    line("DELETE", _own, MANAGES, **DELETES, guest=404)

line("GET", "/organisations/users/", LISTS)
line("POST", "/organisations/users/", MAKES, body={"user_email": "new@example.com", "role_id": None})
line("GET", "/organisations/users/{looker}/", HERE, guest=404)
line("GET", "/organisations/users/{looker}/groups/", HERE, guest=404)
for method in ("PUT", "PATCH"):
    body = {"user_email": "bob@tallow.example", "role_id": None}
    line(method, "/organisations/users/{looker}/", MANAGES, body=body)
line("DELETE", "/organisations/users/{looker}/", MANAGES, **DELETES)

INVITED = {"email": "new@example.com", "organisation_id": "{creek}"}
line("GET", "/organisations/pending_users/", LISTS)
line("POST", "/organisations/pending_users/", NEW, bare=403, root=201, body=INVITED)
line("GET", "/organisations/pending_users/{invited}/", HERE, guest=404)
for method in ("PUT", "PATCH"):
    line(method, "/organisations/pending_users/{invited}/", MANAGES, body=INVITED)
for verb in ("approve/", "reject/"):
    line("POST", "/organisations/pending_users/{invited}/" + verb, MANAGES)
line("DELETE", "/organisations/pending_users/{invited}/", MANAGES, **DELETES)

line("GET", "/organisations/domains/", LISTS)
line("GET", "/organisations/domains/{domain}/", HERE)
line("PATCH", "/organisations/domains/{domain}/", MANAGES, body={"hostname": "other.example.com"})
line("DELETE", "/organisations/domains/{domain}/", MANAGES, **DELETES)
line("POST", "/organisations/{creek}/domains/", MANAGES, body={"hostname": "new.example.com"})

line("GET", "/organisations/", LISTS)
line("POST", "/organisations/", SUPERUSERS, body={"name": "Westfield"}, root=201)
line("GET", "/organisations/{creek}/", HERE)
for method in ("PUT", "PATCH"):
    line(method, "/organisations/{creek}/", MANAGES, body={"name": "Tallow"})
for path in ("archive/", "unarchive/", "sync_data/", "sync_fusion/"):
    line("POST", "/organisations/{creek}/" + path, MANAGES)
# There are devices in it.
line("DELETE", "/organisations/{creek}/", MANAGES, admin=403, browser=403, root=409)
for path in ("/organisations/sync_data/", "/organisations/sync_fusion/", "/permissions/sync"):
    line("POST", path, SUPERUSERS)

line("GET", "/themes/", LISTS)
line("GET", "/themes/{creek}/", HERE)
COLOURS = dict.fromkeys(
    (
        "accent_colour",
        "brand_logo_colour",
        "navbar_colour",
        "navbar_text_colour",
        "sidebar_colour",
        "sidebar_text_colour",
    ),
    "teal",
)
for method in ("PUT", "PATCH"):
    line(method, "/themes/{creek}/", MANAGES, body=COLOURS)
line("GET", "/themes/{creek}/site_logo/", NO_SUCH)

# Who decides about permissions sees what is lent; nobody else learns of it.
DECIDES = api(bare=404, looker=404, narrow=404, own=404)
SHARED = {"name": "Loan", "description": "", "dd_permission_id": 0, "role_id": "{viewer_role}",
          "shared_organisation_id": "{elsewhere}", "device_ids": ["{pump}"], "group_ids": ["{weir}"]}  # fmt: skip
NOTED = {"name": "Theirs", "description": "", "sharing_organisation_id": "{elsewhere}",
         "sharing_base_url": "https://other.example.net", "sharing_profile_id": "5"}  # fmt: skip
line("GET", "/organisations/sharing_profiles/", LISTS)
# A stranger may not use the device of the body, and a superuser has to name an organisation.
line("POST", "/organisations/sharing_profiles/", MAKES, body=SHARED, stranger=400, bare=400, own=400, neighbour=400)
line("GET", "/organisations/shared_profiles/", LISTS)
line("POST", "/organisations/shared_profiles/", MAKES, body=NOTED, own=404, neighbour=404)
for _address, _body in (("/organisations/sharing_profiles/{loan}/", {**SHARED, "name": "Other"}),
                        ("/organisations/shared_profiles/{received}/", {**NOTED, "name": "Other"})):  # fmt: skip
    line("GET", _address, DECIDES)
    for method in ("PUT", "PATCH"):
        line(method, _address, DECIDES, body=_body)
    line("DELETE", _address, DECIDES, **DELETES)
# The other server is not asked.
line("GET", "/organisations/shared_profiles/{received}/sharing_profile/", DECIDES, admin=502, browser=502, root=502,
     forged=502)  # fmt: skip

for _place, _hung, _what in (("/shared_devices/", "{hung_device}", "device_id"),
                             ("/shared_groups/", "{hung_group}", "shared_group_id")):  # fmt: skip
    # What the noted profile stands for is not lent any more: who may use the group and the profile is told so.
    _body = {"group_id": "{weir}", "shared_profile_id": "{received}", _what: "{weir}"}
    line("GET", _place, LISTS)
    _asked = api(stranger=400, bare=400, looker=502, narrow=502, admin=502, own=400, neighbour=400, root=502)
    line("POST", _place, _asked, body=_body, forged=403)
    line("GET", f"{_place}{_hung}/", BELOW)
    for method in ("PUT", "PATCH"):
        line(method, f"{_place}{_hung}/", BELOW, body=_body, looker=502, narrow=502, admin=502, browser=502, root=502)
    line("DELETE", f"{_place}{_hung}/", CHANGES, **DELETES)

line("GET", "/site/?hostname=tallow.example.net", everybody(200, by_token=True), public=True)
line("GET", "/manifest.webmanifest", everybody(200, by_token=True), public=True)
line("GET", "/pwa_icon/192/", everybody(200, by_token=True), public=True)

line("GET", "/analytics/summary/", NO_SUCH)
line("POST", "/billing/nowhere/", NO_SUCH)


def seed(world) -> None:
    """A group in which nothing hangs, roles that nobody has, an invitation, a domain, what is lent and taken."""
    creek = world.things["creek"]
    world.add("empty_group", Group.objects.create(organisation=creek, parent=creek.root_group, name="Empty").id)
    world.add("org_role", OrganisationRole.objects.create(organisation=creek, name="Unused").id)
    world.add("group_role", GroupRole.objects.create(organisation=creek, name="Unused").id)
    world.add("invited", invite(organisation=creek, email="olga@tallow.example", role=None, by=None).id)
    made = Domain.objects.create(organisation=creek, hostname="tallow.example.net", is_default=True)
    world.add("domain", made.id)
    elsewhere, viewer = world.things["elsewhere"], GroupRole.objects.built_in("Viewer")
    world.add("elsewhere", elsewhere.id)
    world.add("viewer_role", viewer.id)
    loan = SharingProfile.objects.create(organisation=creek, taker=elsewhere, name="Nothing", role=viewer)
    world.add("loan", loan.id)
    noted = {"sharing_organisation_id": elsewhere.id, "sharing_profile_id": 4, "sharing_base_url": "https://a.example"}
    received = ReceivedProfile.objects.create(organisation=creek, name="Noted", **noted)
    world.add("received", received.id)
    place = {"group": world.things["weir"], "profile": received}
    theirs = Agent.objects.create(kind="device", organisation=elsewhere, name="theirs")
    world.add("hung_device", SharedDevice.objects.create(device=theirs, **place).id)
    world.add("hung_group", SharedGroup.objects.create(shared_group=elsewhere.root_group, **place).id)
