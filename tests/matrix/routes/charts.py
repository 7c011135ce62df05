"""Charts of a device, its alarms, what happened at it, and how it was."""

from ..lines import DEVICE_PAGE, Lines, page

line = Lines()
CHART = "/device/{pump}/chart/"

line("GET", CHART, DEVICE_PAGE)
line("GET", CHART + "?part=data", DEVICE_PAGE)
line("GET", CHART + "?part=drawer", DEVICE_PAGE)
line("GET", CHART + "export.csv", page(looker=404, admin=404))
