"""Home, groups, search: the fleet on the customer site."""

from doover_web.fences.models import Fence
from doover_web.identity.models import Agent

from ..lines import DEVICE_PAGE, ONES_OWN, Lines, page

line = Lines()
YARD = {"name": "Yard", "kind": "circle", "lat": "1", "long": "2", "radius": "50"}


def seed(world):
    """A fence around the whole of the organisation, and a dashboard."""
    shape = {"type": "circle", "lat": 1, "long": 2, "radius": 50}
    fence = Fence.objects.create(organisation=world.things["creek"], name="Kestrel yard", shape=shape)
    world.add("fence", fence.id)
    made = {"kind": "dashboard", "organisation": world.things["creek"], "group": world.things["weir"]}
    world.add("board", Agent.objects.create(**made, name="kestrel-board", display_name="Kestrel board").id)


line("GET", "/home/devices.csv", ONES_OWN)
line("GET", "/home/beside/", ONES_OWN)
line("GET", "/home/beside/?group={weir}", page())
line("POST", "/favourite/", page(looker=302, admin=302), form={"mark": "{pump}"})
line("GET", "/group/{weir}/", page())
line("GET", "/search/?q=e", ONES_OWN)
line("GET", "/search/suggest/?q=e", ONES_OWN)
line("GET", "/help/", ONES_OWN)
line("GET", "/map/", ONES_OWN)
line("GET", "/map/points.json", ONES_OWN)
line("GET", "/map/device/{pump}/popup", DEVICE_PAGE)
line("GET", "/map/device/{pump}/track.json", DEVICE_PAGE)
line("GET", "/map/fences/", ONES_OWN)
line("GET", "/map/fences/new/", page(stranger=200, bare=403, looker=403))
line("GET", "/map/fences/{fence}/", page())
line("POST", "/map/fences/new/", page(stranger=400, bare=403, looker=403, admin=302), form={**YARD, "place": "{creek}"})
line("POST", "/map/fences/{fence}/", page(looker=403, admin=302), form=YARD)
line("GET", "/device/{pump}/location/", DEVICE_PAGE)
line("POST", "/device/{pump}/await/", page(looker=302, admin=302))
line("POST", "/device/{pump}/location/", page(looker=403, admin=302), form={"latitude": "1", "longitude": "2"})
line("GET", "/remote/", ONES_OWN)
line("GET", "/device/{pump}/remote/", DEVICE_PAGE, looker=403)
line("POST", "/device/{pump}/remote/", page(looker=403, admin=302), form={"do": "create", "port": "22", "minutes": "5"})
line("GET", "/dashboard/", ONES_OWN)
line("POST", "/dashboard/", page(stranger=400, bare=400, looker=400, admin=302), form={"title": "x", "group": "{weir}"})
line("GET", "/dashboard/{board}/", page())
line("GET", "/dashboard/{board}/edit/", page(looker=302))
line("POST", "/dashboard/{board}/edit/", page(looker=403, admin=302), form={"do": "rename", "title": "x"})
