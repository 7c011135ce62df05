"""The pages of installs and their deployments. `deployments` makes what they are about."""

from ..lines import Lines, page

line = Lines()
HERE = "/admin-portal"
ONE = page()
# Members who may look do not configure.
CHANGES = page(looker=403, admin=302)

line("GET", HERE + "/install/{deploy_install}/", ONE)
line("POST", HERE + "/install/{deploy_install}/", CHANGES, form={"do": "archive"})
line("GET", HERE + "/install/{deploy_install}/deployments/", ONE)
line("GET", HERE + "/deployment/{deployment_failed}/", ONE)
line("POST", HERE + "/deployment/{deployment_open}/", CHANGES, form={"do": "cancel"})
