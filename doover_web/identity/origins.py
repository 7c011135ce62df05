"""Whether the page behind a request is one of ours: cookies travel by themselves, so only then do they count."""

from urllib.parse import urlsplit

from django.conf import settings


def is_ours(origin: str, host: str) -> bool:
    """Whether `origin` (a browser's Origin header) is this site at `host`, or one that the settings name."""
    if origin in settings.CORS_ALLOWED_ORIGINS or origin == settings.PUBLIC_URL:
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    scheme = "https" if settings.SECURE_HTTPS else "http"
    return parts.scheme == scheme and bool(host) and parts.netloc.lower() == host.lower()
