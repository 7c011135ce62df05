"""The pages of applications, profiles and device types; `deployments` and `installs` make some."""

from ..lines import MANAGER_PAGE, MEMBER_PAGE, Lines, page

line = Lines()
APPS, TYPES = "/admin-portal/applications", "/admin-portal/device-types"
# About one thing of the organisation: members see it, administrators change it.
ONE = page(bare=200)
CHANGES = page(bare=403, looker=403, admin=302)

line("GET", APPS + "/", MEMBER_PAGE)
line("GET", APPS + "/new/", MANAGER_PAGE)
line("POST", APPS + "/new/", page(stranger=400, bare=403, looker=403, admin=400), form={"name": ""})
line("GET", APPS + "/{rollout_application}/", ONE)
line("GET", APPS + "/{rollout_application}/edit/", ONE)
line("POST", APPS + "/{rollout_application}/edit/", CHANGES, form={"do": "archive"})
line("GET", APPS + "/{rollout_application}/profiles/0/", page(bare=403, looker=403))
line("POST", APPS + "/{rollout_application}/profiles/0/", CHANGES, form={"do": "save", "display_name": "Amber set"})
line("GET", TYPES + "/", MEMBER_PAGE)
line("GET", TYPES + "/{page_type}/", ONE)
line("POST", TYPES + "/{page_type}/", CHANGES, form={"do": "archive"})
