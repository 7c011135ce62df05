"""What pages call things that have names of their own on the wire."""

from doover_web.notifications.kinds import Kind

KIND_WORDS = {
    Kind.Email: "E-mail",
    Kind.Sms: "Text message",
    Kind.WebPush: "Browser",
    Kind.Http: "Webhook",
    Kind.Placeholder: "Placeholder",
    Kind.FirebasePush: "Telephone app",
}
