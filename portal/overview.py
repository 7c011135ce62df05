"""What the overview of a device shows: its elements, how they lie, and what is to be looked at first."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from doover_web.common.presence import mapping
from doover_web.data.access import Reach
from doover_web.pages import words

from .seen_alarms import Seen, Standing, seen_of
from .ui.alert_stream import add_events
from .ui.board import Board, lay_out
from .ui.cameras import add_stills
from .ui.charts import Chart, read_chart
from .ui.element import Element
from .ui.frame import DeviceFrame
from .ui.naming import Named, named_values, summary_by
from .ui.plots import SET
from .ui.scales import add_scales
from .ui.shown import draw_all, is_graphable
from .ui.sparks import add_sparks
from .ui.states import State
from .ui.tabs import address
from .ui.tree import Documents, Tree, read_tree
from .viewer.listing import address_of
from .warnings import may_be_put_away

PLOTS_DRAWN, PLOT_POINTS = 2, 240
CHANNELS = ("ui_state", "ui_overrides", "ui_cmds", "deployment_config")
SHOWN_AT_ONCE = 3
CHARTED = {"tag_values": "", "ui_cmds": SET}  # a channel, and what begins the paths of charts in it


@dataclass(frozen=True, slots=True)
class Attention:
    """A line of the strip: an open alarm or a warning of the device."""

    kind: str
    icon: str
    title: str
    words: str = ""
    since: datetime | None = None
    address: str = ""
    seen: Seen | None = None  # of an alarm: by whom
    place: str = ""  # of a warning that this person may put away


def tree_of(device: DeviceFrame) -> Tree:
    """The elements of a device, from the states in its frame."""
    states = {name: device.state(name).data for name in (*CHANNELS, "tag_values")}
    documents = Documents(
        states["ui_state"],
        states["ui_overrides"],
        states["tag_values"],
        states["ui_cmds"],
        states["deployment_config"],
    )
    return read_tree(documents, title=device.agent.title)


def draw(device: DeviceFrame, tree: Tree, only: Collection[str] = ()) -> Board:
    """The board of a device, everything on it ready for its template; with `only` these elements (ids) alone."""
    elements = list(tree.shown())
    add_scales(device.reach, [one for one in elements if not only or one.id in only], timezone.localtime())
    draw_all(elements, mapping(device.state("tag_values").data), timezone.localtime())
    if only:
        elements = [one for one in elements if one.id in only]
    add_charts(device, elements)
    add_sparks(device.reach, elements, device.now_ms)
    add_stills(device.reach, elements)
    add_events(device.reach, elements)
    return lay_out(tree)


def add_charts(device: DeviceFrame, elements: Iterable[Element]) -> None:
    """Where the course of each value can be seen; nowhere without the right to history."""
    if not device.sees_history:
        return
    page = address("portal:chart", device.agent.id)
    for element in elements:
        found = element.history if is_graphable(element) else None
        fields = [found] if found else [element.history_of(name) for name in element.series]
        paths = [f"{CHARTED[channel]}{field}" for channel, field in filter(None, fields) if channel in CHARTED]
        if page and element.type == "uiMultiPlot" and paths:
            element.chart = f"{page}?{urlencode({'plot': element.plot_key})}"
        elif page and paths:
            element.chart = f"{page}?{urlencode({'s': paths[:8]}, doseq=True)}"
        elif known := list(filter(None, fields)):  # what the first generation keeps in its page (`ui-schema §8.3`)
            channel = known[0][0]
            query = urlencode({"panel": "chart", "path": [field for name, field in known if name == channel][:8]}, True)
            element.chart = f"{address_of(str(device.agent.id), channel)}?{query}"


def add_pictures(device: DeviceFrame, board: Board, tree: Tree, drawn: Collection[str] = ()) -> None:
    """The first plots of a page as the server draws them, without those (ids) that stand there already; the others
    are read when somebody comes near them."""
    page = address("portal:chart", device.agent.id)
    if not device.sees_history or not page:
        return
    first = [plot for stretch in board.stretches for plot in stretch.plots][:PLOTS_DRAWN]
    at_first = {plot.id for plot in first}
    for plot in first:
        if plot.id not in drawn:
            plot.picture = plot_at(device.reach, QueryDict(urlencode({"plot": plot.plot_key})), device.states)
    for plot in tree.shown():
        if plot.type == "uiMultiPlot" and plot.id not in at_first and plot.chart.startswith(page):
            plot.later = f"{plot.chart}&part=plot"


def plot_at(reach: Reach, asked: QueryDict, states: Mapping[str, State] | None = None) -> Chart:
    """A plot as it stands on the page of its device, whose states may be known already."""
    return read_chart(reach, asked, points=PLOT_POINTS, states=states)


def strip_of(device: DeviceFrame, warnings: Iterable[Element], tree: Tree | None = None) -> list[Attention]:
    """What is to be looked at, the worst first: alarms that are on, those about to be, warnings; of alarms that stand
    alike those first that nobody has seen. Alarms name their readings as `tree` does."""
    named = named_values(tree) if tree and device.alarms else {}
    seen = seen_of(device.reach.caller, (_standing(device, alarm) for alarm in device.alarms))
    listed = [(alarm, seen.get(_standing(device, alarm))) for alarm in device.alarms]
    listed.sort(key=lambda one: (one[0]["state"] != "Alarm", one[1] is not None))
    found = [_open_alarm(device, named, alarm, by) for alarm, by in listed]
    may = device.may_control and device.agent.archived_at is None
    return found + [
        Attention("warn", "alert-circle", one.label, place=one.place if may and may_be_put_away(one) else "")
        for one in warnings
    ]


def _standing(device: DeviceFrame, alarm: Mapping) -> Standing:
    return Standing(device.agent.id, int(alarm["id"]), alarm["entered_state_ts"])


def _open_alarm(device: DeviceFrame, named: Mapping[str, Named], alarm: Mapping, seen: Seen | None) -> Attention:
    is_on = alarm["state"] == "Alarm"
    return Attention(
        kind="bad" if is_on else "warn",
        icon="alert-triangle" if is_on else "alert-circle",
        title=alarm["name"],
        words=summary_by(named, alarm, timezone.localtime()),
        since=words.from_ms(alarm["entered_state_ts"]),
        address=f"{reverse('portal:device_alarms', args=[device.agent.id])}?of={alarm['id']}",
        seen=seen,
    )
