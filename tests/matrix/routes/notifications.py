"""Notifications: whose endpoints and subscriptions are whose."""

from doover_web.notifications.actions.endpoint import create_endpoint
from doover_web.notifications.actions.subscription import subscribe
from doover_web.notifications.kinds import Kind

from ..lines import MANAGER_PAGE, ONES_OWN, ONES_OWN_CHANGE, OPEN, Lines, api, page

line = Lines()
# A device's are arranged by whoever may configure it, and by itself.
ARRANGES = api(looker=403, narrow=403)
# A person's subscriptions also by who manages people there; the addresses by nobody else.
PERSON = api(looker=200, narrow=404, own=404)
ADDRESSES = PERSON.but(admin=403, browser=403)
HERE, THERE = "/api/agents/{pump}/notifications", "/api/agents/{looker}/notifications"
ADDRESS = {"email": "amber@tallow.example"}


def seed(world):
    """The pump and a person each have an address and hear of the pump."""
    pump, looker = world.things["pump"], world.things["looker"].agent
    for name, agent in (("pumps", pump), ("lookers", looker)):
        kept = {"name": "Amber mail", "kind": Kind.Email, "extra_data": ADDRESS, "is_default": True}
        endpoint, _ = create_endpoint(agent=agent, **kept)
        [made] = subscribe(subscriber=agent, to=pump, endpoint=endpoint, severity=5)
        world.add(f"{name}_endpoint", endpoint.id)
        world.add(f"{name}_subscription", made.id)
    world.secrets += ["Amber mail", ADDRESS["email"]]
    world.device_secrets += ["Amber mail", ADDRESS["email"]]


def arranged(base: str, whose: str, addresses, subscriptions) -> None:
    """The lines of one subscriber."""
    endpoint, subscription = f"{base}/endpoints/{{{whose}_endpoint}}", f"{base}/subscriptions/{{{whose}_subscription}}"
    made = {"name": "x", "type": "Placeholder", "extra_data": {}, "default": False}
    line("GET", base, addresses)
    line("GET", base + "/endpoints", addresses)
    line("GET", base + "/endpoints/summary", subscriptions)
    line("POST", base + "/endpoints", addresses, body=made)
    line("PATCH", endpoint, addresses, body={"name": "y"})
    line("POST", endpoint + "/test", addresses)
    line("DELETE", endpoint, addresses)
    line("GET", base + "/subscriptions", subscriptions)
    line("POST", base + "/subscriptions", subscriptions, body={"subscribe_to": "{pump}", "severity": 5})
    line("PATCH", subscription, subscriptions, body={"severity": 6})
    line("DELETE", subscription, subscriptions)
    line("GET", base + "/subscriptions/default", subscriptions)
    line("PATCH", base + "/subscriptions/default/{pump}", subscriptions, body={"severity": 6})
    line("DELETE", base + "/subscriptions/default/{pump}", subscriptions)
    line("GET", base + "/subscribers", addresses)


arranged(HERE, "pumps", ARRANGES, ARRANGES)
arranged(THERE, "lookers", ADDRESSES, PERSON)

RENEWED = {"old_endpoint": "https://x", "endpoint": "https://y", "key_p256dh": "x", "key_auth": "x", "expires_at": 1}
NONE_YET = api(bare=404, looker=404, narrow=403, admin=404, own=404, neighbour=404)
line("POST", "/api/agents/me/notifications/update_web_push", NONE_YET, body=RENEWED)
line("GET", "/api/notifications/webpush-public-key", OPEN)

# A refusal is told beside the form.
WISH = page(stranger=400, bare=400, looker=302, admin=302)
line("GET", "/me/notifications/", ONES_OWN)
line("GET", "/me/notifications/bell/", ONES_OWN)
line("GET", "/me/notifications/panel/", ONES_OWN)
line("POST", "/me/notifications/panel/", ONES_OWN, form={"up_to": "1"})
line("GET", "/me/notifications/endpoints/", ONES_OWN)
line("POST", "/me/notifications/endpoints/", ONES_OWN_CHANGE, form={"do": "quiet", "from": "22:00", "until": "06:00"})
line("GET", "/me/notifications/subscriptions/?to={pump}", ONES_OWN)
line("POST", "/me/notifications/subscriptions/", WISH, form={"do": "add", "to": "{pump}", "severity": "5"})
line("GET", "/me/notifications/worker.js", OPEN)
line("GET", "/sw.js", OPEN)
line("GET", "/offline/", OPEN)
line("GET", "/admin-portal/notifications/", MANAGER_PAGE)
line("GET", "/admin-portal/notifications/download/", MANAGER_PAGE)
