"""The pages of an organisation's settings, integrations and container registries; `control_more` makes some."""

from doover_web.control.models import RegistryProfile
from doover_web.processors.actions import put_trigger
from doover_web.processors.models import IngestionEndpoint

from ..lines import MANAGER_PAGE, MEMBER_PAGE, Lines, page

line = Lines()
HERE = "/admin-portal"
CHANGES = page(stranger=302, bare=403, looker=403, admin=302)
# About one thing of the organisation.
ONE, CHANGES_ONE = page(bare=200), page(bare=403, looker=403, admin=302)
DOOR = page(bare=403, looker=403)


def seed(world) -> None:
    """A registry, and an endpoint of the integration."""
    creek = world.things["creek"]
    registry = RegistryProfile.objects.create(organisation=creek, name="amber-images", url="registry.example")
    world.add("page_registry", registry.id)
    values = {"app_key": "amber_hook_1", "permissions": {}, "values": {}, "by": None}
    put_trigger(IngestionEndpoint, host=creek.agent, trigger_id=7901, **values)
    world.secrets.append("amber-images")


line("GET", HERE + "/settings/", MANAGER_PAGE)
line("POST", HERE + "/settings/", CHANGES, form={"do": "theme", "accent_colour": "#0b6a93"})
line("GET", HERE + "/settings/contrast/", MANAGER_PAGE)
line("GET", HERE + "/settings/tried.css", MANAGER_PAGE)
line("GET", HERE + "/registries/", MEMBER_PAGE)
line("GET", HERE + "/registries/{page_registry}/", ONE)
line("POST", HERE + "/registries/{page_registry}/", CHANGES_ONE, form={"do": "archive"})
line("GET", HERE + "/integrations/", MANAGER_PAGE)
line("GET", HERE + "/integrations/{integration}/", DOOR)
line("POST", HERE + "/integrations/{integration}/", DOOR, form={"do": "renew", "endpoint": "7901"})
