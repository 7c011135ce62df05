"""What stands beside the devices of a list, read after it."""

from ..lines import ONES_OWN, Lines, page

line = Lines()
line("GET", "/home/sparks/?of={pump}", ONES_OWN)
line("GET", "/home/sparks/?of=odd", page(stranger=404, bare=404, looker=404, admin=404))
