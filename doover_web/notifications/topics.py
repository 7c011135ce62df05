"""Topics, severities, and which subscription a notification matches (`data-api §12.1`). Pure.

Expressions come from people, so they run on an engine whose time grows with the text alone.
"""

import functools
from collections.abc import Sequence

import re2

SEVERITIES = {"Trace": 3, "Debug": 4, "Info": 5, "Warn": 6, "Critical": 7}
SEVERITY_NAMES = {number: name for name, number in SEVERITIES.items()}
EXACT, REGEX = "exact", "regex"
MODES = (EXACT, REGEX)
OPT_IN = "opt-in"
EVERYTHING = "*"
MOST_ENTRIES, LONGEST_ENTRY = 100, 500
EXPRESSION_BYTES = 1 << 20  # of memory that one compiled expression may take


def canonical(topic: str | None) -> str:
    """The topic in the fixed hierarchy: `dev/…` as it is, anything else below `legacy/default`."""
    if not topic:
        return "legacy/default"
    return topic if topic.startswith("dev/") else f"legacy/default/{topic}"


def is_opt_in(topic: str) -> bool:
    """Whether a canonical topic is left out unless somebody asks for it by name."""
    parts = topic.split("/", 3)
    return len(parts) > 2 and parts[0] == "dev" and parts[2] == OPT_IN


def alarm_event(topic: str) -> str:
    """What an alarm says of itself with this topic (`triggered`, `cleared`, `pending`, `no-data`); empty for others."""
    parts = topic.split("/")
    return parts[-1] if len(parts) > 4 and parts[:2] == ["dev", "alarms"] else ""


def matches(topic: str | None, *, wanted: Sequence[str], mode: str, unwanted: Sequence[str]) -> bool:
    """Whether a subscription with the filter `wanted` and the exclusions `unwanted` takes a topic as it was sent."""
    full = canonical(topic)
    return _is_wanted(topic, full, wanted, mode) and not any(_fits(one, full) for one in unwanted)


def _is_wanted(topic: str | None, full: str, wanted: Sequence[str], mode: str) -> bool:
    if mode == REGEX and wanted:
        return any(_fits(one, full) for one in wanted)
    if not wanted or EVERYTHING in wanted:
        return not is_opt_in(full) or full in wanted
    return full in wanted or topic in wanted


def problem_of(expression: str) -> str:
    """What is wrong with an expression; nothing when it compiles."""
    try:
        _compiled(expression)
    except re2.error as problem:
        words = problem.args[0] if problem.args else ""
        return words.decode(errors="replace") if isinstance(words, bytes) else str(words)
    return ""


def _fits(expression: str, topic: str) -> bool:
    try:
        return _compiled(expression).fullmatch(topic) is not None
    except re2.error:  # stored by another version of the engine
        return False


@functools.lru_cache(maxsize=512)
def _compiled(expression: str):
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    options.max_mem = EXPRESSION_BYTES
    return re2.compile(expression, options)
