"""The admin portal. It shows the organisation that one is in: a stranger sees the own one, never this one."""

from doover_web.identity.actions.application import register_application
from doover_web.identity.actions.sharing import create_sharing_profile
from doover_web.identity.models import AuditEntry, GroupGrant, GroupRole, Organisation, OrganisationRole

from ..lines import MANAGER_PAGE, MEMBER_PAGE, Lines, page

line = Lines()
# About one thing of the organisation: strangers find nothing, members look, administrators act.
ONE = page(bare=200)
CHANGES = page(bare=403, looker=403, admin=302)
# A refusal beside the form, or as a note on the page that one comes back to.
TOLD = page(bare=400, looker=400, admin=302)
NOTED = page(bare=302, looker=302, admin=302)

# Platform administrators only; the answer to a form shows what was made.
PLATFORM = page(stranger=404, bare=404, looker=404, admin=404, root=200)
SERVICE = page(stranger=400, bare=403, looker=403)
APPLICATION = {
    "do": "save",
    "name": "Amber charts",
    "addresses": "https://amber.example/",
    "grants": "authorization_code",
    "scopes": "openid",
}


def seed(world):
    """A role of one's own, a loan to another organisation, an entry in the log, a role in a group."""
    creek, weir = world.things["creek"], world.things["weir"]
    role = OrganisationRole.objects.create(organisation=creek, name="Amber keepers", flags=["access_site"])
    lend = {"role": GroupRole.objects.built_in("Viewer"), "devices": [], "groups": [weir]}
    taker = Organisation.objects.found("Third")
    loan = create_sharing_profile(organisation=creek, taker=taker, name="Amber loan", by=None, **lend)
    world.add("role", role.id)
    world.add("loan", loan.id)
    world.add("viewer_role", lend["role"].id)
    world.add("entry", AuditEntry.objects.filter(organisation_id=creek.id).latest("id").id)
    world.add("grant", GroupGrant.objects.get(user=world.things["looker"]).id)
    values = {"addresses": ["https://amber.example/"], "grants": ["authorization_code"], "scopes": ["openid"]}
    application, _ = register_application(by=None, public=False, name="Amber charts", **values)
    world.add("application", application.id, "nowhere")
    world.secrets += ["Amber keepers", "Amber charts", "Amber loan"]


HERE = "/admin-portal"
line("GET", HERE + "/", MEMBER_PAGE)
line("GET", HERE + "/organisations/", page(stranger=404, bare=404, looker=404, admin=404, root=200))
line("GET", HERE + "/users/", MEMBER_PAGE)
line("GET", HERE + "/users/download/", MEMBER_PAGE)
line("GET", HERE + "/users/invitations/", MEMBER_PAGE)
line("POST", HERE + "/users/invitations/", TOLD, stranger=302, form={"do": "invite", "email": "new@x.example"})
line("GET", HERE + "/user/{looker}/access/", ONE)
line("POST", HERE + "/user/{looker}/access/", NOTED, form={"do": "role", "role": "{role}"})
line("POST", HERE + "/user/{looker}/assume/", page(stranger=404, bare=404, looker=404, admin=404, root=302))
line("GET", HERE + "/device/{pump}/access/", page())
line("GET", HERE + "/device/{pump}/tokens/", page(looker=403))
line("POST", HERE + "/device/{pump}/tokens/", page(looker=403), form={"do": "token", "name": "Spare"})
line("GET", HERE + "/services/", MANAGER_PAGE)
line("POST", HERE + "/services/", SERVICE, form={"do": "create", "name": "X", "group": "{weir}", "scope": "read"})
line("GET", HERE + "/oauth-clients/", PLATFORM)
line("GET", HERE + "/oauth-clients/new/", PLATFORM)
line("POST", HERE + "/oauth-clients/new/", PLATFORM, form=APPLICATION)
line("GET", HERE + "/oauth-clients/{application}/", PLATFORM)
line("POST", HERE + "/oauth-clients/{application}/", PLATFORM, form={"do": "secret"})
line("GET", HERE + "/roles/", MEMBER_PAGE)
line("GET", HERE + "/roles/organisation/new/", MANAGER_PAGE)
line("POST", HERE + "/roles/organisation/new/", CHANGES, stranger=302, form={"name": "New", "flags": ["access_site"]})
line("GET", HERE + "/roles/organisation/{role}/", ONE)
line("POST", HERE + "/roles/organisation/{role}/", TOLD, form={"name": "Amber keepers", "flags": ["access_site"]})
line("GET", HERE + "/groups/", MEMBER_PAGE, guest=200)
line("GET", HERE + "/groups/{weir}/", page(), guest=404)
line("POST", HERE + "/groups/{weir}/", page(looker=403, admin=302), guest=404, form={"do": "rename", "name": "Lower"})
line("GET", HERE + "/sharing/", MANAGER_PAGE)
line("GET", HERE + "/sharing/new/", MANAGER_PAGE)
line("GET", HERE + "/sharing/{loan}/", page(bare=403, looker=403))
line("POST", HERE + "/sharing/{loan}/", CHANGES, form={"do": "remove"})
line("GET", HERE + "/storage/", MANAGER_PAGE)
line("POST", HERE + "/storage/", page(stranger=302, bare=403, looker=403, admin=302), form={"zone": ""})
line("GET", HERE + "/audit/", MANAGER_PAGE)
line("GET", HERE + "/audit/download/", MANAGER_PAGE)
line("GET", HERE + "/audit/{entry}/", page(bare=403, looker=403))
