"""Moments in the patterns of date libraries of browsers: `ddd HH:mm`. Pure."""

import re
from datetime import datetime

from django.utils.dateformat import format as formatted

PARTS = re.compile(r"\[([^\]]*)\]|YYYY|YY|MMMM|MMM|MM|M|DD|D|dddd|ddd|HH|H|hh|h|mm|m|ss|s|SSS|A|a|ZZ|Z")
LONGEST = 60


def written(moment: datetime, pattern: str) -> str:
    """A moment as `pattern` says; signs that mean nothing stand as they are."""
    return PARTS.sub(lambda found: found[1] if found[1] is not None else _part(moment, found[0]), pattern[:LONGEST])


def _part(moment: datetime, part: str) -> str:
    hour = moment.hour % 12 or 12
    offset = f"{moment:%z}"
    return {
        "YYYY": f"{moment.year:04d}",
        "YY": f"{moment:%y}",
        "MMMM": formatted(moment, "F"),
        "MMM": formatted(moment, "M"),
        "MM": f"{moment.month:02d}",
        "M": f"{moment.month}",
        "DD": f"{moment.day:02d}",
        "D": f"{moment.day}",
        "dddd": formatted(moment, "l"),
        "ddd": formatted(moment, "D"),
        "HH": f"{moment.hour:02d}",
        "H": f"{moment.hour}",
        "hh": f"{hour:02d}",
        "h": f"{hour}",
        "mm": f"{moment.minute:02d}",
        "m": f"{moment.minute}",
        "ss": f"{moment.second:02d}",
        "s": f"{moment.second}",
        "SSS": f"{moment.microsecond // 1000:03d}",
        "A": f"{moment:%p}".upper(),
        "a": f"{moment:%p}".lower(),
        "ZZ": offset,
        "Z": f"{offset[:3]}:{offset[3:]}",
    }[part]
