"""What pages call things that have names of their own on the wire."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from doover_web.notifications.kinds import Kind
from doover_web.notifications.spoken import SEVERITY_WORDS
from doover_web.notifications.topics import SEVERITIES

KIND_WORDS = {
    Kind.Email: _("E-mail"),
    Kind.Sms: _("Text message"),
    Kind.WebPush: _("Browser"),
    Kind.Http: _("Webhook"),
    Kind.Placeholder: _("No address yet"),
    Kind.FirebasePush: _("Telephone app"),
}
# What machines tell each other rather than people: it stands behind the others, under a heading of its own.
FINE = ("Trace", "Debug")
STATE_WORDS = {
    "online": _("Online"),
    "overdue": _("Overdue"),
    "offline": _("Offline"),
    "unknown": _("Never seen"),
}


def severity_choices(*, is_fine: bool = True) -> list[tuple[bool, list[tuple[int, Any]]]]:
    """The severities to choose from, the lightest first: those that people use, then (True) the fine ones."""
    usual = [(number, SEVERITY_WORDS[name]) for name, number in SEVERITIES.items() if name not in FINE]
    if not is_fine:
        return [(False, usual)]
    return [(False, usual), (True, [(SEVERITIES[name], SEVERITY_WORDS[name]) for name in FINE])]
