"""What pages call things that have names of their own on the wire."""

from django.utils.translation import gettext_lazy as _

from doover_web.notifications.kinds import Kind

KIND_WORDS = {
    Kind.Email: _("E-mail"),
    Kind.Sms: _("Text message"),
    Kind.WebPush: _("Browser"),
    Kind.Http: _("Webhook"),
    Kind.Placeholder: _("Placeholder"),
    Kind.FirebasePush: _("Telephone app"),
}
SEVERITY_WORDS = {
    "Trace": _("Trace"),
    "Debug": _("Debug"),
    "Info": _("Info"),
    "Warn": _("Warning"),
    "Critical": _("Critical"),
}
STATE_WORDS = {
    "online": _("Online"),
    "overdue": _("Overdue"),
    "offline": _("Offline"),
    "unknown": _("Never seen"),
}
