"""What an alarm said, put for people: each thing once, in their language. The stored sentence stays as it is. Pure."""

import re

from django.utils.translation import gettext as _

from doover_web.pages.in_line import isolated

from .alarm_language import (
    CONNECTION,
    NOT_LONG,
    SAID,
    brackets,
    condition,
    connected,
    in_conditions,
    spoken,
    value_words,
)

SIGNS = ("<", "≤", ">", "≥", "=")
LONGEST = 600
# What the alarm of a fence says (`fences/alarms.py`); the name of a fence may hold anything.
SIDE = re.compile(rf"(.*): (back to normal, )?device is (inside|outside)({NOT_LONG})?", re.DOTALL)
NOWHERE = re.compile(r"(.*): it is not known where the device is", re.DOTALL)


def brief(event: str, text: str, *, of_connection: bool = False) -> str:
    """`Tank low — Level 12.4 %, below 20 %`, of a sentence in which values have their names already; of an alarm on a
    connection `Gateway — connection is offline`. What reads like none of an alarm's own is spoken in full."""
    if len(text) <= LONGEST and (told := _of_fence(text)):
        return told
    name, colon, told = text.partition(": ")
    if not colon or len(text) > LONGEST:
        return spoken(event, text, of_connection=of_connection)
    before, inside = brackets(told.removesuffix(NOT_LONG))
    if event == "no-data" and before == "no data":
        values = ", ".join(_bare(one, of_connection) for one in inside.split(", "))
        return _("%(name)s — no data: %(values)s") % {"name": isolated(name), "values": values}
    value, is_, now = inside.rpartition(" is ")
    said = _said(event, before, value, now, of_connection) if is_ and now not in SAID else ""
    return f"{isolated(name)} — {said}" if said else spoken(event, text, of_connection=of_connection)


def _of_fence(text: str) -> str:
    """On which side of a fence its device is now; empty for the sentences of other alarms."""
    if nowhere := NOWHERE.fullmatch(text):
        return _("%(fence)s — it is not known where the device is") % {"fence": isolated(nowhere[1])}
    found = SIDE.fullmatch(text)
    if found is None:
        return ""
    fence, back, side, waits = found.groups()
    if back:
        told = _("%(fence)s — back to normal, device is inside"), _("%(fence)s — back to normal, device is outside")
    else:
        told = _("%(fence)s — device is inside"), _("%(fence)s — device is outside")
    words = told[side == "outside"] % {"fence": isolated(fence)}
    return _("%(told)s, not for long enough yet") % {"told": words} if waits else words


def _said(event: str, before: str, value: str, now: str, of_connection: bool) -> str:
    """What is said of the alarm behind its name; empty where the sentence is of another kind."""
    known = connected(f"{value} is {now}") if of_connection else ""
    reading = known or f"{_bare(value, of_connection)} {value_words(now)}"
    if event == "cleared" and before == "back to normal":
        return _("back to normal, %(reading)s") % {"reading": reading}
    held = in_conditions(before)
    first = next((one for one in held if one.startswith(tuple(f"{value} {sign} " for sign in SIGNS))), None)
    if event not in ("triggered", "pending") or first is None:
        return ""
    held.remove(first)
    sign, limit = first.removeprefix(f"{value} ").split(" ", 1)
    is_known = sign == "=" and limit == now and known
    told = reading if is_known else _beyond(sign, reading, value_words(_bare(limit, of_connection)))
    for one in held:
        told = _("%(one)s, and %(other)s") % {
            "one": told,
            "other": condition(_bare(one, of_connection), of_connection=of_connection),
        }
    return _("%(told)s, not for long enough yet") % {"told": told} if event == "pending" else told


def _beyond(sign: str, reading: str, limit: str) -> str:
    if sign == "=":
        return reading if reading.endswith(f" {limit}") else ""
    return {
        "<": _("%(reading)s, below %(limit)s"),
        "≤": _("%(reading)s, at most %(limit)s"),
        ">": _("%(reading)s, above %(limit)s"),
        "≥": _("%(reading)s, at least %(limit)s"),
    }[sign] % {"reading": reading, "limit": limit}


def _bare(value: str, of_connection: bool) -> str:
    """A value without the heading that it stands under on its page: `Level` of `Main tank · Level`."""
    if of_connection and value in CONNECTION:
        return _("connection")
    return value.rsplit(" · ", 1)[-1]
