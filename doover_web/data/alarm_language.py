"""What an alarm said (`alarm_words.notification`), in the language of whoever reads it. Pure.

The sentence itself is stored, and sent to programs, in English. What somebody wrote in its place, and whatever does not
read like one, stays as it is.
"""

import re
from functools import reduce

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

LONGEST = 2000  # characters; a longer text is none of an alarm's own
SIGNED = re.compile(r" [=≥>≤<] | UTC$")
CHANGES = re.compile(r"(.{1,300}) changes by ([=≥>≤<]) (\S{1,80}) per second over (\d{1,15} (?:ms|s|min|h|d))")
HOURS = re.compile(r"(between|outside) ([\d:]{5,8}) and ([\d:]{5,8}) UTC")
# What stands for a value that is no number.
SAID = (gettext_noop("missing"), gettext_noop("an object"), gettext_noop("a list"))
YES_NO = (gettext_noop("On"), gettext_noop("Off"), gettext_noop("Yes"), gettext_noop("No"))
# What a device's connection says of itself, in the words of the contract (`data-api §16.2`); on other
# channels such words may mean anything.
CONNECTION = ("determination", "status.status")
EQUAL = re.compile(r"(determination|status\.status) (?:=|is) (\w{1,40})")
CONNECTED = {
    "Online": gettext_noop("connection is online"),
    "Offline": gettext_noop("connection is offline"),
    "ContinuousOnline": gettext_noop("connection is online"),
    "ContinuousOffline": gettext_noop("connection is offline"),
    "ContinuousOnlineNoPing": gettext_noop("connection does not answer"),
    "ContinuousPending": gettext_noop("connection was just lost"),
    "PeriodicUnknown": gettext_noop("connection sleeps"),
    "PeriodicOnline": gettext_noop("connection is online"),
    "PeriodicOffline": gettext_noop("connection is offline"),
}
NOT_LONG = ", not for long enough yet"


def spoken(event: str, text: str, *, of_connection: bool = False) -> str:
    """The sentence of an alarm, be it one on a connection, of which `event` tells (`triggered`, `cleared`, `pending`,
    `no-data`)."""
    name, colon, told = text[:LONGEST].partition(": ")
    if not colon or len(text) > LONGEST:
        return text
    before, inside = brackets(told.removesuffix(NOT_LONG) if event == "pending" else told)
    if event == "no-data":
        return _("%(name)s: no data (%(values)s)") % {"name": name, "values": inside} if before == "no data" else text
    value, is_, reading = inside.rpartition(" is ")
    if not is_:
        return text
    said = connected(f"{value} is {reading}") if of_connection else ""
    now = said or _("%(value)s is %(reading)s") % {"value": value, "reading": value_words(reading)}
    parts = {"name": name, "now": now}
    if event == "cleared":
        return _("%(name)s: back to normal (%(now)s)") % parts if before == "back to normal" else text
    parts["conditions"] = conditions(before, of_connection=of_connection)
    if event == "triggered":
        return "{name}: {conditions} ({now})".format(**parts)
    is_pending = event == "pending" and told.endswith(NOT_LONG)
    return _("%(name)s: %(conditions)s (%(now)s), not for long enough yet") % parts if is_pending else text


def conditions(text: str, *, of_connection: bool = False) -> str:
    """The conditions of an alarm in a line (`alarm_words.summary`)."""
    found = (condition(one, of_connection=of_connection) for one in in_conditions(text))
    return reduce(lambda one, other: _("%(one)s and %(other)s") % {"one": one, "other": other}, found)


def in_conditions(text: str) -> list[str]:
    """The conditions of such a line one by one, as they stand there."""
    found: list[str] = []
    for piece in text.split(" and "):
        if found and not SIGNED.search(found[-1]):  # a name with "and" in it, or the hours
            found[-1] += f" and {piece}"
        else:
            found.append(piece)
    return found


def condition(text: str, *, of_connection: bool = False) -> str:
    """One of them."""
    if of_connection and (said := connected(text)):
        return said
    if hours := HOURS.fullmatch(text):
        word, begin, end = hours.groups()
        words = _("between %(begin)s and %(end)s UTC") if word == "between" else _("outside %(begin)s and %(end)s UTC")
        return words % {"begin": begin, "end": end}
    if change := CHANGES.fullmatch(text):
        value, sign, much, span = change.groups()
        told = {"value": value, "sign": sign, "much": much, "span": span}
        return _("%(value)s changes by %(sign)s %(much)s per second over %(span)s") % told
    return text


def connected(text: str) -> str:
    """What is said of a device's connection; empty for whatever else."""
    found = EQUAL.fullmatch(text)
    return _(CONNECTED[found[2]]) if found and found[2] in CONNECTED else ""


def brackets(text: str) -> tuple[str, str]:
    """What stands before the last brackets, and in them; they may hold others. Empty where it does not end with one."""
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        depth += (text[at] == ")") - (text[at] == "(")
        if depth == 0:
            is_found = text[at] == "(" and text[at - 1 : at] == " "
            return (text[: at - 1], text[at + 1 : -1]) if is_found else ("", "")
    return "", ""


def value_words(text: str) -> str:
    """What stands for a value, where it is a word of the server's own."""
    return _(text) if text in SAID or text in YES_NO else text
