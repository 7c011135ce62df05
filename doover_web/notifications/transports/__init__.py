"""The ways to reach somebody, a file each, with the same three names inside:

`check(extra_data)` refuses an address of the wrong shape with BadRequest; `obstacle(extra_data)` says why nothing can
be sent there now, or nothing; `send(letter)` sends, or raises NotSent.
"""

from types import ModuleType
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from ..kinds import Kind
from ..letter import Letter, NotSent
from ..models import Endpoint
from . import email, nowhere, sms, web_push, webhook

__all__ = ["Letter", "NotSent", "check", "most_of", "obstacle", "obstacle_words", "send"]
WAYS: dict[int, ModuleType] = {
    Kind.Email: email,
    Kind.Sms: sms,
    Kind.WebPush: web_push,
    Kind.Http: webhook,
    Kind.Placeholder: nowhere,
    Kind.FirebasePush: nowhere,
}
# How many go out one by one in a window, before the rest becomes a digest. A program takes more than a person.
MOST = {Kind.Http: 100, Kind.WebPush: 10}
MOST_FOR_PEOPLE = 5
SWITCHED_OFF = gettext_noop("It was switched off")
# What whoever runs the server has not set.
MISSING = {email.NO_MAIL: "DOOVER_EMAIL_URL", sms.NO_TEXTS: "DOOVER_SMS"}


def check(kind: int, extra_data: dict[str, Any]) -> None:
    WAYS[kind].check(extra_data)


def obstacle(endpoint: Endpoint) -> str:
    """Why nothing can be sent to `endpoint` now, in the language of the wire; empty when it is ready."""
    if endpoint.off_since:
        return endpoint.off_because or SWITCHED_OFF
    return WAYS[endpoint.type].obstacle(endpoint.extra_data)


def obstacle_words(endpoint: Endpoint, *, to_operator: bool = False) -> str:
    """The same for people; those who run the server are told which setting is missing."""
    why = obstacle(endpoint)
    setting = MISSING.get(why)
    if setting and to_operator:
        return _("%(why)s: %(setting)s is not set") % {"why": _(why), "setting": setting}
    return why and _(why)


def send(letter: Letter) -> None:
    """Send now, in the language of whoever reads it; programs are told in the one of the wire. Raises NotSent."""
    why_not = obstacle(letter.endpoint)
    if why_not:
        raise NotSent(why_not, for_good=True)
    spoken = letter.language if letter.endpoint.type != Kind.Http else ""
    with translation.override(spoken or settings.LANGUAGE_CODE):
        WAYS[letter.endpoint.type].send(letter)


def most_of(endpoint: Endpoint) -> int:
    return MOST.get(Kind(endpoint.type), MOST_FOR_PEOPLE)
