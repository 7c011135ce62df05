"""What the frame of every page shows: the organisation, the person, the theme, the zone."""

from django.conf import settings
from django.utils import timezone

from . import words

THEMES = ("light", "dark")


def frame(request) -> dict:
    """The values of `base.html`, under one name so that no page can shadow them by accident."""
    theme = request.COOKIES.get("theme", "")
    now = timezone.localtime()
    return {
        "frame": {
            "theme": theme if theme in THEMES else "",
            "organisations": _organisations(request),
            "sends_mail": not settings.EMAIL_BACKEND.endswith(".console.EmailBackend"),
            "zone": str(now.tzinfo),
            "zone_label": words.zone_label(now),
        }
    }


def _organisations(request):
    """The names of the organisations this person belongs to, read when the frame draws them."""

    def names() -> list[str]:
        user = getattr(request, "user", None)
        if user is None or not user.is_authenticated:
            return []
        memberships = user.memberships.select_related("organisation").order_by("created_at")
        return [membership.organisation.name for membership in memberships]

    return names
