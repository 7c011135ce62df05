"""What the frame of every page does: the choice of a theme, signing out."""

from allauth.account.views import logout
from django.http import HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from doover_web.gateway.fanout import recheck

YEAR = 365 * 24 * 3600


@require_POST
def theme(request):
    """Switch between light and dark, for browsers without scripts; the choice is a cookie."""
    wanted = "light" if request.COOKIES.get("theme") == "dark" else "dark"
    there = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(there, allowed_hosts={request.get_host()}):
        there = "/"
    response = HttpResponseRedirect(there)
    response.set_cookie("theme", wanted, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    return response


def sign_out(request):
    """Ends the session; pages that are open in other tabs hear of it at once."""
    agent_id = request.user.agent_id if request.user.is_authenticated else None
    response = logout(request)
    if agent_id is not None and not request.user.is_authenticated:
        recheck(agent_id)
    return response
