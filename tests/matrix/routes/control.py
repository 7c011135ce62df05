"""The Control API at the root: organisations, people and groups."""

from doover_web.control.models import Domain
from doover_web.identity.actions.invitation import invite
from doover_web.identity.models import Group, GroupRole, OrganisationRole

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
line("GET", "/users/{looker}/", HERE)
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
    line("GET", _own, HERE)
    for method in ("PUT", "PATCH"):
        line(method, _own, MANAGES, body={"name": "Night"})
    for verb in ("archive/", "unarchive/"):
        line("POST", _own + verb, MANAGES)
    line("DELETE", _own, MANAGES, **DELETES)

line("GET", "/organisations/users/", LISTS)
line("POST", "/organisations/users/", MAKES, body={"user_email": "new@example.com", "role_id": None})
line("GET", "/organisations/users/{looker}/", HERE)
line("GET", "/organisations/users/{looker}/groups/", HERE)
for method in ("PUT", "PATCH"):
    body = {"user_email": "bob@tallow.example", "role_id": None}
    line(method, "/organisations/users/{looker}/", MANAGES, body=body)
line("DELETE", "/organisations/users/{looker}/", MANAGES, **DELETES)

INVITED = {"email": "new@example.com", "organisation_id": "{creek}"}
line("GET", "/organisations/pending_users/", LISTS)
line("POST", "/organisations/pending_users/", NEW, bare=403, root=201, body=INVITED)
line("GET", "/organisations/pending_users/{invited}/", HERE)
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

line("GET", "/site/?hostname=tallow.example.net", everybody(200, by_token=True), public=True)

line("GET", "/analytics/summary/", NO_SUCH)
line("POST", "/billing/nowhere/", NO_SUCH)


def seed(world) -> None:
    """A group in which nothing hangs, roles that nobody has, an invitation, a domain."""
    creek = world.things["creek"]
    world.add("empty_group", Group.objects.create(organisation=creek, parent=creek.root_group, name="Empty").id)
    world.add("org_role", OrganisationRole.objects.create(organisation=creek, name="Unused").id)
    world.add("group_role", GroupRole.objects.create(organisation=creek, name="Unused").id)
    world.add("invited", invite(organisation=creek, email="olga@tallow.example", role=None, by=None).id)
    made = Domain.objects.create(organisation=creek, hostname="tallow.example.net", is_default=True)
    world.add("domain", made.id)
