"""The pages of roll-outs, of which `rollouts` makes some."""

from ..lines import MANAGER_PAGE, MEMBER_PAGE, Lines, page

line = Lines()
HERE = "/admin-portal/rollouts"
FORM = {"do": "preview", "application": "{rollout_application}", "soak": "0", "patience": "1", "abort_percent": "1"}

line("GET", HERE + "/", MEMBER_PAGE)
line("GET", HERE + "/new/", MANAGER_PAGE)
# Somebody else's application is no choice of the form.
line("POST", HERE + "/new/", page(stranger=400, bare=403, looker=403), form=FORM)
line("GET", HERE + "/{rollout_ready}/", page(bare=200))
line("POST", HERE + "/{rollout_ready}/", page(bare=403, looker=403, admin=302), form={"do": "abort"})
