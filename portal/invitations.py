"""The page behind the link in an invitation."""

from allauth.account.utils import perform_login
from allauth.core import ratelimit
from django import forms
from django.contrib import messages as notes
from django.contrib.auth import logout, password_validation
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from doover_web.common.wire import Refused
from doover_web.identity.actions.invitation import accept_invitation, create_account, find_invitation
from doover_web.identity.models import User
from doover_web.pages.permission_words import in_words


class AccountForm(forms.Form):
    """A name and a password for a new account."""

    name = forms.CharField(label=gettext_lazy("Your name"), max_length=255)
    password1 = forms.CharField(
        label=gettext_lazy("Password"), widget=forms.PasswordInput, strip=False, max_length=1024
    )
    password2 = forms.CharField(
        label=gettext_lazy("Password again"), widget=forms.PasswordInput, strip=False, max_length=1024
    )

    def __init__(self, *args, email: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_password1(self):
        password = self.cleaned_data["password1"]
        password_validation.validate_password(password, User(email=self.email))
        return password

    def clean(self):
        cleaned = super().clean()
        if "password1" in cleaned and cleaned["password1"] != cleaned.get("password2"):
            self.add_error("password2", _("The two passwords differ."))
        return cleaned


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request, secret: str):
    """Join: with a new account, with the one signed in, or after signing in."""
    if limited := ratelimit.consume_or_429(request, action="open_invitation", limit_get=True):
        return limited
    try:
        found = find_invitation(secret)
    except Refused:
        return render(request, "account/invitation_gone.html", status=404)
    if found.is_expired:
        return render(request, "account/invitation_gone.html", {"invitation": found}, status=410)
    if request.user.is_authenticated:
        return _with_account(request, found)
    if User.objects.filter(email__iexact=found.email).exists():
        return render(request, "account/invitation.html", {"invitation": found, "state": "known"})
    return _with_new_account(request, found)


def _with_account(request, found):
    own = request.user.email.lower() == found.email.lower()
    if request.method == "POST" and request.POST.get("sign_out"):
        logout(request)
        return redirect(request.path)
    if request.method == "POST" and own:
        try:
            accept_invitation(invitation=found, user=request.user)
        except Refused as refusal:
            notes.error(request, in_words(refusal.message))
            return redirect("portal:home")
        return _welcome(request, found)
    member = own and found.organisation.memberships.filter(user=request.user).exists()
    state = "member" if member else "join" if own else "other"
    return render(request, "account/invitation.html", {"invitation": found, "state": state})


def _with_new_account(request, found):
    form = AccountForm(request.POST if request.method == "POST" else None, email=found.email)
    if request.method == "POST" and form.is_valid():
        try:
            user = create_account(
                invitation=found, name=form.cleaned_data["name"], password=form.cleaned_data["password1"]
            )
        except Refused as refusal:
            form.add_error(None, in_words(refusal.message))
        else:
            perform_login(request, user, redirect_url="/")
            return _welcome(request, found)
    return render(request, "account/invitation.html", {"invitation": found, "state": "new", "form": form})


def _welcome(request, found):
    """To the devices, in the organisation that was joined."""
    notes.success(request, _("Welcome to %(organisation)s.") % {"organisation": found.organisation})
    response = redirect("portal:home")
    response.set_cookie("organisation", str(found.organisation_id), samesite="Lax", secure=request.is_secure())
    return response
