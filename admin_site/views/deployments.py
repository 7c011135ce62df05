"""The deployments of an install, one of them with its log, and what differs between two."""

from django.contrib import messages as notes
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from doover_web.common.wire import BadRequest, Forbidden, Refused
from doover_web.data.access import sees_secrets
from doover_web.deployments.access import check_configures, deployment_to_change, deployment_to_see, install_to_see
from doover_web.deployments.actions.deployment import cancel, redeploy, retry, roll_back
from doover_web.deployments.models import Deployment
from doover_web.identity.permissions import rights_over
from doover_web.pages.difference import changes, difference
from doover_web.pages.listing import read_listing
from doover_web.pages.page import page
from doover_web.pages.parts import part_of
from doover_web.pages.permission_words import in_words

from ..deployed import STATES, log_of, state_of
from ..install_settings import Settings
from ..place import MANAGING, id_of, organisation_of
from .installs import frame_of


@page
@require_safe
def deployments(request, install_id: str):
    """All of an install, the newest first; two of them side by side with `?a=…&b=…`."""
    found = install_to_see(request.caller, id_of(install_id))
    rows = Deployment.objects.filter(install=found).select_related("version").order_by("-id")
    shown = read_listing(request.GET, sorts=["time"]).page(rows)
    context = {
        **frame_of(request, found),
        "tab": "deployments",
        "settings": _settings(request, found.id),
        "page": shown,
        "rows": [state_of(one) for one in shown],
    }
    if part_of(request) == "list":
        return render(request, "admin_site/_deployments.html", context)
    return render(request, "admin_site/deployments.html", context | _compared(request, found))


@page
@require_safe
def all_deployments(request):
    """Those on devices that one may see, the newest first; `?status=FAI`, or `open` for those under way."""
    organisation = organisation_of(request, *MANAGING, "access_site")
    status = request.GET.get("status", "")
    found = Deployment.objects.visible_to(request.caller).filter(agent__organisation=organisation)
    if status == "open":
        found = found.open()
    elif status in STATES:
        found = found.filter(status=status)
    shown = read_listing(request.GET, sorts=["time"]).page(found.select_related("agent", "install").order_by("-id"))
    context = {
        "section": "overview",
        "status": status,
        "states": [(key, words) for key, (_mark, words) in STATES.items()],
        "page": shown,
        "rows": [state_of(one) for one in shown],
    }
    return render(request, "admin_site/all_deployments.html", context)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def deployment(request, deployment_id: str):
    """One deployment with its log as it grows, and what it changed."""
    found = deployment_to_see(request.caller, id_of(deployment_id))
    if request.method == "POST":
        return _act(request, found)
    context = {
        "section": "installs",
        "deployment": found,
        "state": state_of(found),
        "log": log_of(found),
        "may_change": _configures(request, found),
        "lines": _changed(request, found),
    }
    whole = part_of(request) != "log"
    return render(request, "admin_site/deployment.html" if whole else "admin_site/_deployment.html", context)


VERBS = {"cancel": cancel, "retry": retry, "rollback": roll_back, "again": redeploy}


def _act(request, found: Deployment):
    """Do what a button asks for; another deployment may come of it."""
    verb = VERBS.get(request.POST.get("do", ""))
    if verb is None:
        raise BadRequest("This form is not known here", code="bad_form")
    found = deployment_to_change(request.caller, found.id)
    try:
        found = verb(deployment=found, by=request.caller)
    except Forbidden:
        raise
    except Refused as refusal:
        notes.error(request, f"{in_words(refusal.message)}.")
    else:
        notes.success(request, _("Cancelled.") if verb is cancel else _("On its way."))
    return redirect("admin_site:deployment", found.id)


def _configures(request, found: Deployment) -> bool:
    try:
        check_configures(request.caller, found.agent, found.application.type)
    except Forbidden:
        return False
    return True


def _changed(request, found: Deployment) -> list:
    """What it changed of what stood there before."""
    if found.install is None or found.action == Deployment.Action.REMOVE:
        return []
    settings = _settings(request, found.install_id)
    before = found.previous.deployment_config if found.previous else {}
    return difference(settings.covered(before), settings.covered(found.deployment_config))


def _compared(request, found) -> dict:
    """The two that somebody ticked, the older one first."""
    wanted = [id_of(text) for text in request.GET.getlist("of") if text.lstrip("-").isdigit()][:2]
    pair = list(Deployment.objects.filter(install=found, pk__in=wanted).order_by("id"))
    if len(pair) < 2:
        return {"is_asked": "of" in request.GET}
    settings = _settings(request, found.id)
    lines = difference(*[settings.covered(one.deployment_config) for one in pair])
    return {"pair": pair, "lines": lines, "changes": changes(lines), "ticked": {one.id for one in pair}}


def _settings(request, install_id: int) -> Settings:
    install = install_to_see(request.caller, install_id)
    shows = sees_secrets(request.caller, install.agent_id, rights_over(request.caller, install.agent))
    return Settings(install, shows_secrets=shows)
