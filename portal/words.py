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
STATE_WORDS = {
    "online": _("Online"),
    "overdue": _("Overdue"),
    "offline": _("Offline"),
    "unknown": _("Never seen"),
}
