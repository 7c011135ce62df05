"""The devices of the organisation, and making a new one."""

from django.db import transaction
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from doover_web.common.wire import BadRequest, Refused
from doover_web.control.actions.device import create_device
from doover_web.control.actions.solution_install import create_solution_install
from doover_web.control.config import resolve
from doover_web.control.links import group_linked, type_linked
from doover_web.control.models import DeviceType
from doover_web.identity.models import Agent
from doover_web.pages.export import csv_response
from doover_web.pages.listing import read_listing
from doover_web.pages.page import page
from doover_web.pages.permission_words import in_words

from ..drafts import Draft, drawn, form_over, sent
from ..fleet import SORTS, Row, choices, listed, ordered, read_filters, row_of
from ..place import MANAGING, id_of, may, organisation_of


@page
@require_safe
def devices(request):
    """The list with its filters; ticked ones, or all that fit, can be changed together."""
    organisation = organisation_of(request, *MANAGING, "access_site")
    listing, filters = read_listing(request.GET, sorts=SORTS), read_filters(request.GET)
    found = ordered(listed(request.caller, organisation, filters, listing.search), listing.sort, listing.descending)
    shown = listing.page(found)
    context = {
        "section": "fleet",
        "organisation": organisation,
        "listing": listing,
        "filters": filters,
        "page": shown,
        "rows": [row_of(one) for one in shown],
        **choices(request, organisation),
    }
    return render(request, "admin_site/devices.html", context)


@page
@require_safe
def download(request):
    """The list as its filters show it, as CSV."""
    organisation = organisation_of(request, *MANAGING, "access_site")
    listing, filters = read_listing(request.GET, sorts=SORTS), read_filters(request.GET)
    found = ordered(listed(request.caller, organisation, filters, listing.search), listing.sort, listing.descending)
    columns = [
        "id",
        "name",
        "machine name",
        "state",
        "type",
        "group",
        "tags",
        "applications",
        "not in step",
        "last seen",
    ]
    lines = (_line(one) for one in map(row_of, found.iterator(chunk_size=1000)))
    return csv_response(request, "devices", columns, lines)


def _line(row: Row) -> list:
    one = row.device
    counts = [one.installs, one.apart]  # type: ignore[attr-defined]
    titles = [one.title, one.name, row.presence.words, row.type or "", one.group or "", ", ".join(row.tags)]
    return [str(one.id), *titles, *counts, row.seen or ""]


@page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request):
    """First the type, then name, place in the tree and what the type asks for; the answer shows the secret, once."""
    organisation = organisation_of(request, *MANAGING, "access_site")
    offered = choices(request, organisation)
    kind = _type(request)
    draft, problem = Draft(), ""
    schema: dict = kind.device_extra_config_schema if kind else {}
    form = form_over(schema)
    if request.method == "POST" and kind is not None:
        draft = sent(request, form, {}, faults=lambda document: resolve(schema, [document]).issues)
        if draft.is_good and request.POST.get("do") == "save":
            try:
                agent, secret = _made(request, kind, draft.own or {})
                return render(request, "admin_site/device_made.html", _told(agent, secret), status=201)
            except Refused as refusal:
                if refusal.status not in (400, 409):
                    raise
                problem = f"{in_words(refusal.message)}."
    context = {
        "section": "fleet",
        "kind": kind,
        "asked": request.POST,
        "problem": problem,
        "draft": draft,
        "document": drawn(request, form, {}, draft) if kind else None,
        "asks_more": bool(kind and form.every(form.schema)),
        "root": organisation.root_group,
        "may_manage_types": may(request, organisation, "device_types_manage"),
        **offered,
    }
    return render(request, "admin_site/device_new.html", context, status=400 if problem else draft.status)


def _type(request) -> DeviceType | None:
    text = request.POST.get("type") or request.GET.get("type", "")
    return type_linked(request.caller, id_of(text), "type") if text else None


@transaction.atomic
def _made(request, kind: DeviceType, extra: dict) -> tuple[Agent, str]:
    asked, by = request.POST, request.caller
    if not asked.get("group"):
        raise BadRequest(_("Choose the group it hangs in"), code="no_group")
    fields = {"display_name": asked.get("display_name", ""), "name": asked.get("name", "").strip() or None}
    fields |= {"notes": asked.get("notes", ""), "extra_config": extra}
    group = group_linked(by, id_of(asked["group"]))
    agent, secret = create_device(group=group, device_type=kind, fields=fields, by=by)
    if kind.solution is not None:
        create_solution_install(device=agent, solution=kind.solution, fields={}, by=by)
    return agent, secret


def _told(agent: Agent, secret: str) -> dict:
    return {"section": "fleet", "agent": agent, "client_id": agent.as_device.client_key, "secret": secret}


def back_to(agent: Agent, tab: str = ""):
    """To the page of a device, at one of its parts."""
    target = redirect("admin_site:device_settings", agent.id)
    if tab:
        target["Location"] += f"?tab={tab}"
    return target
