"""What the frame of every page shows: the theme, the zone, the words of its scripts."""

from django.conf import settings
from django.utils import timezone, translation

from . import words
from .catalogue import version_of

THEMES = ("light", "dark")
MANIFEST = "/manifest.webmanifest"


def frame(request) -> dict:
    """The values of `base.html`, under one name so that no page can shadow them by accident."""
    theme = request.COOKIES.get("theme", "")
    now = timezone.localtime()
    return {
        "frame": {
            "manifest": MANIFEST,
            "theme": theme if theme in THEMES else "",
            "languages": settings.LANGUAGES,
            "tiles": settings.TILE_URL,
            "tiles_from": settings.TILE_ATTRIBUTION,
            "side": "folded" if request.COOKIES.get("side") == "folded" else "",
            "sends_mail": sends_mail(),
            "now": int(now.timestamp() * 1000),  # by which scripts reckon, whatever the browser's clock says
            "zone": str(now.tzinfo),
            "zone_label": words.zone_label(now),
            # Empty for the language that the code is written in: its scripts need no catalogue.
            "words_version": version_of(translation.get_language() or ""),
        }
    }


def sends_mail() -> bool:
    """Whether mails leave this server; else they stand in its log."""
    return not settings.EMAIL_BACKEND.endswith(".console.EmailBackend")
