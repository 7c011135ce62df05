"""A person's own account: name, zone, and the browsers that are signed in."""

import re
import zoneinfo

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages as notes
from django.contrib.sessions.models import Session
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from doover_web.common.wire import Refused
from doover_web.identity.actions.account import edit_account, end_sessions
from doover_web.identity.auth import caller_of_user
from doover_web.notifications.actions.preference import quiet_hours_follow
from doover_web.pages.listing import read_listing

from .browsers import browser_words
from .page import page

KINDS = Authenticator.Type


@page
@require_http_methods(["GET", "HEAD", "POST"])
def me(request):
    """Name, zone and language, and the way to everything else about the account."""
    problem = ""
    if request.method == "POST":
        try:
            given = {key: request.POST.get(key, "") for key in ("name", "zone", "language")}
            _edit(request, given)
            with translation.override(given["language"] or translation.get_language_from_request(request)):
                notes.success(request, _("Saved."))
            return redirect("portal:me")
        except Refused as refusal:
            problem = refusal.message
    kinds = set(Authenticator.objects.filter(user=request.user).values_list("type", flat=True))
    context = {
        "problem": problem,
        "name": request.POST.get("name", request.user.agent.display_name),
        "zones": sorted(zoneinfo.available_timezones()),
        "languages": settings.LANGUAGES,
        "has_app": KINDS.TOTP in kinds,
        "has_key": KINDS.WEBAUTHN in kinds,
        "sessions": _sessions(request.user).count(),
    }
    return render(request, "account/me.html", context, status=400 if problem else 200)


@transaction.atomic
def _edit(request, given: dict[str, str]) -> None:
    before = request.user.zone or str(timezone.get_current_timezone())
    edit_account(user=request.user, **given, by=caller_of_user(request.user))
    if given["zone"]:
        quiet_hours_follow(agent=request.user.agent, before=before, now=given["zone"])


@page
@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request):
    """Where somebody is signed in; each can be signed out from here."""
    found = _sessions(request.user)
    if request.method == "POST":
        asked = request.POST.get("session", "")
        chosen = found.exclude(session_key=request.session.session_key)
        if asked != "others":
            chosen = chosen.filter(pk=asked if re.fullmatch("[0-9]{1,19}", asked) else None)
        ended = list(chosen)
        end_sessions(sessions=ended, by=caller_of_user(request.user))
        notes.success(request, _("Signed out there.") if ended else _("That browser was signed out already."))
        return redirect("portal:sessions")
    shown = read_listing(request.GET, sorts=["used"]).page(found.order_by("-last_seen_at", "-id"))
    for one in shown:
        one.words = browser_words(one.user_agent)
    context = {"page": shown, "here": request.session.session_key}
    return render(request, "account/sessions.html", context)


def _sessions(user):
    alive = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    return UserSession.objects.filter(user=user, session_key__in=alive).select_related("user__agent")
