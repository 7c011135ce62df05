"""Parts of pages, which scripts read anew by `?part=`."""

from django.http import HttpRequest


def part_of(request: HttpRequest) -> str:
    """The part that is asked for, empty for the whole page: what a form is answered with is always a whole one."""
    return request.GET.get("part", "") if request.method in ("GET", "HEAD") else ""
