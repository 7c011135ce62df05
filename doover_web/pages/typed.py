"""Numbers in the fields of forms, as people type and read them in their language; in German `70,5` is 70.5. Pure.

Everywhere the decimal point is read as well. What could be either mark is refused rather than guessed: `1.234` in
German may have come from a page, where it is more than a thousand, or from the data, where it is little more than one.
`static/js/typed.js` reads them in the same way.
"""

import math
import re

from django.utils.translation import gettext as _

from . import words

PLAIN = re.compile(r"[+-]?([0-9]{1,300}\.?[0-9]{0,300}|\.[0-9]{1,300})([eE][+-]?[0-9]{1,3})?")
GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}(,[0-9]{3}){1,99}(\.[0-9]{0,300})?")
UNCLEAR = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")
LONGEST = 1000  # letters


def plain(text: str, *, grouped: bool = True) -> str | None:
    """A number that was typed, as JSON writes it; None for what is none or unclear. Where thousands never are, as in
    places and angles (`grouped`), a point and a comma are the same in every language."""
    if len(text) > LONGEST:
        return None
    text = text.strip().replace("−", "-")
    if not grouped:
        text = text.replace(",", ".")
    elif is_unclear(text):
        return None
    else:
        marks = words.marks()
        text = text.translate(marks) if "," in text or text.count(".") > 1 else text
        text = text.replace(",", "") if GROUPED.fullmatch(text) else text
    return text.removeprefix("+") if PLAIN.fullmatch(text) else None


def number(text: str, *, grouped: bool = True) -> float | None:
    """A number that was typed; None for what is none or unclear."""
    found = plain(text, grouped=grouped)
    value = None if found is None else float(found)
    return value if value is not None and math.isfinite(value) else None


def is_unclear(text: str) -> bool:
    """Whether it may be thousands or decimals, in the language in force."""
    return bool(words.marks()) and UNCLEAR.fullmatch(text.strip().replace("−", "-")) is not None


def wrong_number(text: str) -> str:
    """What is wrong with a number that was typed, in words at its field; empty when it is one."""
    if not text.strip():
        return _("Enter a number")
    if is_unclear(text):
        return unclear_words(text)
    if number(text) is None:
        return _("%(text)s is no number") % {"text": f"“{text.strip()[:40]}”"}
    return ""


def unclear_words(text: str) -> str:
    """What to write instead of a number that can be read in two ways."""
    text = text.strip()
    said = {"text": f"“{text}”", "whole": text.replace(".", ""), "part": text.replace(".", ",")}
    return _("%(text)s can be read in two ways: write %(whole)s or %(part)s") % said


def in_field(text: str) -> str:
    """A number as JSON writes it, `70.5`, as it stands in a field: `70,5` in German, never in groups."""
    return text.translate(words.marks()) if PLAIN.fullmatch(text) else text
