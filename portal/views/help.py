"""How the site is to be read, on one page."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from ..page import page
from ..ui.presence import Presence
from ..words import STATE_WORDS


@page
@require_safe
def help(request):
    """What the badges and the chip in the header mean, and the keys."""
    badges = [Presence(key, str(word)) for key, word in STATE_WORDS.items()]
    return render(request, "portal/help.html", {"section": "help", "badges": badges})
