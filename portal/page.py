"""The frame of the pages of this site: signed-in people only, refusals as pages, and who may use the site at all."""

import functools

from django.shortcuts import render

from doover_web.identity.site import who_to_ask, without_site
from doover_web.pages.page import page as any_page
from doover_web.pages.page import refused

__all__ = ["page", "refused"]
# One's own account and the channel viewer are no part of an organisation's site; their rights are their own.
EVERYBODY = {
    *("me", "sessions", "tokens", "profile", "notifications", "endpoints", "subscriptions"),
    *("theme", "again", "bell", "organisation", "stop_assuming", "invitation", "sign_out", "help"),
    *("agents", "start", "channels", "connections", "download", "export", "import", "channel"),
}


def page(view):
    """A page for signed-in people who may use the site of the organisation they are in (`access_site`)."""

    @any_page
    @functools.wraps(view)
    def shown(request, *args, **kwargs):
        match = request.resolver_match
        if match is not None and match.url_name not in EVERYBODY and (closed := without_site(request.caller)):
            return render(request, "portal/no_site.html", {"closed": closed, "ask": who_to_ask(closed)}, status=403)
        return view(request, *args, **kwargs)

    return shown
