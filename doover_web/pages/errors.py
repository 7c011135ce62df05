"""The page for a fault of the server itself."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static

SHEETS = ("vendor/tabler/tabler.css", "css/tokens.css", "css/base.css", "css/components.css", "css/pages.css")


def server_error(request: HttpRequest) -> HttpResponse:
    """Says that the fault is ours, with the number under which the log knows it; asks nothing of the database."""
    theme = request.COOKIES.get("theme", "")
    context = {
        "reference": getattr(request, "id", ""),
        "sheets": _sheets(),
        "theme": theme if theme in ("light", "dark") else "",
    }
    return render(None, "500.html", context, status=500)


def _sheets() -> list[str]:
    """The house's stylesheets; none where the fault is that they are not there, as this page must come either way."""
    try:
        return [static(name) for name in SHEETS]
    except ValueError:
        return []
