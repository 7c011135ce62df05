"""Numbers, moments, colours, ranges and scales of a tree, made safe and ready to draw (`ui-schema §6, §7`). Pure."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from doover_web.common.presence import mapping
from doover_web.pages import words

from .lookups import number

THIN = " "
MOST_DIGITS, MOST_DECIMALS = 6, 12
MOST_RANGES = 40
SECONDS_BELOW = 1e11  # a moment that is smaller is in seconds, a greater one in milliseconds
LEAST_SPAN = 1e-300  # of a scale; steps of a smaller one are no numbers any more
CALENDAR = range(2, 9999)  # the years whose moments have a place in every zone
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|[a-zA-Z]{3,30}")

# The colours that pages have a token for, with a plain RGB to measure how near another one is.
NAMED = {
    "blue": (56, 120, 200),
    "green": (50, 150, 90),
    "limegreen": (80, 180, 60),
    "yellow": (215, 175, 30),
    "orange": (240, 140, 20),
    "tomato": (240, 95, 65),
    "red": (210, 50, 50),
    "magenta": (210, 60, 150),
    "purple": (130, 80, 190),
    "grey": (130, 135, 145),
}
# Other names of CSS that people write, as the one nearest to it.
ALIASES = {
    "aqua": "blue", "aquamarine": "green", "black": "grey", "brown": "tomato", "coral": "tomato", "crimson": "red",
    "cyan": "blue", "darkblue": "blue", "darkgreen": "green", "darkorange": "orange", "darkred": "red",
    "deeppink": "magenta", "dodgerblue": "blue", "firebrick": "red", "forestgreen": "green", "fuchsia": "magenta",
    "gold": "yellow", "gray": "grey", "hotpink": "magenta", "indigo": "purple", "lawngreen": "limegreen",
    "lightblue": "blue", "lightgreen": "limegreen", "lime": "limegreen", "maroon": "red", "navy": "blue",
    "olive": "yellow", "orangered": "tomato", "pink": "magenta", "royalblue": "blue", "salmon": "tomato",
    "seagreen": "green", "silver": "grey", "skyblue": "blue", "slategray": "grey", "steelblue": "blue",
    "teal": "green", "turquoise": "blue", "violet": "purple", "white": "grey", "yellowgreen": "limegreen",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Range:
    """A stretch of a scale with a colour and perhaps a name."""

    min: float
    max: float
    colour: str
    label: str = ""
    on_graph: bool = True


@dataclass(frozen=True, slots=True)
class Threshold:
    """A mark on a scale, a line on a chart."""

    value: float
    colour: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """From where to where a gauge reaches."""

    min: float
    max: float

    def share(self, value: float) -> float:
        """How far along the scale a value is, from 0 to 1; what is beyond stops at the end."""
        return min(1.0, max(0.0, (value - self.min) / (self.max - self.min)))


def number_text(value: float, precision: Any = None) -> str:
    """A number for people: grouped digits, the document's decimals or six digits that count, a real minus."""
    places = decimals(precision)
    if places is not None:
        text = f"{value:,.{places}f}"
    elif isinstance(value, int):
        text = f"{value:,}" if abs(value) < 1e15 else f"{value:.6g}"
    elif value and not 1e-4 <= abs(value) < 1e12:
        text = f"{value:.{MOST_DIGITS - 1}g}"
    else:
        left = math.floor(math.log10(abs(value))) + 1 if value else 1
        text = f"{value:,.{max(0, MOST_DIGITS - max(left, 0))}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    return words.numerals((text[1:] if re.fullmatch(r"-[0.,]+", text) else text).replace("-", "−"))


def decimals(precision: Any) -> int | None:
    """How many decimals a document asks for; None when it does not say so with a whole number."""
    found = None if isinstance(precision, bool | str) else number(precision)
    return min(int(found), MOST_DECIMALS) if found is not None and found >= 0 and found == int(found) else None


def colour_of(value: Any) -> str:
    """The token nearest to a colour of CSS; "" for none and for whatever is not a colour."""
    if not isinstance(value, str) or not COLOUR.fullmatch(value.strip()):
        return ""
    word = value.strip().lower()
    if word.startswith("#"):
        return _nearest(word[1:])
    return word if word in NAMED else ALIASES.get(word, "grey")


def _nearest(digits: str) -> str:
    if len(digits) in (3, 4):
        digits = "".join(digit * 2 for digit in digits)
    if len(digits) not in (6, 8):
        return ""
    red, green, blue = (int(digits[at : at + 2], 16) for at in (0, 2, 4))
    if max(red, green, blue) - min(red, green, blue) < 24:
        return "grey"
    return min(NAMED, key=lambda name: _distance((red, green, blue), NAMED[name]))


def _distance(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """By hue first: a dark red is a red, whatever its lightness."""
    hue_apart = abs(_hue(one) - _hue(other))
    return min(hue_apart, 360 - hue_apart) + (200 if other == NAMED["grey"] else 0)


def _hue(rgb: tuple[int, int, int]) -> float:
    red, green, blue = rgb
    return math.degrees(math.atan2(math.sqrt(3) * (green - blue), 2 * red - green - blue)) % 360


def ranges_of(value: Any) -> list[Range]:
    """The ranges that a document lists; entries that cannot be one are left out."""
    found = []
    for one in (mapping(entry) for entry in _list(value)):
        low, high = number(one.get("min")), number(one.get("max"))
        if low is None or high is None or low > high:
            continue
        shown = one.get("show_on_graph", one.get("showOnGraph", True))
        found.append(Range(low, high, colour_of(one.get("colour")), text_of(one.get("label")), shown is not False))
    return found


def thresholds_of(value: Any) -> list[Threshold]:
    """The thresholds that a document lists; entries that cannot be one are left out."""
    entries = (mapping(entry) for entry in _list(value))
    found = ((number(one.get("value")), one) for one in entries)
    return [
        Threshold(at, colour_of(one.get("colour")), text_of(one.get("label"))) for at, one in found if at is not None
    ]


def match(ranges: Sequence[Range], value: float) -> Range | None:
    """The first range that holds a value; there may be gaps."""
    return next((one for one in ranges if one.min <= value <= one.max), None)


def scale_of(ranges: Sequence[Range], units: str, seen: tuple[float, float] | None = None) -> Scale:
    """The scale of a gauge: as far as its ranges, percent from 0 to 100, else what was seen rounded outward, else
    0 to 1."""
    if ranges:
        low, high = min(one.min for one in ranges), max(one.max for one in ranges)
    elif units == "%":
        low, high = 0.0, 100.0
    else:
        low, high = _outward(*seen) if seen else (0.0, 1.0)
    if not high - low > LEAST_SPAN:
        high = low + max(1.0, abs(low) * 1e-9)
    return Scale(low, high)


def moment_of(value: Any, zone: tzinfo) -> datetime | None:
    """The moment that a value names: seconds, milliseconds or ISO text; None when it names none."""
    found = None if isinstance(value, bool) else number(value)
    if found is not None:
        read = words.from_ms(found if abs(found) > SECONDS_BELOW else found * 1000, zone)
    else:
        read = _written_moment(value, zone)
    return read if read is not None and read.year in CALENDAR else None


def _written_moment(value: Any, zone: tzinfo) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value.strip())
        return read.replace(tzinfo=zone) if read.tzinfo is None else read.astimezone(zone)
    except (ValueError, OverflowError):
        return None


def text_of(value: Any) -> str:
    """A value as a line of text; "" for nothing."""
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip()[:500]


def split_units(label: str) -> tuple[str, str]:
    """`Level (%)` → `Level`, `%`: where the first generation kept its units (`§6`)."""
    before, bracket, inside = label.partition("(")
    return (before.strip(), inside.strip().removesuffix(")").strip()) if bracket and before.strip() else (label, "")


def _outward(low: float, high: float) -> tuple[float, float]:
    """The span from low to high, rounded outward to a step of 1, 2 or 5 and noughts."""
    span = high - low if high - low > LEAST_SPAN else max(abs(high), 1.0)
    unit = 10.0 ** math.floor(math.log10(span / 4))
    step = next((unit * factor for factor in (1, 2, 5) if span / 4 <= unit * factor), unit * 10)
    return math.floor(low / step) * step, math.ceil(high / step) * step


def _list(value: Any) -> list:
    return value[:MOST_RANGES] if isinstance(value, list) else []
