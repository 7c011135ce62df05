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
# What is not drawn in its place: warnings stand above everything.
ELSEWHERE = {"uiWarningIndicator"}


@dataclass(frozen=True, slots=True)
class Block:
    """Neighbours of one kind: tiles, gauges, linear, rows, controls or other."""

    kind: str
    elements: list[Element]

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
    """The visible children of an element, neighbours of one kind together; the first run of numbers that have a past
    becomes tiles."""
    blocks: list[Block] = []
    for element in parent.visible:
        if element.type in ELSEWHERE:
            continue
        kind = kind_of_block(element)
        if blocks and blocks[-1].kind == kind and kind not in ("linear",):
            blocks[-1].elements.append(element)
        else:
            blocks.append(Block(kind, [element]))
    return _with_tiles(blocks) if parent.type == kinds.APPLICATION else blocks


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
    """What decides which elements there are and where: a change of it draws the whole board anew."""
    found = {read for one in elements for read in (one.reads if one.type in ELSEWHERE else one.shape)}
    return sorted(read for read in found if not read.startswith("config."))


def _with_tiles(blocks: list[Block]) -> list[Block]:
    found: list[Block] = []
    done = False
    for block in blocks:
        run = 0 if done or block.kind != "rows" else _run(block.elements)
        if run < TILES[0]:
            found.append(block)
            continue
        done = True
        count = TILES[1] if run >= TILES[1] else TILES[0]
        start = next(at for at, one in enumerate(block.elements) if _is_tile(one))
        parts = (
            ("rows", block.elements[:start]),
            ("tiles", block.elements[start : start + count]),
            ("rows", block.elements[start + count :]),
        )
        found += [Block(kind, elements) for kind, elements in parts if elements]
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
