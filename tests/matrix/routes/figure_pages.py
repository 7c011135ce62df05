"""Pages of figures: all deployments of the organisation, and what it used."""

from ..lines import MANAGER_PAGE, MEMBER_PAGE, Lines

line = Lines()
line("GET", "/admin-portal/deployments/", MEMBER_PAGE)
line("GET", "/admin-portal/usage/", MANAGER_PAGE)
line("GET", "/admin-portal/usage/download/", MANAGER_PAGE)
