from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class AccountAdapter(DefaultAccountAdapter):
    """How accounts behave here: by invitation, unless a setting opens sign-up."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("That e-mail and password do not belong together. Try again."),
        "too_many_login_attempts": _("Too many attempts. Wait a few minutes, then try again."),
    }

    def is_open_for_signup(self, request) -> bool:
        return settings.SIGN_UP_OPEN

    def is_safe_url(self, url: str) -> bool:
        """Whether a browser may be sent on to `url`; not to what is no address at all."""
        try:
            return super().is_safe_url(url)
        except ValueError:
            return False
