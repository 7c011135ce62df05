"""One device as those see it who set it up: what it is, its way in, its applications, its own settings."""

from django.contrib import messages as notes
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from doover_web.common.snowflake import now_ms
from doover_web.common.wire import BadRequest, Forbidden, NotFound, Refused
from doover_web.control.actions.device import change_device, set_device_archived
from doover_web.control.actions.install import create_install
from doover_web.control.actions.onboarding import panel_of
from doover_web.control.actions.solution_install import create_solution_install
from doover_web.control.config import resolve
from doover_web.control.deployed import with_newest
from doover_web.control.links import application_linked, group_linked, needed, solution_linked, type_linked
from doover_web.control.models import AppInstall, Application, Device, DeviceType, Solution, SolutionInstall
from doover_web.control.tags import from_text
from doover_web.data.models import Badge
from doover_web.deployments.access import INSTALL
from doover_web.deployments.actions.deployment import deploy_all
from doover_web.identity.models import Agent
from doover_web.identity.permissions import Rights, rights_over
from doover_web.identity.standing import visible_groups
from doover_web.pages.page import page
from doover_web.pages.parts import part_of
from doover_web.pages.permission_words import in_words

from ..deployed import STATES, mark_of, state_of
from ..drafts import Draft, drawn, form_over, sent
from ..fleet import OFFERED, Presence, Row
from ..place import id_of
from .devices import back_to

TABS = {
    "overview": gettext_lazy("Overview"),
    "connect": gettext_lazy("Connect"),
    "applications": gettext_lazy("Applications"),
    "settings": gettext_lazy("Configuration"),
}
MOST_INSTALLS = 200


@page
@require_http_methods(["GET", "HEAD", "POST"])
def device(request, agent_id: str):
    """The page of a device for those who may configure it, in parts."""
    agent = _found(request, agent_id)
    tab = request.GET.get("tab", "overview")
    tab = tab if tab in TABS else "overview"
    if request.method == "POST":
        return _sent(request, agent, tab)
    return _drawn(request, agent, tab, Draft())


def _found(request, agent_id: str) -> Agent:
    seen = Agent.objects.visible_to(request.caller).devices().filter(pk=id_of(agent_id))
    known = seen.select_related("organisation", "group", "badge", "as_device__type")
    agent = known.annotate(state=Badge.objects.state_at(now_ms())).first()
    if agent is None:
        raise NotFound("There is no such device")
    if not rights_over(request.caller, agent) & Rights.CONFIGURE:
        raise Forbidden("This takes the permission device_configure", code="no_permission")
    return agent


def _drawn(request, agent: Agent, tab: str, draft: Draft):
    context = {
        "section": "fleet",
        "agent": agent,
        "known": known_of(agent),
        "row": Row(agent, Presence(agent.state)),  # type: ignore[attr-defined]
        "tabs": TABS,
        "tab": tab,
        "draft": draft,
        **PARTS[tab](request, agent, draft),
    }
    if tab == "connect" and part_of(request) == "waiting":
        return render(request, "admin_site/_device_waiting.html", context)
    return render(request, f"admin_site/device_{tab}.html", context, status=draft.status)


def known_of(agent: Agent) -> Device:
    """What is known of it beside its agent; nothing of a device that nobody described."""
    return getattr(agent, "as_device", None) or Device(agent=agent)


# What each part shows.


def _overview(request, agent: Agent, draft: Draft) -> dict:
    groups = agent.organisation.groups.in_use().filter(visible_groups(request.caller.standing))
    types = DeviceType.objects.visible_to(request.caller.standing).in_use()
    return {"groups": groups.order_by("name")[:OFFERED], "types": types.order_by("name")[:OFFERED]}


def _connect(request, agent: Agent, draft: Draft) -> dict:
    return {"panel": panel_of(agent, request.caller)}


def _applications(request, agent: Agent, draft: Draft) -> dict:
    installs = AppInstall.objects.filter(agent=agent).select_related("application").order_by("display_name", "id")
    in_use = installs.in_use() if "archived" not in request.GET else installs.exclude(archived_at=None)
    rows = [(one, state_of(one.newest[0]) if one.newest else None) for one in with_newest(in_use)[:MOST_INSTALLS]]
    offered = Application.objects.visible_to(request.caller.standing).in_use().filter(type__in=["DEV", "PRO", "TAS"])
    products = Solution.objects.visible_to(request.caller.standing).in_use().order_by("display_name")
    put = SolutionInstall.objects.filter(device=agent).select_related("solution").order_by("id")
    return {
        "rows": rows,
        "solutions": [(one, mark_of(STATES, one.status)) for one in put],
        "products": products.only("id", "display_name")[:OFFERED],
        "archived": "archived" in request.GET,
        "catalogue": offered.order_by("display_name").only("id", "display_name", "name")[:OFFERED],
    }


def _settings(request, agent: Agent, draft: Draft) -> dict:
    known = known_of(agent)
    form = form_over(known.type.device_extra_config_schema if known.type else {})
    beside = AppInstall.objects.in_use().filter(agent=agent).count()
    return {"document": drawn(request, form, known.extra_config, draft), "installs": beside}


PARTS = {"overview": _overview, "connect": _connect, "applications": _applications, "settings": _settings}


# What its forms do.


def _sent(request, agent: Agent, tab: str):
    try:
        if tab == "settings":
            return _settings_sent(request, agent)
        return _carry_out(request, agent)
    except Forbidden:
        raise
    except Refused as refusal:
        notes.error(request, f"{in_words(refusal.message)}.")
        return back_to(agent, tab)


def _carry_out(request, agent: Agent):
    """Do what a form asks for; returns where to go."""
    asked, by = request.POST, request.caller
    match asked.get("do"):
        case "save":
            _change(request, agent)
            notes.success(request, _("Saved."))
        case "archive":
            if asked.get("typed", "").strip() != agent.title:
                raise BadRequest(_("Type the device's name to archive it"), code="not_typed")
            set_device_archived(device=agent, on=True, by=by)
            notes.success(request, _("Archived: it is signed out and in no list; what it said stays."))
        case "unarchive":
            set_device_archived(device=agent, on=False, by=by)
            notes.success(request, _("In use again."))
        case "install":
            application = application_linked(by, id_of(asked.get("application", "")))
            made = create_install(agent=agent, application=application, fields={}, by=by)
            return redirect("admin_site:install", made.id)
        case "put_solution":
            solution = needed(solution_linked(by, id_of(asked.get("solution", "")), "solution"), "solution")
            put = create_solution_install(device=agent, solution=solution, fields={}, by=by)
            return redirect("admin_site:solution_install", put.id)
        case "deploy_all":
            installs = list(AppInstall.objects.in_use().filter(agent=agent).select_related(*INSTALL).order_by("id"))
            deploy_all(installs=installs[:MOST_INSTALLS], by=by)
            notes.success(request, _("All applications are being deployed."))
            return back_to(agent, "applications")
        case _:
            raise BadRequest("This form is not known here", code="bad_form")
    return back_to(agent)


@transaction.atomic
def _change(request, agent: Agent) -> None:
    asked, by = request.POST, request.caller
    since = parse_datetime(asked["history_since"]) if asked.get("history_since") else None
    if asked.get("history_since") and (since is None or since.tzinfo is None):
        raise BadRequest(_("Write a moment with its zone, such as 2026-03-01T08:00:00+10:00"), code="bad_moment")
    fields = {
        "display_name": asked.get("display_name", ""),
        "name": asked.get("name", "").strip(),
        "notes": asked.get("notes", ""),
        "fa_icon": asked.get("fa_icon", "").strip() or None,
        "history_since": since,
    }
    if "tags" in asked:
        fields["tags"] = from_text(asked["tags"])
    change_device(
        device=agent,
        fields=fields,
        group=group_linked(by, id_of(asked["group"])) if asked.get("group") else None,
        device_type=type_linked(by, id_of(asked["type"])) if asked.get("type") else None,
        by=by,
    )


def _settings_sent(request, agent: Agent):
    known = known_of(agent)
    schema = known.type.device_extra_config_schema if known.type else {}

    def faults(document: dict):
        return [one for one in resolve(schema, [document]).issues if not one.is_missing]

    draft = sent(request, form_over(schema), known.extra_config, faults=faults)
    if not draft.is_good or request.POST.get("do") != "save":
        return _drawn(request, agent, "settings", draft)
    change_device(device=agent, fields={"extra_config": draft.own}, by=request.caller)
    notes.success(request, _("Saved. Applications that use these values take them with their next deployment."))
    return back_to(agent, "settings")
