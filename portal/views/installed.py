"""What makes the site one that can be installed: its service worker, and the page for when the server is not there."""

from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe


@require_safe
def worker(request):
    """The one service worker. Its address decides what it may serve, so it stands at the root."""
    with open(finders.find("js/worker.js"), "rb") as file:  # a few kilobytes, asked for once a day at most
        response = HttpResponse(file.read(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def offline(request):
    """The same for everybody, as browsers keep it; what a device last said is in the browser alone."""
    response = render(request, "portal/offline.html")
    patch_cache_control(response, no_cache=True)
    return response
