"""What pages call things that have names of their own on the wire."""

from django.utils.translation import gettext_lazy as _

from doover_web.notifications.kinds import Kind

KIND_WORDS = {
    Kind.Email: "E-mail",
    Kind.Sms: "Text message",
    Kind.WebPush: "Browser",
    Kind.Http: "Webhook",
    Kind.Placeholder: "Placeholder",
    Kind.FirebasePush: "Telephone app",
}
STATE_WORDS = {
    "online": _("Online"),
    "overdue": _("Overdue"),
    "offline": _("Offline"),
    "unknown": _("Never seen"),
}
