"""By mail, through whatever Django is set up to send with."""

import smtplib
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from doover_web.common.wire import BadRequest

from ..letter import Letter, NotSent

SILENT = ("django.core.mail.backends.console.EmailBackend", "django.core.mail.backends.dummy.EmailBackend")
NO_MAIL = gettext_noop("This server sends no mail")


def address_of(extra_data: dict[str, Any]) -> str:
    """`email` is the key of the contract; `address` is taken as well."""
    return extra_data.get("email") or extra_data.get("address") or ""


def check(extra_data: dict[str, Any]) -> None:
    try:
        validate_email(address_of(extra_data))
    except (ValidationError, TypeError) as problem:
        raise BadRequest(_('An Email endpoint needs extra_data {"email": "name@example.com"}'), code="bad_email") from (
            problem
        )


def obstacle(extra_data: dict[str, Any]) -> str:
    return NO_MAIL if settings.EMAIL_BACKEND in SILENT else ""


def send(letter: Letter) -> None:
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    page = f"{settings.PUBLIC_URL}/me/notifications/"
    mail = EmailMessage(
        subject=letter.title,
        body=render_to_string("email/notification.txt", {"letter": letter, "page": page}),
        to=[address_of(letter.endpoint.extra_data)],
        # A receiver that gets it twice can tell, and programs do not answer it.
        headers={
            "Message-ID": f"<{letter.key}@{host}>",
            "Auto-Submitted": "auto-generated",
            "List-Unsubscribe": f"<{page}>",
        },
    )
    try:
        sent = mail.send()
    except smtplib.SMTPRecipientsRefused as problem:
        codes = [code for code, _ in problem.recipients.values()]
        raise NotSent(f"The mail server refused the address ({codes})", for_good=min(codes) >= 500) from problem
    except Exception as problem:  # of whichever service sends: each has errors of its own
        raise NotSent(f"The mail could not be handed over: {type(problem).__name__}") from problem
    if not sent:
        raise NotSent("The mail service took it for nobody")
