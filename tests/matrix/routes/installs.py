"""The pages of devices, installs and deployments. `deployments` and `bulk_jobs` make what they are about."""

from doover_web.control.models import DeviceType

from ..lines import MEMBER_PAGE, Lines, page

line = Lines()
HERE = "/admin-portal"
ONE = page()
# Members who may look do not configure.
CHANGES = page(looker=403, admin=302)

# What a form names and the caller does not see is refused beside it.
DEVICE = {"do": "save", "type": "{page_type}", "group": "{weir}", "display_name": "Amber new"}
BULK = {"do": "preview", "action": "archive", "selection": '{{"all": true}}'}
# Whose job it is, and who manages the organisation's applications.
JOB = page(bare=404, looker=404)


def seed(world) -> None:
    """A kind of device, for new ones."""
    world.add("page_type", DeviceType.objects.create(organisation=world.things["creek"], name="Amber kind").id)


line("GET", HERE + "/devices/", MEMBER_PAGE)
line("GET", HERE + "/devices/download/", MEMBER_PAGE)
line("GET", HERE + "/devices/new/", MEMBER_PAGE)
line("POST", HERE + "/devices/new/", page(stranger=400, bare=400, looker=403, admin=201), form=DEVICE)
line("GET", HERE + "/devices/changes/", MEMBER_PAGE)
line("GET", HERE + "/devices/changes/new/?action=archive", MEMBER_PAGE)
line("POST", HERE + "/devices/changes/new/", page(stranger=200, bare=400).but(guest=200), form=BULK)
line("GET", HERE + "/devices/changes/{bulk_done}/", JOB)
line("POST", HERE + "/devices/changes/{bulk_queued}/", JOB.but(admin=302, root=302), form={"do": "cancel"})
line("GET", HERE + "/device/{pump}/", page(looker=403))
line("POST", HERE + "/device/{pump}/", CHANGES, form={"do": "deploy_all"})
line("GET", HERE + "/install/{deploy_install}/", ONE)
line("POST", HERE + "/install/{deploy_install}/", CHANGES, form={"do": "archive"})
line("GET", HERE + "/install/{deploy_install}/deployments/", ONE)
line("GET", HERE + "/deployment/{deployment_failed}/", ONE)
line("POST", HERE + "/deployment/{deployment_open}/", CHANGES, form={"do": "cancel"})
