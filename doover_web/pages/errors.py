"""The page for a fault of the server itself."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def server_error(request: HttpRequest) -> HttpResponse:
    """Says that the fault is ours, with the number under which the log knows it; asks nothing of the database."""
    return render(None, "500.html", {"reference": getattr(request, "id", "")}, status=500)
