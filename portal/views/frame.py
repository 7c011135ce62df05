"""What the frame of every page does: the choice of a theme and a language, signing out and coming back."""

from allauth.account.views import logout
from django.conf import settings
from django.http import HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from doover_web.identity.auth import in_organisation
from doover_web.identity.changes import rights_changed
from doover_web.identity.sessions import ORGANISATION_COOKIE, caller_of_session, stop_assuming
from doover_web.pages.kept import kept_for

from ..page import page

YEAR = 365 * 24 * 3600


@require_POST
def theme(request):
    """Switch between light and dark, for browsers without scripts; the choice is a cookie."""
    wanted = "light" if request.COOKIES.get("theme") == "dark" else "dark"
    response = HttpResponseRedirect(back(request))
    response.set_cookie("theme", wanted, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    return response


@require_POST
def language(request):
    """Speak another language to somebody who is not signed in; the choice is a cookie."""
    response = HttpResponseRedirect(back(request))
    wanted = request.POST.get("language", "")
    if wanted in dict(settings.LANGUAGES):
        options = {"samesite": "Lax", "secure": request.is_secure()}
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, wanted, max_age=YEAR, **options)
    return response


@page
@require_POST
def organisation(request):
    """Go to one of one's organisations, which the browser remembers, or to none in particular."""
    wanted = request.POST.get("organisation", "")
    if not wanted:
        response = redirect("portal:home")
        response.delete_cookie(ORGANISATION_COOKIE, samesite="Lax")
        return response
    in_organisation(caller_of_session(request.user, request.session), wanted)
    there = back(request)
    # A page of the admin portal may be about something of the organisation that one leaves.
    response = redirect("admin_site:overview") if there.startswith("/admin-portal/") else HttpResponseRedirect(there)
    options = {"samesite": "Lax", "secure": request.is_secure(), "httponly": True}
    response.set_cookie(ORGANISATION_COOKIE, wanted, max_age=YEAR, **options)
    return response


@page
@require_POST
def stop(request):
    """Be oneself again after acting as somebody else."""
    stop_assuming(session=request.session, by=caller_of_session(request.user, request.session))
    return redirect("portal:home")


@page
@require_safe
def again(request):
    """What one was about to send when one's sign-in had ended: it can be sent now."""
    kept = kept_for(request)
    return redirect("portal:home") if kept is None else render(request, "portal/again.html", {"kept": kept})


def back(request) -> str:
    """The page that a form was on, if it is one of ours."""
    there = request.POST.get("next", "/")
    return there if url_has_allowed_host_and_scheme(there, allowed_hosts={request.get_host()}) else "/"


def sign_out(request):
    """Ends the session; pages that are open in other tabs hear of it at once."""
    agent_id = request.user.agent_id if request.user.is_authenticated else None
    response = logout(request)
    if agent_id is not None and not request.user.is_authenticated:
        rights_changed(agent_id)
    return response
