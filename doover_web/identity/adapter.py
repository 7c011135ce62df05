from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings


class AccountAdapter(DefaultAccountAdapter):
    """How accounts behave here: by invitation, unless a setting opens sign-up."""

    def is_open_for_signup(self, request) -> bool:
        return settings.SIGN_UP_OPEN
