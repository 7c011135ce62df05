"""What a person signs in with from elsewhere: personal tokens, applications, and profiles for the command line."""

import re

from allauth.account.decorators import reauthentication_required
from django.contrib import messages as notes
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from doover_web.common.wire import BadRequest, Refused
from doover_web.identity.actions.token import (
    create_personal_token,
    personal_tokens,
    revoke_token,
    signed_in_applications,
)
from doover_web.identity.auth import caller_of_user
from doover_web.identity.models import Token
from doover_web.identity.profile import profile_block
from doover_web.pages.listing import read_listing
from doover_web.pages.permission_words import in_words

from .page import page

SCOPES = {
    "read": gettext_lazy("Look only"),
    "control": gettext_lazy("Look and control"),
    "full": gettext_lazy("Everything that I may do"),
}
DAYS = (7, 30, 90, 365)


@page
@reauthentication_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request):
    """Personal tokens, and the applications that are signed in. A new token is shown in the answer, and only there."""
    problem = secret = ""
    if request.method == "POST":
        try:
            if request.POST.get("do") == "revoke":
                return _revoke(request)
            secret = _create(request)
        except Refused as refusal:
            problem = f"{in_words(refusal.message)}."
    kind = "applications" if request.GET.get("kind") == "applications" else "personal"
    found = personal_tokens(request.user) if kind == "personal" else signed_in_applications(request.user)
    context = {
        "problem": problem,
        "secret": secret,
        "kind": kind,
        "page": read_listing(request.GET, sorts=["made"]).page(found),
        "scopes": SCOPES,
        "days": DAYS,
        "asked": request.POST if problem else {},
    }
    return render(request, "account/tokens.html", context, status=400 if problem else 200)


@page
@reauthentication_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request):
    """A block for the configuration file of the command line and the libraries."""
    block = problem = ""
    name = request.POST.get("name", "doover_web").strip()
    days = request.POST.get("days", "90")
    if request.method == "POST":
        if not re.fullmatch(r"[\w.@-]{1,60}", name, re.ASCII) or days not in {str(one) for one in DAYS}:
            problem = _("A profile's name has letters, digits and . _ - @ only.")
        else:
            block = profile_block(request.user, name, days=int(days))
    context = {"made": block, "problem": problem, "name": name, "chosen": days, "days": DAYS}
    return render(request, "account/profile.html", context, status=400 if problem else 200)


def _create(request) -> str:
    asked = request.POST
    days = asked.get("days", "")
    if days not in {str(one) for one in DAYS}:
        raise BadRequest(_("Choose how long the token lives"), code="bad_days")
    _token, secret = create_personal_token(
        user=request.user,
        name=asked.get("name", ""),
        scope=asked.get("scope", ""),
        days=int(days),
        by=caller_of_user(request.user),
    )
    return secret


def _revoke(request):
    text = request.POST.get("token", "")
    own = Token.objects.filter(agent_id=request.user.agent_id, kind__in=(Token.Kind.PERSONAL, Token.Kind.REFRESH))
    token = own.filter(pk=text if re.fullmatch("-?[0-9]{1,19}", text) else None).select_related("agent").first()
    if token is not None and revoke_token(token=token, by=caller_of_user(request.user)):
        notes.success(request, _("Revoked; it opens no door any more."))
    return redirect(request.get_full_path())
