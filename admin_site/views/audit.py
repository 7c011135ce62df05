"""Who did what to what: the audit log, filtered by its address."""

import re
from datetime import datetime, timedelta

from django.db.models import Q
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from doover_web.common.wire import NotFound
from doover_web.identity.models import AuditEntry
from doover_web.pages.export import csv_response
from doover_web.pages.listing import LONGEST_SEARCH, read_listing
from doover_web.pages.page import page

from ..place import id_of, organisation_of

MAY = ("users_manage", "user_permissions_manage")
FILTERS = ("actor", "action", "subject", "after", "before")
HEAD = ["time", "actor", "acting for", "action", "kind", "subject", "id", "source", "address", "browser", "change"]


@page
@require_safe
def audit(request):
    """Newest first."""
    organisation = organisation_of(request, *MAY)
    context = {
        "section": "audit",
        "page": read_listing(request.GET, sorts=["time"]).page(_found(request, organisation).order_by("-id")),
        "asked": {name: _asked(request, name) for name in FILTERS},
        "filtered": any(_asked(request, name) for name in FILTERS),
    }
    return render(request, "admin_site/audit.html", context)


@page
@require_safe
def download(request):
    """What the filters leave, as CSV."""
    entries = _found(request, organisation_of(request, *MAY)).order_by("-id").iterator(chunk_size=500)
    rows = (
        (
            *(one.at, one.assumed_by_name or one.actor_name, one.actor_name if one.assumed_by_id else ""),
            *(one.action, one.subject_kind, one.subject_name, one.subject_id),
            *(one.source, one.address, one.user_agent, one.metadata or ""),
        )
        for one in entries
    )
    return csv_response(request, "audit", HEAD, rows)


@page
@require_safe
def entry(request, entry_id: str):
    """One entry, at an address of its own."""
    organisation = organisation_of(request, *MAY)
    found = _all(request, organisation).filter(pk=id_of(entry_id)).first()
    if found is None:
        raise NotFound("There is no such entry")
    return render(request, "admin_site/audit_entry.html", {"section": "audit", "entry": found})


def _all(request, organisation):
    """A superuser also sees what belongs to no organisation, such as sign-ins with an unknown address."""
    entries = AuditEntry.objects.told_to(organisation)
    return entries | AuditEntry.objects.filter(organisation_id=None) if request.caller.is_superuser else entries


def _found(request, organisation):
    entries = _all(request, organisation)
    if actor := _asked(request, "actor"):
        entries = entries.filter(_named("actor", actor) | _named("assumed_by", actor))
    if subject := _asked(request, "subject"):
        entries = entries.filter(_named("subject", subject) | Q(metadata__email__icontains=subject))
    if action := _asked(request, "action"):
        entries = entries.filter(action__istartswith=action)
    if after := _day(_asked(request, "after")):
        entries = entries.filter(at__gte=after)
    if before := _day(_asked(request, "before"), later=1):
        entries = entries.filter(at__lt=before)
    return entries


def _asked(request, name: str) -> str:
    return request.GET.get(name, "").replace("\x00", "").strip()[:LONGEST_SEARCH]


def _named(field: str, text: str) -> Q:
    by_id = Q(**{f"{field}_id": int(text)}) if re.fullmatch("-?[0-9]{1,19}", text) else Q()
    return Q(**{f"{field}_name__icontains": text}) | by_id


def _day(text: str, later: int = 0) -> datetime | None:
    """The beginning of a day, or of one so many days later, in the viewer's zone; None for what is no date."""
    try:
        day = parse_date(text)
        day = day and day + timedelta(days=later)
    except (ValueError, OverflowError):
        return None
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_current_timezone()) if day else None
