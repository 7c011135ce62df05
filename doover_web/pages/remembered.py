"""Parts of pages that say the same for the same facts: drawn once by a process, then remembered.

A template is given the facts and nothing else of the page. They are the key as well, together with the language, so
what is remembered can neither grow old nor show anybody what they could not have had drawn themselves.
"""

from collections.abc import Hashable
from types import SimpleNamespace

from django.template import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString
from django.utils.translation import get_language

MOST, LONGEST = 4000, 6000  # parts that are remembered, and characters of each
Drawn = tuple[SafeString, frozenset[str]]  # the part, and the icons on it
_KNOWN: dict[Hashable, Drawn] = {}


def part(name: str, icons: set[str] | None, facts: dict[str, Hashable]) -> SafeString:
    """What the template `name` makes of `facts`; its icons are added to those of the page, whose sprite draws them.
    Facts hold nothing that the clock changes, and each is equal to another only when it says the same."""
    key = name, get_language(), icons is None, *facts.items()
    if (found := _KNOWN.get(key)) is None:
        found = _draw(name, icons is not None, facts)
        if len(_KNOWN) >= MOST:
            _KNOWN.clear()
        if len(found[0]) <= LONGEST:
            _KNOWN[key] = found
    if icons is not None:
        icons |= found[1]
    return found[0]


def _draw(name: str, has_sprite: bool, facts: dict[str, Hashable]) -> Drawn:
    page = SimpleNamespace(icons_used=set()) if has_sprite else None
    drawn = get_template(name).template.render(Context({**facts, "request": page}))
    return drawn, frozenset(page.icons_used if page else ())
