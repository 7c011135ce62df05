"""Forms of django-allauth that take more care."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms

NO_ANSWER = (AttributeError, LookupError, TypeError, ValueError, RecursionError)


class PasskeyForm(forms.LoginWebAuthnForm):
    """As django-allauth's. Nobody is signed in yet, so anything may come: what no key would answer is a wrong code."""

    def full_clean(self) -> None:
        try:
            super().full_clean()
        except NO_ANSWER:
            self.add_error("credential", get_adapter().validation_error("incorrect_code"))
