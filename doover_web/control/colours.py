"""An organisation's colours as custom properties, clamped so that texts on them and of them can be read. Pure.

`static/css/tokens.css` holds what they replace. The grounds of the header and of the sections at the side are moved so
far to one end that the house's own inks, marks and tints keep their contrast on them in light and dark. A dark ground
in the light theme takes the house's inks for the dark along (`-scheme`).
"""

import math
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import webcolors

MIDDLE = 0.6  # a ground above it is light
PALEST, DARKEST = 0.955, 0.27  # how light a light ground is at least, and a dark one at most
HEX = re.compile(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


class Oklch(NamedTuple):
    """Lightness 0 to 1, chroma, hue in degrees."""

    lightness: float
    chroma: float
    hue: float

    def clamped(self, low: float, high: float, chroma: float) -> "Oklch":
        """The same hue between two lightnesses, no more colourful than `chroma`."""
        return Oklch(min(max(self.lightness, low), high), min(self.chroma, chroma), self.hue)

    def __str__(self):
        return f"oklch({self.lightness:.3f} {self.chroma:.3f} {self.hue:.1f})"


def read_colour(text: str) -> Oklch | None:
    """A colour as `#0b6a93`, `#06a`, or by its name; without its transparency. None for what is no colour."""
    given = _rgb(text)
    return _oklch(*(_linear(part / 255) for part in given)) if given else None


def as_hex(text: str) -> str:
    """The same colour as `#rrggbb`, which an input for colours takes; empty for what is no colour."""
    given = _rgb(text)
    return webcolors.rgb_to_hex(given) if given else ""


def contrast(one: str, other: str) -> float:
    """How well one colour is read on the other, from 1 to 21 (WCAG 2.2); 1 for what is no colour."""
    found = [_rgb(text) for text in (one, other)]
    lights = sorted(_luminance(rgb) for rgb in found if rgb)
    return (lights[1] + 0.05) / (lights[0] + 0.05) if len(lights) == 2 else 1.0


def drawn_ground(text: str) -> str:
    """The ground that is drawn for this colour in the light theme, as `#rrggbb`; empty where it is drawn as it is."""
    ground = read_colour(text)
    if ground is None:
        return ""
    is_dark = ground.lightness < MIDDLE
    drawn = ground.clamped(0, DARKEST, 0.05) if is_dark else ground.clamped(PALEST, 1, 0.02)
    return "" if drawn == ground else _hex(drawn)


def stylesheet(colours: Mapping[str, str], usual: Mapping[str, str]) -> str:
    """The rule that gives a page these colours; empty when each is as `usual` or is none."""
    chosen = {name: read_colour(text) for name, text in colours.items() if text.lower() != usual[name].lower()}
    lines = [
        *_accent(chosen.get("accent_colour")),
        *_mark(chosen.get("brand_logo_colour")),
        *_ground("bar", chosen.get("navbar_colour"), chosen.get("navbar_text_colour")),
        *_ground("side", chosen.get("sidebar_colour"), chosen.get("sidebar_text_colour")),
    ]
    return "".join([":root {\n", *(f"  --dv-org-{line};\n" for line in lines), "}\n"]) if lines else ""


def _rgb(text: str) -> webcolors.IntegerRGB | None:
    whole = text[: {5: 4, 9: 7}.get(len(text), len(text))] if text.startswith("#") else text
    try:
        return webcolors.hex_to_rgb(whole) if HEX.fullmatch(whole) else webcolors.name_to_rgb(whole)
    except ValueError:
        return None


def _luminance(rgb: webcolors.IntegerRGB) -> float:
    red, green, blue = (_linear(part / 255) for part in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _accent(colour: Oklch | None) -> Iterator[str]:
    """What can be clicked, and the ground beside the form to sign in. Tokens derive the rest and clamp it."""
    if colour:
        yield f"accent: {colour.clamped(0, 1, 0.16)}"
        yield f"banner-bg: {colour.clamped(0.3, 0.3, 0.06)}"
        yield f"banner-ink: {colour.clamped(0.965, 0.965, 0.015)}"


def _mark(colour: Oklch | None) -> Iterator[str]:
    if colour:
        yield f"mark: {colour.clamped(0.3, 0.55, 0.2)}"


def _ground(part: str, ground: Oklch | None, ink: Oklch | None) -> Iterator[str]:
    is_dark = ground is not None and ground.lightness < MIDDLE
    if ground:
        dark = ground.clamped(0, DARKEST, 0.05)
        yield f"{part}-bg: {dark if is_dark else f'light-dark({ground.clamped(PALEST, 1, 0.02)}, {dark})'}"
    if is_dark:
        yield f"{part}-scheme: dark"
    if ink:
        on_dark = ink.clamped(0.9, 1, 0.05)
        yield f"{part}-ink: {on_dark if is_dark else f'light-dark({ink.clamped(0, 0.4, 0.1)}, {on_dark})'}"
    elif is_dark:
        yield f"{part}-ink: {Oklch(0.945, 0.006, 240)}"


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _hex(colour: Oklch) -> str:
    """The way back from OKLab; what a screen cannot show is cut."""
    angle = math.radians(colour.hue)
    a, b = colour.chroma * math.cos(angle), colour.chroma * math.sin(angle)
    long = (colour.lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (colour.lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (colour.lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    light = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * _shown(part)):02x}" for part in light)


def _shown(part: float) -> float:
    part = min(max(part, 0.0), 1.0)
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055


def _oklch(red: float, green: float, blue: float) -> Oklch:
    """Björn Ottosson's OKLab, in polar form."""
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return Oklch(lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360)
