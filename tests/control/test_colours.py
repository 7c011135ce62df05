"""Whatever colours an organisation picks, texts keep their contrast (WCAG 2.2 AA) in light and dark."""

import itertools
import math
import re
from pathlib import Path

import pytest
from django.conf import settings

from doover_web.control.colours import as_hex, read_colour, stylesheet
from doover_web.control.colours import contrast as contrast_of
from doover_web.control.models.theme import COLOURS

TOKENS = (Path(settings.BASE_DIR) / "static/css/tokens.css").read_text()
HOSTILE = [
    "#ff0",
    "#fff",
    "#000",
    "lime",
    "magenta",
    "#808080",
    "#7f7f00",
    "cyan",
    "#ff0000",
    "#0a2540",
    "#abc8",
    "tan",
]
ONE = r"oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)"


def luminance(lightness, chroma, hue):
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long, middle, short = (
        (lightness + x * a + y * b) ** 3
        for x, y in ((0.3963377774, 0.2158037573), (-0.1055613458, -0.0638541728), (-0.0894841775, -1.2914855480))
    )
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return sum(weight * min(1, max(0, part)) for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    darker, lighter = sorted((luminance(*one), luminance(*other)))
    return (lighter + 0.05) / (darker + 0.05)


def both(text):
    """A value in the light theme and in the dark one."""
    found = [tuple(map(float, one)) for one in re.findall(ONE, text)]
    return found if len(found) == 2 else found * 2


def token(name):
    return both(re.search(rf"--dv-{name}: (.*);", TOKENS)[1])


def told(**fields):
    text = stylesheet({**COLOURS, **fields}, COLOURS)
    return dict(re.findall(r"--dv-org-([\w-]+): (.*);", text))


@pytest.mark.parametrize(("ground", "ink"), list(itertools.product(HOSTILE, HOSTILE)))
def test_words_on_the_header_and_at_the_side_can_be_read(ground, ink):
    found = told(navbar_colour=ground, navbar_text_colour=ink, sidebar_colour=ground, sidebar_text_colour=ink)

    for part in ("bar", "side"):
        grounds = both(found.get(f"{part}-bg", "light-dark(oklch(1 0 0), oklch(0.228 0.013 250))"))
        always_dark = found.get(f"{part}-scheme") == "dark"
        for theme in (0, 1):
            house = 1 if always_dark else theme
            assert contrast(both(found[f"{part}-ink"])[theme], grounds[theme]) >= 4.5
            for quiet in ("ink", "ink-2", "ink-3"):
                assert contrast(token(quiet)[house], grounds[theme]) >= 4.5


@pytest.mark.parametrize("accent", [*HOSTILE, *(f"#{r}{g}{b}" for r, g, b in itertools.product("08f", repeat=3))])
def test_an_accent_can_be_read_as_a_link_on_a_button_and_beside_the_form(accent):
    found = told(accent_colour=accent)
    lightness, chroma, hue = both(found["accent"])[0]

    fill = (min(max(lightness, 0.42), 0.5), min(chroma, 0.16), hue)
    assert contrast(fill, (1, 0, 0)) >= 4.5
    assert contrast((min(lightness, 0.5), min(chroma, 0.16), hue), token("canvas")[0]) >= 4.5
    assert contrast((max(lightness, 0.77), min(chroma, 0.12), hue), token("surface-2")[1]) >= 4.5
    assert contrast(both(found["banner-bg"])[0], both(found["banner-ink"])[0]) >= 7


def test_what_was_not_chosen_stays_the_houses():
    assert stylesheet(COLOURS, COLOURS) == ""
    assert set(told(brand_logo_colour="teal")) == {"mark"}


@pytest.mark.parametrize("text", ["currentcolor", "nonsense", "inherit", "#12345", "red;}", "url(x)", ""])
def test_what_is_no_colour_is_left_out(text):
    assert read_colour(text) is None
    assert told(accent_colour=text) == {}


def test_a_colour_in_each_way_of_writing_it():
    assert len({str(read_colour(one)) for one in ("#008080", "teal", "Teal", "#008080ff")}) == 1
    assert str(read_colour("#0B6A93")) == "oklch(0.495 0.102 234.9)"


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000", "#fff", 21), ("#777777", "white", 4.48), ("tan", "tan", 1), ("no", "#fff", 1)]
)
def test_contrast_is_that_of_the_guidelines(one, other, ratio):
    assert contrast_of(one, other) == contrast_of(other, one) == pytest.approx(ratio, abs=0.01)


def test_a_colour_as_an_input_takes_it():
    assert [as_hex(text) for text in ("tan", "#abc8", "#0B6A93", "no", "")] == ["#d2b48c", "#aabbcc", "#0b6a93", "", ""]
