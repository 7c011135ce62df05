"""Names and numbers in a line of text: they turn nothing around them, and keep their unit beside them. Pure."""

import re
import unicodedata

HELD = "\N{NO-BREAK SPACE}"
# A number and what may be its unit: a few letters, no word of a sentence.
UNIT = re.compile(r"(?<=\d) (?=(?:[^\W\d_]{1,3}|mbar)(?:[/²³.,;:)\s]|$)|[%‰°])")
BECOMES = re.compile(r"(?<=\d) → (?=[−\d])")
RIGHT_TO_LEFT = {"R", "AL", "AN"}
# What turns the direction of whatever follows it.
TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def held(text: str) -> str:
    """`35 → 42 Hz` in one piece: no unit goes to the next line without its number."""
    return BECOMES.sub(f"{HELD}→{HELD}", UNIT.sub(HELD, text))


def isolated(name: str) -> str:
    """A name for the middle of a sentence: without marks that turn the sentence, apart if it runs from the right."""
    plain = name.translate(TURNS)
    if any(unicodedata.bidirectional(letter) in RIGHT_TO_LEFT for letter in plain):
        return f"\N{FIRST STRONG ISOLATE}{plain}\N{POP DIRECTIONAL ISOLATE}"
    return plain
