"""Charts of a device, its alarms, what happened at it, and how it was."""

from ..lines import DEVICE_PAGE, Lines, page

line = Lines()
CHART = "/device/{pump}/chart/"

line("GET", CHART, DEVICE_PAGE)
line("GET", CHART + "?part=data", DEVICE_PAGE)
line("GET", CHART + "?part=drawer", DEVICE_PAGE)
line("GET", CHART + "export.csv", page(looker=404, admin=404))

line("GET", "/alarms/", page(stranger=200, bare=200))
line("POST", "/alarms/", page(stranger=400, bare=400, looker=400, admin=400), form={"action": "odd"})
line("GET", "/alarms/new/", page(stranger=200, bare=200))
line("GET", "/device/{pump}/alarms/", DEVICE_PAGE)
line("POST", "/device/{pump}/alarms/", page(looker=400, admin=400), form={"action": "odd"})

line("GET", "/activity/", page(stranger=200, bare=200))
line("GET", "/activity/export.csv", page(stranger=200, bare=200))
line("GET", "/device/{pump}/activity/", DEVICE_PAGE)
line("GET", "/device/{pump}/activity/export.csv", DEVICE_PAGE)

line("GET", "/device/{pump}/past/", DEVICE_PAGE)
line("GET", "/device/{pump}/past/?at=2026-01-01T00:00", DEVICE_PAGE)
