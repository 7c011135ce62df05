"""The customer site and the channel viewer."""

from doover_web.common.secrets import hash_secret
from doover_web.identity.actions.invitation import invite
from doover_web.identity.models import Invitation

from ..lines import DEVICE_PAGE, ONES_OWN, ONES_OWN_CHANGE, Lines, everybody, page

line = Lines()
VIEWER = "/channels/{pump}"
# A refusal in a form of the viewer is told beside the form.
FORM = page(looker=403, admin=302)


def seed(world):
    """An invitation, whose link is in no list."""
    invitation = invite(organisation=world.things["creek"], email="dana@tallow.example", role=None, by=None)
    secret = "dvi_" + "A" * 32
    Invitation.objects.filter(pk=invitation.pk).update(secret_hash=hash_secret(secret))
    world.add("invitation", secret, "dvi_" + "B" * 32)


line("GET", "/", ONES_OWN)
line("POST", "/theme/", everybody(302), form={"next": "https://evil.example/"}, forged=403)
line("POST", "/language/", everybody(302), form={"language": "de", "next": "https://evil.example/"}, forged=403)
line("POST", "/organisation/", ONES_OWN_CHANGE, form={"organisation": "{creek}"}, stranger=403)
line("GET", "/me/", ONES_OWN)
line("POST", "/me/", ONES_OWN_CHANGE, form={"name": "A", "zone": ""})
line("GET", "/me/sessions/", ONES_OWN)
line("POST", "/me/sessions/", ONES_OWN_CHANGE, form={"session": "others"})
line("GET", "/me/tokens/", ONES_OWN)
line("POST", "/me/tokens/", page(stranger=200, bare=200), form={"name": "x", "scope": "read", "days": "30"})
line("GET", "/me/profile/", ONES_OWN)
line("POST", "/me/profile/", page(stranger=200, bare=200), form={"name": "x", "days": "30"})
line("GET", "/me/again/", ONES_OWN_CHANGE)
line("POST", "/me/stop-acting/", ONES_OWN_CHANGE)
line("GET", "/invitation/{invitation}/", everybody(200), public=True)
line("POST", "/invitation/{invitation}/", everybody(200), form={}, public=True, forged=403)
line("GET", "/device/{pump}/", DEVICE_PAGE)
line("GET", "/device/{pump}/details/", DEVICE_PAGE)

line("GET", "/channels/", ONES_OWN)
line("GET", "/channels/dda", ONES_OWN_CHANGE)
line("GET", "/channels/dda/?local_url=http%3A%2F%2F127.0.0.1%3A49100", ONES_OWN_CHANGE)
for agent in (VIEWER, "/channels/{pump_key}"):
    line("GET", agent, DEVICE_PAGE)
    line("GET", agent + "/level", DEVICE_PAGE)
    line("GET", agent + "/level/fault", DEVICE_PAGE)
    line("GET", agent + "/{hidden}", DEVICE_PAGE, looker=404)
    line("GET", agent + "/level/download", DEVICE_PAGE)
    line("GET", agent + "/{hidden}/download", DEVICE_PAGE, looker=404)
    line("GET", agent + "/level/export.csv", DEVICE_PAGE)
    line("GET", agent + "/{hidden}/export.csv", DEVICE_PAGE, looker=404)
    line("POST", agent + "/level/import.csv", page(looker=302, admin=302), form={})
line("GET", VIEWER + "/level?part=messages", DEVICE_PAGE)
line("GET", "/connections/{pump}", DEVICE_PAGE)
for panel in ("subscriptions", "one-shot", "calls", "keeping"):
    line("GET", VIEWER + f"/level?panel={panel}", DEVICE_PAGE)
    line("GET", VIEWER + f"/{{hidden}}?panel={panel}", DEVICE_PAGE, looker=404)
for panel in ("subscriptions", "calls"):
    line("GET", VIEWER + f"/level?panel={panel}&part=panel", DEVICE_PAGE)
line("POST", VIEWER + "/level?panel=one-shot", FORM, form={"action": "one_shot", "data": "1"})
line("POST", VIEWER + "/level?panel=calls", FORM, form={"action": "call", "method": "m", "data": "1"})
line("POST", VIEWER, FORM, form={"name": "fresh"})
line("POST", VIEWER + "/level", FORM, form={"action": "message", "data": "1"})
line("POST", VIEWER + "/level", FORM, form={"action": "state", "data": "{{}}", "mode": "replace"})
line("POST", VIEWER + "/level", FORM, form={"action": "delete", "message": "{message}"})
line("POST", VIEWER + "/level", FORM, form={"action": "archive"})
line("POST", VIEWER + "/{hidden}", FORM, form={"action": "message", "data": "1"}, looker=404)
