"""What every page of a signed-in person has in common."""

import functools

from django.contrib.auth.views import redirect_to_login
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from doover_web.common.wire import Refused

from .kept import keep, remember_who
from .permission_words import in_words
from .posted import readable, untold


def page(view):
    """A view for signed-in people; a refusal becomes an error page that says what it is about."""

    @functools.wraps(view)
    def shown(request, *args, **kwargs):
        if not request.user.is_authenticated:
            return to_the_door(request)
        if request.method == "POST":
            request.POST = readable(request.POST)
        try:
            response = view(request, *args, **kwargs)
        except Refused as refusal:
            response = refused(request, refusal)
        if wrong := untold(request.POST, response):
            response = refused(request, wrong)
        patch_cache_control(response, private=True, no_cache=True)
        remember_who(request, response)
        return response

    return shown


def to_the_door(request):
    """To the sign-in page, and back from there; a form that was sent meanwhile is kept and can be sent then."""
    is_kept = request.method == "POST" and keep(request)
    return redirect_to_login(reverse("portal:again") if is_kept else request.get_full_path())


def refused(request, refusal: Refused):
    """The error page of a refusal. What one may not see looks the same as what is not there."""
    if refusal.status == 404:
        return render(request, "404.html", status=404)
    if refusal.status == 403:
        return render(
            request,
            "403.html",
            {"reason": _("%(reason)s. Ask an administrator.") % {"reason": in_words(refusal.message)}},
            status=403,
        )
    return render(request, "400.html", {"reason": in_words(refusal.message)}, status=refusal.status)
