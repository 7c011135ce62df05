"""Cameras on the customer site."""

from doover_web.data.models import Cameras
from doover_web.identity.models import Agent

from ..lines import DEVICE_PAGE, ONES_OWN, Lines, page

line = Lines()


def seed(world):
    """A mast with a camera, in the group of the pump."""
    pump = world.things["pump"]
    mast = Agent.objects.create(kind="device", organisation_id=pump.organisation_id, group=pump.group, name="mast")
    found = [{"app": "yard", "channel": "level", "title": "Weir camera"}]
    Cameras.objects.create(agent=mast, found=found)
    world.add("mast", mast.id)
    world.secrets.append("Weir camera")


line("GET", "/cameras/", ONES_OWN)
line("GET", "/cameras/{mast}/level", DEVICE_PAGE)
line("POST", "/cameras/{mast}/level", page(looker=403, admin=302), form={})
