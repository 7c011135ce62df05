"""What the frame of every page shows beside the page: the sections of the site, and the tree of groups."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from doover_web.identity.site import is_guest

from .fleet import Branch, Fleet, fleet_of, unfolded
from .open_alarms import number_open

# Key, words, icon, and the name of the address; a section appears when its address exists.
SECTIONS = (
    ("devices", _("Devices"), "devices", "portal:home"),
    ("map", _("Map"), "map-2", "portal:map"),
    ("alarms", _("Alarms"), "bell-ringing", "portal:alarms"),
    ("activity", _("Activity"), "activity", "portal:activity"),
    ("dashboards", _("Dashboards"), "layout-dashboard", "portal:dashboards"),
    ("reports", _("Reports"), "report-analytics", "portal:reports"),
    ("cameras", _("Cameras"), "camera", "portal:cameras"),
    ("remote", _("Remote access"), "plug-connected", "portal:remote"),
    ("channels", _("Channel viewer"), "list-details", "portal:agents"),
)


@dataclass(frozen=True, slots=True)
class Section:
    key: str
    words: str
    icon: str
    address: str


def side(request: HttpRequest) -> dict:
    """For every template, worked out when a page draws it."""
    return {"side": Side(request)}


class Side:
    """The left side of a page, read when it is drawn."""

    def __init__(self, request: HttpRequest):
        self._request = request

    @property
    def sections(self) -> list[Section]:
        closed = {"reports"} if (caller := getattr(self._request, "caller", None)) and is_guest(caller) else set()
        found = ((key, words, icon, _address(name)) for key, words, icon, name in SECTIONS if key not in closed)
        return [Section(key, words, icon, address) for key, words, icon, address in found if address]

    @property
    def fleet(self) -> Fleet | None:
        return fleet_of(self._request) if getattr(self._request, "caller", None) else None

    @property
    def open_alarms(self) -> int:
        """How many alarms somebody should look at."""
        return number_open(self._request) if getattr(self._request, "caller", None) else 0

    @property
    def branches(self) -> list[Branch]:
        """The tree of groups, open on the way to the group that the page is about."""
        return unfolded(self.fleet.roots if self.fleet else [], getattr(self._request, "group_way", ()))


def _address(name: str) -> str | None:
    try:
        return reverse(name)
    except NoReverseMatch:
        return None
