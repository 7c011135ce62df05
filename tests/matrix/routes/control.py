"""The Control API at the root: organisations, people and groups."""

from ..lines import NO_SUCH, Lines, api

line = Lines()

# A list, and what is the caller's own: everybody with a good token is answered, of what they may see.
LISTS = api(stranger=200, bare=200, neighbour=200)
# Something of Tallow Creek Water: devices and strangers do not see it.
HERE = api(own=404)
CHANGES = api(looker=403, narrow=403, own=404)

line("GET", "/users/", LISTS)
line("GET", "/users/me/", LISTS, own=404, neighbour=404)
line("GET", "/users/{looker}/", HERE, bare=200)
for method, path in (("PUT", ""), ("PATCH", ""), ("POST", "sync/")):
    line(method, "/users/{looker}/" + path, CHANGES, body={}, bare=403, looker=200, admin=403, browser=403, root=200)

line("GET", "/groups/", LISTS)
line("GET", "/groups/{weir}/", HERE)
for method in ("PUT", "PATCH"):
    line(method, "/groups/{weir}/", CHANGES, body={"name": "Weir", "parent_id": "{root_group}"})
# The group of the body is a field's mistake to whoever may not see it.
NEW = api(stranger=400, bare=400, looker=403, narrow=403, admin=201, own=400, neighbour=400)
line("POST", "/groups/", NEW, body={"name": "North", "parent_id": "{weir}"})
for verb in ("archive/", "unarchive/"):
    line("POST", "/groups/{weir}/" + verb, CHANGES)
line("DELETE", "/groups/{empty_group}/", CHANGES, admin=204, browser=204, root=204)

line("GET", "/analytics/summary/", NO_SUCH)
line("POST", "/billing/nowhere/", NO_SUCH)


def seed(world) -> None:
    """A group in which nothing hangs."""
    creek = world.things["creek"]
    world.add("empty_group", creek.groups.create(parent=creek.root_group, name="Empty").id)
