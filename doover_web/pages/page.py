"""What every page of a signed-in person has in common."""

import functools

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from doover_web.common.wire import Refused


def page(view):
    """A view for signed-in people; a refusal becomes an error page that says what it is about."""

    @login_required
    @functools.wraps(view)
    def shown(request, *args, **kwargs):
        try:
            response = view(request, *args, **kwargs)
        except Refused as refusal:
            response = refused(request, refusal)
        patch_cache_control(response, private=True, no_cache=True)
        return response

    return shown


def refused(request, refusal: Refused):
    """The error page of a refusal. What one may not see looks the same as what is not there."""
    if refusal.status == 404:
        return render(request, "404.html", status=404)
    if refusal.status == 403:
        return render(
            request,
            "403.html",
            {"reason": _("%(reason)s. Ask an administrator.") % {"reason": refusal.message}},
            status=403,
        )
    return render(request, "400.html", {"reason": refusal.message}, status=refusal.status)
