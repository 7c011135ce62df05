"""Choices that the frame of every page remembers."""

from django.http import HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

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
