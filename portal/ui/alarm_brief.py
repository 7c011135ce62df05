"""What an alarm said, put for people: each thing once, in their language. The stored sentence stays as it is. Pure."""

import re

from django.utils.translation import gettext as _

from doover_web.data.alarm_language import spoken
from doover_web.data.alarm_words import EVENTS
from doover_web.data.alarms import ALARM
from doover_web.pages.words import marks

SIGN = re.compile(r" ([<≤>≥]) ")
LONGEST = 600


def brief(state: str, text: str) -> str:
    """`Tank low — Level 12.4 %, below 20 %`, of a sentence in which values have their names already. What is not about
    one reading is spoken in full."""
    return (_of_one_reading(text) if state == ALARM else "") or spoken(EVENTS.get(state, ""), text)


def _of_one_reading(text: str) -> str:
    """Empty where the sentence is of another kind."""
    parts = SIGN.split(text) if len(text) <= LONGEST else []
    if len(parts) != 3:
        return ""
    name, _colon, value = parts[0].partition(": ")
    limit, begins, now = parts[2].partition(f" ({value} is ")
    if not (value and begins and now.endswith(")")) or " and " in limit or now == "missing)":
        return ""
    said = {"name": name, "value": value.rsplit(" · ", 1)[-1], "now": now[:-1], "limit": _unpadded(limit)}
    return {
        "<": _("%(name)s — %(value)s %(now)s, below %(limit)s"),
        "≤": _("%(name)s — %(value)s %(now)s, at most %(limit)s"),
        ">": _("%(name)s — %(value)s %(now)s, above %(limit)s"),
        "≥": _("%(name)s — %(value)s %(now)s, at least %(limit)s"),
    }[parts[1]] % said


def _unpadded(limit: str) -> str:
    """A bound without the zeros that a reading is padded with: `95 %` for `95.0 %`."""
    mark = re.escape("," if marks() else ".")
    return re.sub(rf"^(−?[\d.,]*?)(?:{mark}0+|({mark}\d*[1-9])0*)(?!\d)", r"\1\2", limit)
