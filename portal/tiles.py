"""The tiles of a dashboard as they stand now: values of devices that the viewer may see, in a few queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from doover_web.common.snowflake import now_ms
from doover_web.control.actions.dashboard import ALARMS, CAMERA, CHART, GAUGE, MAP, OF_A_VALUE, TEXT
from doover_web.data.access import Reach, reach_agents
from doover_web.data.across import states_of
from doover_web.data.alarm_lists import open_alarms_of
from doover_web.data.days import number_at, read_days
from doover_web.data.models import Cameras, Channel
from doover_web.identity.models import Agent
from doover_web.identity.permissions import Rights

from .gallery import Seen, cameras_at, newest_of
from .positions import placed
from .ui.alarm_form import STATES
from .ui.gauges import Gauge, Spark, linear, spark
from .ui.key_values import in_words
from .ui.limits import limits_at
from .ui.plots import value_at
from .ui.presence import Presence
from .ui.tree import overridden
from .ui.values import Range, Scale
from .words import STATE_WORDS

DAY_MS, SLOTS = 86_400_000, 48
MOST_ALARMS = 5
# What a script does not write itself: it is read again now and then.
READ_AGAIN = (ALARMS, CAMERA, CHART)
PAGE = ("ui_state", "ui_overrides", "deployment_config")


@dataclass(slots=True)
class Tile:
    """A tile and what it shows; without `device` it shows text, or somebody who may not see the device looks."""

    kind: str
    title: str
    id: str
    document: Mapping[str, Any]
    device: Agent | None = None
    text: str = ""
    gauge: Gauge | None = None
    ranges: Sequence[Range] = ()
    spark: Spark | None = None
    alarms: list[tuple[str, str, str, str]] = field(default_factory=list)
    seen: Seen | None = None
    is_hidden: bool = False

    @property
    def path(self) -> str:
        """The place of the value in `tag_values`, for the script that keeps it true."""
        return "/".join(str(self.document.get("path", "")).split("."))

    @property
    def presence(self) -> Presence | None:
        """Whether the device is there: what one that is away said last is not as it is now."""
        if self.device is None or self.device.kind != Agent.Kind.DEVICE:
            return None
        state = self.device.state or "unknown"  # as `placed` adds it
        return Presence(state, str(STATE_WORDS[state]))

    @property
    def is_away(self) -> bool:
        return self.presence is not None and self.presence.state in ("offline", "unknown")

    @property
    def is_of_device(self) -> bool:
        """Whether it is called as its device is, which needs no second line then."""
        return self.device is not None and self.title == self.device.title

    @property
    def is_read_again(self) -> bool:
        return self.kind in READ_AGAIN and self.device is not None

    @property
    def ends(self) -> tuple[str, str]:
        """From where to where the bar of a gauge reaches, in words."""
        return in_words(self.document.get("low"), None), in_words(self.document.get("high"), None)

    @property
    def colours(self) -> str:
        """The ranges of a gauge, for the script that keeps it true."""
        return "|".join(f"{one.min:g} {one.max:g} {one.colour or 'blue'}" for one in self.ranges)


def tiles_of(caller, documents: Sequence[Mapping[str, Any]]) -> list[Tile]:
    """Every tile, in order."""
    ids = {int(one["device"]) for one in documents if one.get("device")}
    reaches = reach_agents(caller, ids)
    devices = placed(Agent.objects.filter(pk__in=reaches)).select_related("group").in_bulk()
    tags = states_of(Agent.objects.filter(pk__in=reaches), "tag_values")
    tiles = [_tile(one, reaches, devices, tags) for one in documents]
    _add_gauges([one for one in tiles if one.kind == GAUGE and one.device is not None], tags)
    _add_pictures([one for one in tiles if one.kind == CAMERA and one.device is not None], reaches)
    return tiles


def _tile(document: Mapping, reaches: Mapping[int, Reach], devices: Mapping[int, Agent], tags: Mapping) -> Tile:
    tile = Tile(document["kind"], document["title"], document["id"], document)
    if tile.kind == TEXT:
        tile.text = document["text"]
        return tile
    reach = reaches.get(int(document["device"]))
    if reach is None:
        tile.is_hidden, tile.title = True, _("Not for you")  # a tile may be called as its device
        return tile
    tile.device = devices.get(reach.agent_id)
    if tile.kind in OF_A_VALUE:
        _fill_value(tile, tags.get(reach.agent_id))
    if tile.kind == CHART and reach.rights & Rights.HISTORY:
        tile.spark = _course(reach, document["path"], number_at(tags.get(reach.agent_id), document["path"]))
    if tile.kind == ALARMS:
        tile.alarms = [_alarm(one) for one in open_alarms_of(reach)[:MOST_ALARMS]]
    if tile.kind == MAP and (tile.device is None or tile.device.lat is None):
        tile.text = ""
    return tile


def _alarm(one: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Id, name, state in words and the meaning of its colour."""
    words, kind = STATES[one["state"]]
    return str(one["id"]), one["name"], str(words), kind


def _fill_value(tile: Tile, tags: Any) -> None:
    value = value_at(tags, tile.document["path"])
    if isinstance(value, str):
        tile.text = value[:40]
        return
    tile.text = in_words(value, tile.document.get("decimals"))


def _add_gauges(tiles: Sequence[Tile], tags: Mapping[int, Any]) -> None:
    """The bars of gauges, in the colours that the pages of their devices have for them."""
    devices = Agent.objects.filter(pk__in={one.device.id for one in tiles if one.device})
    pages, overrides, configs = (states_of(devices, name) if tiles else {} for name in PAGE)
    for tile in tiles:
        at = tile.device.id if tile.device else 0
        page = overridden(pages.get(at), overrides.get(at))
        limits = limits_at(page, tags.get(at), configs.get(at), tile.document["path"])
        value, scale = value_at(tags.get(at), tile.document["path"]), Scale(tile.document["low"], tile.document["high"])
        shown = value if tile.text and not isinstance(value, str) else None
        tile.gauge, tile.ranges = linear(shown, scale, limits.ranges, limits.thresholds, tile.ends), limits.ranges


def _add_pictures(tiles: Sequence[Tile], reaches: Mapping[int, Reach]) -> None:
    """The newest picture of each tile's camera; none where the device has no such camera any more."""
    kept = Cameras.objects.filter(agent__in={int(one.document["device"]) for one in tiles}) if tiles else ()
    seen = newest_of((reaches[one.agent_id], cameras_at(one.found)) for one in kept)
    for tile in tiles:
        of_device = seen.get(int(tile.document["device"]), ())
        tile.seen = next((one for one in of_device if one.camera.channel == tile.document.get("camera")), None)


def _course(reach: Reach, path: str, value: float | None) -> Spark | None:
    """The course of the last day; it ends at the value that stands above it."""
    channel = Channel.objects.filter(agent_id=reach.agent_id, name="tag_values", is_private=False).first()
    if channel is None:
        return None
    now = now_ms()
    return spark(read_days(channel, [path], now - DAY_MS, now, SLOTS).get(path, []), value)
