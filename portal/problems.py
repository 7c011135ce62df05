"""What is wrong with a form, in words at each of its fields: the tags `wrong` and `invalid` show them there."""

from collections.abc import Mapping

from doover_web.common.wire import Refused
from doover_web.pages.permission_words import in_words
from doover_web.pages.posted import Wrong

__all__ = ["NOTHING_WRONG", "Said", "Wrong", "only", "told"]

Said = tuple[str, dict[str, str]]  # above a form, and at its fields

NOTHING_WRONG: Said = ("", {})


def told(refusal: Refused) -> Said:
    """What to say above a form, and what at its fields; nothing is said twice."""
    return ("", refusal.problems) if isinstance(refusal, Wrong) else (in_words(refusal.message), {})


def only(found: Mapping[str, str | bool]) -> dict[str, str]:
    """The fields that something is wrong with; of the others nothing is said, or False."""
    return {field: words for field, words in found.items() if words and isinstance(words, str)}
