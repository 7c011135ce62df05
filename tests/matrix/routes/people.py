"""People and sharing on the customer site."""

from ..lines import DEVICE_PAGE, Lines, page

line = Lines()

line("GET", "/device/{pump}/people", DEVICE_PAGE)
line("GET", "/group/{weir}/people", page())
line("POST", "/group/{weir}/people", page(looker=403, admin=400), form={"do": "remove", "grant": "1"})
