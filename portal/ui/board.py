"""How the elements of a device lie on its page: columns, cards, and the blocks of a card (`ui-schema §9`). Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from . import kinds
from .element import Element
from .lookups import is_true
from .shown import Reading, is_graphable

COLUMNS = 3
OPEN_APPS = 2
TILES = (2, 4)
# About how high things are, in rows: enough to share cards out among columns.
HEIGHTS = {"tiles": 2.5, "gauges": 5.0, "linear": 2.0, "rows": 1.0, "controls": 2.0, "other": 1.2, "wide": 8.0}
WIDE = {"uiRemoteComponent", "uiMultiPlot", "uiCameraHistory", "uiCameraDetections"}
# Block → the template of a value in it.
FRAMES = {"tiles": "tile", "gauges": "gauge", "linear": "linear", "rows": "row", "other": "long"}
# What is not drawn in its place: warnings stand above everything.
ELSEWHERE = {"uiWarningIndicator"}


@dataclass(frozen=True, slots=True)
class Block:
    """Neighbours of one kind: tiles, gauges, linear, rows, controls or other."""

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

    @property
    def height(self) -> float:
        return 1.4 + (sum(block.height for block in self.blocks) if self.is_open else 0)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Cards beside each other in columns, or one over the whole width."""

    columns: list[list[Card]]
    wide: Card | None = None


@dataclass(frozen=True, slots=True)
class Board:
    stretches: list[Stretch]
    warnings: list[Element]
    shape: list[str]
    cut: bool = False


def lay_out(tree) -> Board:
    """The board of a tree whose readings have their views."""
    apps = tree.visible
    cards = [card_of(app, len(apps)) for app in apps]
    stretches: list[Stretch] = []
    waiting: list[Card] = []
    for card in cards:
        if card.is_wide:
            stretches += _shared_out(waiting)
            stretches.append(Stretch([], card))
            waiting = []
        else:
            waiting.append(card)
    stretches += _shared_out(waiting)
    warnings = [one for card in cards for one in card.warnings]
    return Board(stretches, warnings, shape_of(tree.walk()), tree.cut)


def card_of(app: Element, apps: int) -> Card:
    shown = list(_drawn(app))
    warnings = [one for one in shown if one.type == "uiWarningIndicator"]
    blocks = blocks_of(app)
    said = app.props.get("defaultOpen")
    return Card(
        app,
        blocks,
        warnings,
        is_open=(apps <= OPEN_APPS if said is None else is_true(said)),
        is_stacked=app.props.get("variant") == "stacked",
        is_wide=is_true(app.props.get("fullWidth")) or any(one.type == "uiRemoteComponent" for one in app.visible),
    )


def blocks_of(parent: Element) -> list[Block]:
    """The visible children of an element, neighbours of one kind together; of an application the first run of numbers
    that have a past becomes tiles. What contains others gets blocks of its own."""
    groups: list[tuple[str, list[Element]]] = []
    for element in parent.visible:
        if element.type in ELSEWHERE:
            continue
        if element.type == "uiTabs":
            element.blocks = [(tab, _of_tab(tab)) for tab in element.visible]
            if not element.blocks:
                continue
        elif element.children:
            element.blocks = blocks_of(element)
        kind = kind_of_block(element)
        if groups and groups[-1][0] == kind:
            groups[-1][1].append(element)
        else:
            groups.append((kind, [element]))
    if parent.type == kinds.APPLICATION:
        groups = _with_tiles(groups)
    return [Block(kind, elements) for kind, elements in groups]


def _of_tab(tab: Element) -> list[Block]:
    """A tab that only holds others shows them, any other shows itself."""
    if tab.type in ("uiContainer", "uiSubmodule"):
        return blocks_of(tab)
    tab.blocks = blocks_of(tab)
    return [Block(kind_of_block(tab), [tab])]


def kind_of_block(element: Element) -> str:
    view = element.view
    if element.is_control:
        return "controls"
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


def _shared_out(cards: list[Card]) -> list[Stretch]:
    """Neighbours stay neighbours: the cards fill one column after another, as evenly as can be."""
    if not cards:
        return []
    count = min(COLUMNS, len(cards))
    return [Stretch([list(part) for part in _evenly(cards, count) if part])]


def _evenly(cards: Sequence[Card], count: int) -> list[Sequence[Card]]:
    """`cards` cut into `count` runs so that the highest is as low as can be."""
    if count == 1:
        return [cards]
    best: list[Sequence[Card]] = []
    lowest = float("inf")
    for cut in range(1, len(cards) - count + 2):
        rest = _evenly(cards[cut:], count - 1) if len(cards) <= 24 else _chopped(cards[cut:], count - 1)
        height = max(sum(card.height for card in part) for part in ([*cards[:cut]], *rest))
        if height < lowest:
            best, lowest = [cards[:cut], *rest], height
    return best


def _chopped(cards: Sequence[Card], count: int) -> list[Sequence[Card]]:
    size = -(-len(cards) // count)
    return [cards[at * size : (at + 1) * size] for at in range(count)]
