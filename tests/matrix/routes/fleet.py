"""Home, groups, search: the fleet on the customer site."""

from ..lines import ONES_OWN, Lines, page

line = Lines()
line("GET", "/home/devices.csv", ONES_OWN)
line("POST", "/favourite/", page(looker=302, admin=302), form={"mark": "{pump}"})
line("GET", "/group/{weir}/", page())
line("GET", "/search/?q=e", ONES_OWN)
line("GET", "/help/", ONES_OWN)
