"""What a form sent, where some of it cannot be kept: PostgreSQL stores no text with the character NUL in it."""

from django.http import HttpResponse, QueryDict
from django.utils.html import escape
from django.utils.translation import gettext as _

from doover_web.common.wire import BadRequest

NUL, SHOWN = "\x00", "␀"
LONGEST = 60


class Wrong(BadRequest):
    """A form with something wrong in these fields, in the order in which they stand on the page."""

    def __init__(self, problems: dict[str, str]):
        super().__init__(next(iter(problems.values())), code="bad_value", errors=problems)
        self.problems = problems


class Posted(QueryDict):
    """Fields of which some hold NUL. The first look at one of those is refused, so that a form tells of it as of all
    else that is wrong; what is shown in it then is the text without."""

    told: Wrong | None = None

    def __getitem__(self, key):
        value = super().__getitem__(key)
        return self._told(key, [value])[0] if isinstance(value, str) else value

    def getlist(self, key, default=None):
        return self._told(key, super().getlist(key, default))

    def _told(self, key: str, values: list[str]) -> list[str]:
        wrong = next((one for one in values if NUL in one), None)
        if wrong is not None and self.told is None:
            text = wrong.replace(NUL, SHOWN)[:LONGEST]
            words = _("“%(text)s” holds an invisible character, at ␀, that cannot be kept. Type it anew")
            self.told = Wrong({key: words % {"text": text}})
            raise self.told
        return [one.replace(NUL, "") for one in values]


def untold(form: QueryDict, page: HttpResponse) -> Wrong | None:
    """What was refused of a form although the page that came of it, which has no place for that, says nothing of it."""
    told = getattr(form, "told", None)
    is_said = page.status_code != 400 or (told and escape(told.message) in page.content.decode())
    return None if is_said else told


def readable(form: QueryDict) -> QueryDict:
    """The fields of a form; those that cannot be kept are told of as they are read."""
    if not any(NUL in one for _key, values in form.lists() for one in values):
        return form
    made = Posted(mutable=True)
    for key, values in form.lists():
        made.setlist(key, values)
    return made
