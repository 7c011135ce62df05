"""Integrations: what the organisation's own applications are called by from outside, and the tokens for that."""

from dataclasses import dataclass

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.db.models import Count, Q
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from doover_web.common.wire import BadRequest, Forbidden, NotFound, Refused
from doover_web.control.models import AppInstall, Application
from doover_web.identity.models import Organisation
from doover_web.pages.listing import read_listing
from doover_web.pages.page import page
from doover_web.pages.permission_words import in_words
from doover_web.processors.access import host_to_change, trigger_to_change
from doover_web.processors.actions import renew_token
from doover_web.processors.models import IngestionEndpoint, Invocation

from ..place import id_of, organisation_of
from .credentials import Made

MANAGES = "integrations_manage"
MOST_ENDPOINTS = 50
LAST_CALLS = 20


@dataclass(frozen=True, slots=True)
class Door:
    """An endpoint as the page shows it."""

    endpoint: IngestionEndpoint
    address: str
    waiting: int


@page
@require_safe
def integrations(request):
    """The integrations of the organisation, with how many endpoints each has."""
    organisation = organisation_of(request, MANAGES)
    listing = read_listing(request.GET, sorts=["name"])
    found = _installs(organisation).filter(
        Q(display_name__icontains=listing.search) | Q(name__icontains=listing.search)
    )
    shown = listing.page(found.order_by("display_name", "id"))
    doors = _counted(organisation, [one.name for one in shown])
    context = {
        "section": "integrations",
        "listing": listing,
        "page": shown,
        "rows": [(one, doors.get(one.name, 0)) for one in shown],
    }
    return render(request, "admin_site/integrations.html", context)


@page
@reauthentication_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def integration(request, install_id: str):
    """One integration: where it is called, who may call, the last calls; a token can be replaced."""
    organisation = organisation_of(request, MANAGES)
    install = _installs(organisation).filter(pk=id_of(install_id)).first()
    if install is None:
        raise NotFound("There is no such integration")
    made, problem = _renewed(request, organisation, install) if request.method == "POST" else (None, "")
    doors = _doors(install)
    calls = Invocation.objects.filter(endpoint__in=[one.endpoint for one in doors])
    context = {
        "section": "integrations",
        "install": install,
        "made": made,
        "problem": problem,
        "doors": doors,
        "calls": calls.defer("payload").order_by("-id")[:LAST_CALLS],
    }
    return render(request, "admin_site/integration.html", context, status=400 if problem else 200)


def _installs(organisation: Organisation):
    on_it = AppInstall.objects.in_use().filter(agent_id=organisation.agent_id)
    installs = on_it.filter(application__type=Application.Type.INTEGRATION).select_related("application")
    return installs.defer("application__deployment_data", "application__config_schema", "application__ui_schema")


def _counted(organisation: Organisation, keys: list[str]) -> dict[str, int]:
    here = IngestionEndpoint.objects.filter(function__agent_id=organisation.agent_id, function__app_key__in=keys)
    return dict(here.values_list("function__app_key").annotate(number=Count("id")))


def _endpoints(install: AppInstall):
    return IngestionEndpoint.objects.filter(function__agent_id=install.agent_id, function__app_key=install.name)


def _doors(install: AppInstall) -> list[Door]:
    waiting = Count("invocations", filter=Q(invocations__status=Invocation.Status.QUEUED))
    found = _endpoints(install).select_related("token").annotate(waiting=waiting).order_by("id")[:MOST_ENDPOINTS]
    base = f"{settings.PUBLIC_URL}/api/agents/{install.agent_id}/processors/ingestions"
    return [Door(one, f"{base}/{one.id}/invoke", one.waiting) for one in found]


def _renewed(request, organisation: Organisation, install: AppInstall) -> tuple[Made | None, str]:
    """The new token of one of the integration's endpoints, or what is wrong."""
    try:
        endpoint = _endpoint_asked(request, organisation, install)
        secret = renew_token(trigger=endpoint, by=request.caller).secret
    except (Forbidden, NotFound):
        raise
    except Refused as refusal:
        return None, f"{in_words(refusal.message)}."
    return Made(_("Endpoint %(id)s: the new token") % {"id": endpoint.id}, secret), ""


def _endpoint_asked(request, organisation: Organisation, install: AppInstall) -> IngestionEndpoint:
    if request.POST.get("do") != "renew":
        raise BadRequest(_("This form is not known here"), code="bad_form")
    host = host_to_change(request.caller, organisation.agent_id)
    endpoint = trigger_to_change(IngestionEndpoint, host, request.POST.get("endpoint", ""))
    if endpoint.function.app_key != install.name:
        raise NotFound("This integration has no such endpoint")
    return endpoint
