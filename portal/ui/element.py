"""One element of a device page. Pure."""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from doover_web.common.presence import mapping
from doover_web.pages.drawings import icon_of

from . import kinds
from .lookups import Lookup, is_true, parse
from .values import colour_of, text_of

KEPT_IN = {"tag": "tag_values", "cmds": "ui_cmds"}


@dataclass(slots=True)
class Element:
    """One part of the page, with every binding in it resolved.

    `type` is that of today's generation; `props` is the whole resolved document without its children, `written` the
    same with its bindings; `lookup` is where the value comes from; `reads` names what it depends on, as in
    `tag.tank_1.level`, `shape` what decides whether and where it is there."""

    type: str
    app_key: str
    path: tuple[str, ...]
    label: str = ""
    units: str = ""
    value: Any = None
    props: Mapping[str, Any] = field(default_factory=dict)
    written: Mapping[str, Any] = field(default_factory=dict)
    children: list["Element"] = field(default_factory=list)
    hidden: bool = False
    position: Any = None
    lookup: Lookup | None = None
    reads: tuple[str, ...] = ()
    shape: tuple[str, ...] = ()
    old: bool = False
    problem: str = ""
    # What the page adds for its templates: how it is drawn, what it says, the address of its chart, the chart itself or
    # where it is read once somebody comes near, its blocks.
    frame: str = ""
    view: Any = None
    chart: str = ""
    picture: Any = None
    later: str = ""
    blocks: list = field(default_factory=list)

    @property
    def id(self) -> str:
        """Its name in the page, unique there."""
        return _id_of(self.app_key, self.path)

    @property
    def name(self) -> str:
        """The name by which commands call it."""
        name = self.props.get("name")
        said = isinstance(name, str) and name and not name.startswith("$")
        return str(name) if said else (self.path or (self.app_key,))[-1]

    @property
    def place(self) -> str:
        """The application and the path below it: `tank_1/sensor/rssi`."""
        return "/".join((self.app_key, *self.path))

    @property
    def plot_key(self) -> str:
        """What charts call a plot: its application and its name; of one inside of another element its way there."""
        return f"{self.app_key}.{self.path[-1]}" if len(self.path) == 1 else self.place

    @property
    def template(self) -> str:
        return f"elements/{self._drawing}.html" if self._drawing else ""

    @property
    def _drawing(self) -> str:
        return "broken" if self.problem else self.frame or kinds.TEMPLATES.get(self.type, "unknown")

    @property
    def is_container(self) -> bool:
        return self.type in kinds.CONTAINERS or bool(self.children)

    @property
    def is_control(self) -> bool:
        return self.type in kinds.CONTROLS

    @property
    def is_available(self) -> bool:
        said = self.props.get("isAvailable")
        return said is None or is_true(said)

    @property
    def icon(self) -> str:
        return icon_of(self.props.get("icon"))

    @property
    def colour(self) -> str:
        return colour_of(self.props.get("colour"))

    @property
    def help(self) -> tuple[str, ...]:
        """The paragraphs behind the question mark."""
        said = (text_of(self.props.get(key)) for key in ("helpString", "verboseString"))
        return tuple(one for one in said if one)

    @property
    def visible(self) -> list["Element"]:
        """The children that are drawn, in their order."""
        return [child for child in self.children if not child.hidden and child._drawing]

    def walk(self) -> Iterator["Element"]:
        """The element and everything in it, in the order of the page."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def history(self) -> tuple[str, str] | None:
        """The channel and the dotted field where the past of its value is (`§8.1, §8.3`); None when there is none."""
        if self.lookup and self.lookup.source == "tag":
            return "tag_values", self.lookup.key(self.app_key)
        if self.lookup and self.lookup.source == "cmds" and self.type in kinds.READINGS:
            return "ui_cmds", self.lookup.key(self.app_key)
        if self.old and self.type in kinds.READINGS:
            steps = (self.app_key, *self.path) if self.app_key else self.path
            below = (part for step in steps for part in ("children", step))
            return "ui_state", ".".join(["state", *below, "currentValue"])
        return None

    @property
    def series(self) -> dict[str, Mapping]:
        """The series of a plot by name, each a resolved document."""
        found = mapping(self.props.get("series"))
        return {str(name): one for name, one in found.items() if isinstance(one, Mapping)}

    def history_of(self, series: str) -> tuple[str, str] | None:
        """The channel and the field where the past of a series of a plot is."""
        if isinstance(field := mapping(self.series.get(series)).get("field"), tuple):
            return field
        written = mapping(mapping(self.written.get("series")).get(series)).get("lookup")
        found = parse(written) if isinstance(written, str) else None
        channel = KEPT_IN.get(found.source) if found else None
        return (channel, found.key(self.app_key)) if found and channel else None


@functools.lru_cache(maxsize=8192)
def _id_of(app_key: str, path: tuple[str, ...]) -> str:
    steps = (quote(step, safe="").replace("%", ".").replace("__", "_.5f") for step in (app_key, *path))
    return "el-" + "__".join(steps)
