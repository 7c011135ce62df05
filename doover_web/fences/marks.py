"""What a fence held when somebody began to change it, so that nobody overwrites in silence what they have not seen."""

import hashlib
from collections.abc import Iterable

import orjson
from django.utils.translation import gettext as _

from doover_web.common.wire import Conflict

from .models import Fence

FIELDS = (
    *("name", "shape", "margin", "alarm_while", "alarm_after", "severity"),
    *("tells_entry", "tells_exit", "is_enabled"),
)


class ChangedMeanwhile(Conflict):
    """Some `fields` would be overwritten that somebody else changed."""

    def __init__(self, fields: Iterable[str]):
        super().__init__(_("This fence was changed meanwhile"), code="meanwhile")
        self.fields = list(fields)


def marks_of(fence: Fence) -> str:
    """A short mark for what each field holds, for a form to carry."""
    return " ".join(f"{name}:{_mark(getattr(fence, name))}" for name in FIELDS)


def changed_since(fence: Fence, marks: str) -> list[str]:
    """The fields that hold something else than when the marks were made; without a mark nothing is known of one."""
    known = dict(part.split(":", 1) for part in marks.split() if ":" in part)
    return [name for name in FIELDS if name in known and known[name] != _mark(getattr(fence, name))]


def _mark(value) -> str:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]
