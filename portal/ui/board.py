"""How the elements of a device lie on its page: columns, cards, and the blocks of a card (`ui-schema §9`). Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from . import kinds
from .element import Element
from .lookups import is_true
from .shown import Reading, is_graphable
from .tree import Tree

COLUMNS = 3
OPEN_APPS = 2
MOST_WEIGHED = 24
TILES = (2, 4)
# About how high things are, in rows: enough to share cards out among columns.
HEIGHTS = {
    "tiles": 3.0,
    "gauges": 5.6,
    "linear": 2.4,
    "rows": 1.0,
    "controls": 1.9,
    "presses": 1.6,
    "other": 1.2,
    "wide": 8.0,
}
WIDE = {"uiRemoteComponent", "uiMultiPlot", "uiCameraHistory", "uiCameraDetections"}
# Block → the template of a value in it.
FRAMES = {"tiles": "tile", "gauges": "gauge", "linear": "linear", "rows": "row", "other": "long"}
# What is not drawn in its place: warnings stand above everything, plots over the whole width below their cards.
ELSEWHERE, LIFTED = {kinds.WARNING}, {"uiMultiPlot"}


@dataclass(frozen=True, slots=True)
class Block:
    """Neighbours of one kind: tiles, gauges, linear, rows, controls, presses or other."""

    kind: str
    elements: list[Element]

    def __post_init__(self):
        for element in self.elements:
            if isinstance(element.view, Reading):
                element.frame = FRAMES[self.kind]

    @property
    def height(self) -> float:
        if self.kind in ("tiles", "gauges"):
            return HEIGHTS[self.kind] * ((len(self.elements) + 1) // 2)
        wide = sum(one.type in WIDE for one in self.elements)
        return HEIGHTS[self.kind] * (len(self.elements) - wide) + HEIGHTS["wide"] * wide


@dataclass(frozen=True, slots=True)
class Card:
    """An application on the page."""

    app: Element
    blocks: list[Block]
    warnings: list[Element]
    is_open: bool
    is_stacked: bool = False
    is_wide: bool = False
    parts: list[list[Block]] = field(default_factory=list)

    @property
    def height(self) -> float:
        return 1.4 + (_height(self.blocks) if self.is_open else 0)

    @property
    def lower(self) -> int:
        return lower_of(self.parts)


class Tall(Protocol):
    """Whatever takes room."""

    @property
    def height(self) -> float: ...


Piece = TypeVar("Piece", bound=Tall)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Cards beside each other in columns, or one over the whole width."""

    columns: list[list[Card]]
    wide: Card | None = None
    plots: list[Element] = field(default_factory=list)

    @property
    def lower(self) -> int:
        return lower_of(self.columns)


@dataclass(frozen=True, slots=True)
class Board:
    stretches: list[Stretch]
    warnings: list[Element]
    shape: list[str]
    cut: bool = False


def lay_out(tree: Tree) -> Board:
    """The board of a tree whose readings have their views."""
    apps = tree.visible
    stretches: list[Stretch] = []
    waiting: list[Card] = []
    cards = [card_of(app, len(apps)) for app in apps]
    for card in cards:
        if not card.is_wide:
            waiting.append(card)
            continue
        stretches += [*_shared_out(waiting), Stretch([], card)]
        waiting = []
    stretches += _shared_out(waiting)
    warnings = [one for card in cards for one in card.warnings]
    return Board(stretches, warnings, shape_of(tree.walk()), tree.cut)


def card_of(app: Element, apps: int) -> Card:
    """The card of an application; the only one, or a wide one, has its blocks in parts beside each other."""
    is_wide = is_true(app.props.get("fullWidth")) or any(one.type == "uiRemoteComponent" for one in app.visible)
    said = app.props.get("defaultOpen")
    blocks = blocks_of(app, without=() if is_wide else LIFTED)
    parts = _parts_of(blocks) if is_wide or apps == 1 else []
    return Card(
        app,
        blocks,
        [one for one in _drawn(app) if one.type == kinds.WARNING],
        is_open=(apps <= OPEN_APPS if said is None else is_true(said)),
        is_stacked=app.props.get("variant") == "stacked",
        is_wide=is_wide,
        parts=parts,
    )


def _parts_of(blocks: list[Block]) -> list[list[Block]]:
    """As many as there are columns; two beside a picture, which takes the room."""
    most = 2 if any(one.type in WIDE for block in blocks for one in block.elements) else COLUMNS
    count = min(most, len(blocks))
    return [list(part) for part in _evenly(blocks, count)] if count > 1 else []


def blocks_of(parent: Element, without: Collection[str] = ()) -> list[Block]:
    """The visible children of an element, neighbours of one kind together; of an application the first run of numbers
    that have a past becomes tiles. What contains others gets blocks of its own."""
    groups: list[tuple[str, list[Element]]] = []
    for element in parent.visible:
        if element.type in ELSEWHERE or element.type in without:
            continue
        _fill(element)
        if element.type == "uiTabs" and not element.blocks:
            continue
        kind = kind_of_block(element)
        if groups and groups[-1][0] == kind:
            groups[-1][1].append(element)
        else:
            groups.append((kind, [element]))
    if parent.type == kinds.APPLICATION:
        groups = _with_tiles(groups)
    return [Block(kind, elements) for kind, elements in groups]


def _fill(element: Element) -> None:
    """Give an element the blocks of what is in it; tabs a pair each, but for warnings, which stand above everything."""
    if element.type == "uiTabs":
        element.blocks = [(tab, _of_tab(tab)) for tab in element.visible if tab.type not in ELSEWHERE]
    elif element.children:
        element.blocks = blocks_of(element)


def _of_tab(tab: Element) -> list[Block]:
    """A tab that only holds others shows them, any other shows itself."""
    if tab.type in ("uiContainer", "uiSubmodule"):
        return blocks_of(tab)
    _fill(tab)
    return [Block(kind_of_block(tab), [tab])] if tab.blocks or tab.type != "uiTabs" else []


def kind_of_block(element: Element) -> str:
    view = element.view
    if element.is_control:
        return "presses" if element.type in kinds.PRESSES else "controls"
    if element.type in kinds.READINGS and isinstance(view, Reading):
        if view.form == "radialGauge":
            return "gauges"
        if view.form == "linearGauge":
            return "linear"
        return "other" if view.is_long else "rows"
    return "other"


def shape_of(elements: Iterable[Element]) -> list[str]:
    """What decides which elements there are, where, and what containers say: a change of it draws the board anew."""
    found: set[str] = set()
    for one in elements:
        found.update(one.reads if one.is_container or one.type in ELSEWHERE else one.shape)
    return sorted(read for read in found if not read.startswith("config."))


def _with_tiles(groups: list[tuple[str, list[Element]]]) -> list[tuple[str, list[Element]]]:
    found: list[tuple[str, list[Element]]] = []
    left = groups
    while left:
        (kind, elements), left = left[0], left[1:]
        run = _run(elements) if kind == "rows" else 0
        if run < TILES[0]:
            found.append((kind, elements))
            continue
        count = TILES[1] if run >= TILES[1] else TILES[0]
        start = next(at for at, one in enumerate(elements) if _is_tile(one))
        end = start + count
        parts = [("rows", elements[:start]), ("tiles", elements[start:end]), ("rows", elements[end:])]
        return [*found, *((kind, some) for kind, some in parts if some), *left]
    return found


def _run(elements: Sequence[Element]) -> int:
    """How many numbers with a past follow each other, from the first one on."""
    run = 0
    for element in elements:
        if _is_tile(element):
            run += 1
        elif run:
            break
    return run


def _is_tile(element: Element) -> bool:
    return isinstance(element.view, Reading) and element.view.kind == "number" and is_graphable(element)


def _drawn(app: Element):
    for child in app.visible:
        yield child
        yield from _drawn(child)


def lower_of(columns: Sequence[Sequence[Tall]]) -> int:
    """The first or the second column, whichever the third has its place under where only two have room."""
    return 1 if len(columns) < 2 or _height(columns[0]) <= _height(columns[1]) else 2


def _height(pieces: Iterable[Tall]) -> float:
    return sum(piece.height for piece in pieces)


def _shared_out(cards: list[Card]) -> list[Stretch]:
    """Neighbours stay neighbours: the cards fill one column after another, as evenly as can be."""
    if not cards:
        return []
    plots = [one for card in cards for one in card.app.visible if one.type in LIFTED]
    columns = _evenly(cards, min(COLUMNS, len(cards)))
    return [Stretch([list(part) for part in columns if part], plots=plots)]


def _evenly(pieces: Sequence[Piece], count: int) -> list[Sequence[Piece]]:
    """`pieces` cut into `count` runs, so that the highest is as low as can be."""
    if count == 1:
        return [pieces]
    if len(pieces) > MOST_WEIGHED:
        size = -(-len(pieces) // count)
        return [pieces[at * size : (at + 1) * size] for at in range(count)]
    best: list[Sequence[Piece]] = []
    lowest = float("inf")
    for at in range(1, len(pieces) - count + 2):
        parts = [pieces[:at], *_evenly(pieces[at:], count - 1)]
        height = max(_height(part) for part in parts)
        if height < lowest:
            best, lowest = parts, height
    return best
