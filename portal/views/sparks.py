"""The course of the last day beside the devices of a list; read after the page."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from ..listed import courses_of, read_ids
from ..page import page


@page
@require_safe
def sparks(request):
    """`?of=…&of=…`: the courses of these devices, as many as a page of the list has."""
    courses = courses_of(request.caller, read_ids(request.GET.getlist("of")))
    return render(request, "portal/_sparks.html", {"courses": courses})
