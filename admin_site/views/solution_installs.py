"""A solution on a device: its few values, its applications, deployed as a set."""

from django.contrib import messages as notes
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from doover_web.common.wire import BadRequest, Forbidden, NotFound, Refused
from doover_web.control.actions import solution_install as verbs
from doover_web.control.config import resolve
from doover_web.control.deployed import with_newest
from doover_web.control.models import AppInstall, SolutionInstall
from doover_web.data.redaction import hide_secrets
from doover_web.identity.models import Agent
from doover_web.identity.permissions import Rights, rights_over
from doover_web.pages.page import page
from doover_web.pages.permission_words import in_words

from ..deployed import STATES, mark_of, state_of
from ..drafts import Draft, drawn, form_over, sent
from ..place import id_of

MOST = 100


@page
@require_http_methods(["GET", "HEAD", "POST"])
def solution_install(request, install_id: str):
    """One solution on one device: changed, deployed as a set, taken away."""
    one = _found(request, install_id)
    if request.method != "POST":
        return _drawn(request, one, Draft())
    try:
        return _carry_out(request, one)
    except (Forbidden, NotFound):
        raise
    except Refused as refusal:
        notes.error(request, f"{in_words(refusal.message)}.")
        return redirect("admin_site:solution_install", one.id)


def _found(request, install_id: str) -> SolutionInstall:
    seen = SolutionInstall.objects.filter(device__in=Agent.objects.visible_to(request.caller), pk=id_of(install_id))
    one = seen.select_related("solution__organisation", "device__organisation", "device__group").first()
    if one is None:
        raise NotFound("There is no such solution on a device")
    return one


def _carry_out(request, one: SolutionInstall):
    by = request.caller
    match request.POST.get("do"):
        case "deploy":
            verbs.deploy_solution(install=one, by=by)
            notes.success(request, _("All of its applications are being deployed."))
        case "sync":
            verbs.sync_solution(install=one, by=by)
            notes.success(request, _("Its applications are those of the solution again; nothing was deployed."))
        case "remove":
            verbs.delete_solution_install(install=one, by=by)
            notes.success(request, _("Taken away; its applications are archived."))
            target = redirect("admin_site:device_settings", one.device_id)
            target["Location"] += "?tab=applications"
            return target
        case "save":
            return _settings_sent(request, one)
        case _:
            raise BadRequest("This form is not known here", code="bad_form")
    return redirect("admin_site:solution_install", one.id)


def _settings_sent(request, one: SolutionInstall):
    schema = one.solution.config_schema

    def faults(document: dict):
        given = [one.solution.config, document]
        return [issue for issue in resolve(schema, given).issues if not issue.is_missing]

    draft = sent(request, form_over(schema), one.deployment_config, faults=faults)
    if not draft.is_good:
        return _drawn(request, one, draft)
    fields = {"deployment_config": draft.own, "display_name": request.POST.get("display_name", "").strip()}
    verbs.change_solution_install(install=one, fields=fields, by=request.caller)
    notes.success(request, _("Saved, and being deployed."))
    return redirect("admin_site:solution_install", one.id)


def _drawn(request, one: SolutionInstall, draft: Draft):
    may_change = bool(rights_over(request.caller, one.device) & Rights.CONFIGURE)
    stored = one.deployment_config if may_change else hide_secrets(one.deployment_config)
    members = AppInstall.objects.in_use().filter(solution_install=one).select_related("application").order_by("id")
    context = {
        "section": "fleet",
        "install": one,
        "state": mark_of(STATES, one.status),
        "may_change": may_change,
        "rows": [(each, state_of(each.newest[0]) if each.newest else None) for each in with_newest(members)[:MOST]],  # type: ignore[attr-defined]
        "draft": draft,
        "document": drawn(
            request, form_over(one.solution.config_schema), stored, draft, layers=_layers(one, may_change)
        ),
    }
    return render(request, "admin_site/solution_install.html", context, status=draft.status)


def _layers(one: SolutionInstall, may_change: bool) -> list[tuple[str, dict]]:
    """What the solution gives where the device says nothing."""
    given = one.solution.config if may_change else hide_secrets(one.solution.config)
    return [(_("from the solution"), given)]
