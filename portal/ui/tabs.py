"""The parts of a device page and the deeds in its head: a line for each, shown where its page is there and allowed."""

import functools
from collections.abc import Collection
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from doover_web.identity.permissions import Rights


@dataclass(frozen=True, slots=True)
class Tab:
    """A part of the device page: `route` is the name of its address, `needs` the right to see it."""

    key: str
    title: str | Promise
    route: str
    needs: Rights = Rights.VIEW


@dataclass(frozen=True, slots=True)
class Deed:
    """A button in the head. `quiet`: in the menu at its end; `flag`: a flag of one's role in the organisation that it
    takes as well; `query` follows the address, with `{agent}` filled in."""

    title: str | Promise
    icon: str
    route: str
    needs: Rights = Rights.VIEW
    quiet: bool = False
    flag: str = ""
    query: str = ""


TABS = (
    Tab("overview", _("Overview"), "portal:device"),
    Tab("cockpit", _("Cockpit"), "portal:device_cockpit"),
    Tab("activity", _("Activity"), "portal:device_activity", Rights.HISTORY),
    Tab("alarms", _("Alarms"), "portal:device_alarms", Rights.ALARMS_VIEW),
    Tab("location", _("Location"), "portal:device_location"),
    Tab("files", _("Files"), "portal:device_files"),
    Tab("past", _("Time machine"), "portal:device_past", Rights.HISTORY),
    Tab("details", _("Details"), "portal:device_details"),
)
DEEDS = (
    Deed(_("Notify me"), "bell", "portal:subscriptions", query="?to={agent}"),
    Deed(_("Remote access"), "plug-connected", "portal:device_tunnels", Rights.TUNNELS),
    Deed(_("Open in channel viewer"), "list-details", "portal:channels", quiet=True),
    Deed(_("Device settings"), "settings", "admin_site:device_settings", Rights.CONFIGURE, quiet=True),
    Deed(_("Who may see it"), "user", "portal:device_people", quiet=True, flag="users_view"),
    Deed(_("Tokens"), "key", "admin_site:device_tokens", Rights.CONFIGURE, quiet=True),
)


def tabs_for(agent_id: int, rights: Rights, *, hidden: frozenset[str] = frozenset()) -> list[tuple[Tab, str]]:
    """The parts that there is a page for and that may be seen, each with its address."""
    found = ((tab, address(tab.route, agent_id)) for tab in TABS if tab.needs & rights and tab.key not in hidden)
    return [(tab, there) for tab, there in found if there]


def deeds_for(agent_id: int, rights: Rights, flags: Collection[str]) -> list[tuple[Deed, str]]:
    """The buttons of the head for who has these rights and these flags in the organisation, each with its address."""
    allowed = (deed for deed in DEEDS if deed.needs & rights and (not deed.flag or deed.flag in flags))
    found = ((deed, address(deed.route, agent_id)) for deed in allowed)
    return [(deed, there + deed.query.format(agent=agent_id)) for deed, there in found if there]


def address(route: str, agent_id: int) -> str:
    """The address of a page about a device, or of one about everything; empty when there is no such page."""
    for arguments in ([str(agent_id)], []):
        if known(route, len(arguments)):
            return reverse(route, args=arguments)
    return ""


@functools.cache
def known(route: str, arguments: int) -> bool:
    """Whether a page of this name is there at all, and takes so many arguments."""
    try:
        reverse(route, args=["1"] * arguments)
    except NoReverseMatch:
        return False
    return True
