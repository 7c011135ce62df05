"""What is said of an invitation that went out, and who sees its link where no mail can carry it."""

from django.utils.translation import gettext as _

from doover_web.pages.context import sends_mail

from .models import Invitation


def hands_over(request) -> bool:
    """Whether the page shows the link: without mail, to whoever runs the server, who could read it in the log."""
    return not sends_mail() and request.caller.is_superuser


def on_its_way(invitation: Invitation, *, again: bool = False) -> str:
    """The sentence for the one who invited."""
    if not sends_mail():
        said = _("This server sends no mail. Whoever runs it finds the link for %(email)s in its log.")
    elif again:
        said = _("A new link is on its way to %(email)s; the old one no longer works.")
    else:
        said = _("An invitation is on its way to %(email)s.")
    return said % {"email": invitation.email}
