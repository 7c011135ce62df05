"""What a notification says and how grave it is, in the language of whoever reads it."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from doover_web.data.alarm_brief import brief
from doover_web.pages.in_line import isolated

from .topics import SEVERITY_NAMES, alarm_event

SEVERITY_WORDS = {
    "Trace": gettext_lazy("Trace"),
    "Debug": gettext_lazy("Debug"),
    "Info": gettext_lazy("Info"),
    "Warn": gettext_lazy("Warning"),
    "Critical": gettext_lazy("Critical"),
}
# An alarm is called by its state, as on every page.
ALARM_WORDS = {
    "triggered": gettext_lazy("Alarm"),
    "cleared": gettext_lazy("OK"),
    "pending": gettext_lazy("Pending"),
    "no-data": gettext_lazy("No data"),
}
BACK_ONLINE = gettext_noop("It is back online.")
ONLINE_TOPIC = "dev/connection/opt-in/online"
FENCES = "dev/geofence/"


def said(topic: str, title: str, message: str, *, of_connection: bool = False) -> str:
    """The message, where this server made it, for an alarm on a connection too; what somebody else said stays as it
    is."""
    if event := alarm_event(topic):
        return brief(event, message, of_connection=of_connection)
    if topic == ONLINE_TOPIC and message == BACK_ONLINE:
        return _(BACK_ONLINE)
    if topic.startswith(FENCES):
        return _crossing(title, message)
    return message


def grave(severity: int, topic: str) -> str:
    """How grave it is, in a word."""
    return str(ALARM_WORDS.get(alarm_event(topic)) or SEVERITY_WORDS[SEVERITY_NAMES[severity]])


def _crossing(fence: str, message: str) -> str:
    """What `fences.watch` says; its title is the name of the fence."""
    for word, told in ((" entered ", _("%(device)s entered %(fence)s")), (" left ", _("%(device)s left %(fence)s"))):
        if fence and message.endswith(word + fence):
            device = message.removesuffix(word + fence)
            return told % {"device": isolated(device), "fence": isolated(fence)}
    return message
