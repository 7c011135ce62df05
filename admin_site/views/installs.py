"""An application on an agent: its settings, saved and deployed, and its coming and going."""

from django.contrib import messages as notes
from django.db import transaction
from django.db.models import Q
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from doover_web.common.wire import BadRequest, Conflict, Forbidden, Refused
from doover_web.control.actions.install import (
    archive_install,
    change_install,
    check_may_change,
    delete_install,
    unarchive_install,
)
from doover_web.control.config import Issue
from doover_web.control.models import AppInstall, ConfigProfile
from doover_web.data.access import sees_secrets
from doover_web.deployments.access import install_to_see
from doover_web.deployments.actions.deployment import deploy
from doover_web.deployments.describe import described
from doover_web.deployments.models import Deployment
from doover_web.identity.models import Agent, AuditEntry
from doover_web.identity.permissions import rights_over
from doover_web.pages.difference import changes, difference
from doover_web.pages.page import page
from doover_web.pages.parts import part_of
from doover_web.pages.permission_words import in_words

from ..deployed import state_of
from ..drafts import Draft, by_place, drawn, sent
from ..install_settings import Settings, stamp_of
from ..place import id_of
from ..starts import started_by

SHOWN = 5  # deployments beside the settings
MOST_PROFILES = 50
# What of the page is read again when a deployment gets on.
PARTS = {"runs": "admin_site/_install_runs.html", "state": "admin_site/_install_state.html"}


class Unfit(Exception):
    """Settings that cannot be deployed, with what is wrong where."""

    def __init__(self, issues: list[Issue]):
        super().__init__()
        self.issues = issues


@page
@require_http_methods(["GET", "HEAD", "POST"])
def install(request, install_id: str):
    """One install: what it is set to, what would change by a deployment, and the last deployments."""
    found = install_to_see(request.caller, id_of(install_id))
    if request.method != "POST":
        return _drawn(request, found, Draft())
    if not may_change(request.caller, found):
        check_may_change(found, request.caller)
    if {"save", "deploy", "show"} & {request.POST.get("do", "")} or "list" in request.POST:
        return _settings_sent(request, found)
    try:
        target = _carry_out(request, found)
    except Refused as refusal:
        notes.error(request, f"{in_words(refusal.message)}.")
        target = reverse("admin_site:install", args=[found.id])
    return redirect(target)


def may_change(caller, found: AppInstall) -> bool:
    try:
        check_may_change(found, caller)
    except Forbidden:
        return False
    return True


# Settings.


def _settings_sent(request, found: AppInstall):
    settings, do = Settings(found, shows_secrets=True), request.POST.get("do", "")
    draft = sent(request, settings.form, settings.own, faults=settings.faults, given=settings.given)
    if not draft.is_good or do not in ("save", "deploy"):
        return _drawn(request, found, draft)
    try:
        _save(request, found, draft.own or {}, deploys=do == "deploy")
    except Conflict as refusal:
        draft.problem, draft.is_conflict, draft.status = (
            in_words(refusal.message),
            refusal.code == "meanwhile",
            refusal.status,
        )
    except Unfit as unfit:
        draft.errors, draft.status = by_place(unfit.issues), 400
    except BadRequest as refusal:
        draft.problem, draft.status = in_words(refusal.message), 400
    else:
        notes.success(request, _("Saved, and being deployed.") if do == "deploy" else _("Saved."))
        return redirect(_address(request, found))
    return _drawn(request, found, draft)


@transaction.atomic
def _save(request, found: AppInstall, own: dict, *, deploys: bool) -> None:
    _check_unchanged(request, found)
    saved = change_install(install=found, fields={"deployment_config": own}, by=request.caller)
    if deploys:
        _check_fits(saved, request.caller)
        deploy(install=saved, by=request.caller)


def _check_unchanged(request, found: AppInstall) -> None:
    """Conflict when somebody changed the install since the form was drawn."""
    locked = AppInstall.objects.select_for_update(of=("self",)).get(pk=found.pk)
    if request.POST.get("stamp") == stamp_of(locked):
        return
    entries = AuditEntry.objects.filter(subject_id=found.pk, action="app.config_changed").order_by("-id")
    last = entries.first()
    who = last.actor_name if last and last.actor_name else _("Somebody")
    message = _("Not saved: %(who)s changed this install while you were at it") % {"who": who}
    raise Conflict(message, code="meanwhile")


def _check_fits(install: AppInstall, caller) -> None:
    wish = described(install_to_see(caller, install.id), caller)
    if wish.issues:
        raise Unfit(wish.issues)


# The page.


def _drawn(request, found: AppInstall, draft: Draft):
    rights = rights_over(request.caller, found.agent)
    changes_it = may_change(request.caller, found)
    settings = Settings(found, shows_secrets=changes_it or sees_secrets(request.caller, found.agent_id, rights))
    offered = settings.offered(request.caller) if changes_it else {}
    document = drawn(request, settings.form, settings.own, draft, layers=settings.below, offered=offered)
    lines = difference(_standing(settings), settings.covered(settings.wanted.block)) if settings.standing else []
    rows = Deployment.objects.filter(install=found).select_related("version").order_by("-id")
    context = {
        **frame_of(request, found),
        "tab": "settings",
        "settings": settings,
        "document": document,
        "draft": draft,
        "lines": lines,
        "changes": changes(lines),
        "rows": [state_of(one) for one in rows[:SHOWN]],
        "profiles": _profiles(found, request.caller),
        "started": started_by(found),
        "versions": found.application.versions.order_by("-number")[:50],
    }
    template = PARTS.get(part_of(request), "admin_site/install.html")
    return render(request, template, context, status=draft.status)


def frame_of(request, found: AppInstall) -> dict:
    """What every page of an install shows above its tabs."""
    newest = Deployment.objects.filter(install=found).order_by("-id").first()
    return {
        "section": "installs",
        "install": found,
        "agent": found.agent,
        "is_device": found.agent.kind == Agent.Kind.DEVICE,
        "may_change": may_change(request.caller, found),
        "newest": state_of(newest) if newest else None,
        "needed_by": list(found.managed_by.all()[:10]),
    }


def _standing(settings: Settings) -> dict:
    return settings.covered(settings.standing.deployment_config) if settings.standing else {}


def _profiles(found: AppInstall, caller) -> list[dict]:
    """The profiles to choose from, those in use first and in their order."""
    places = dict(found.ordered_profiles.values_list("profile_id", "position"))
    seen = Q(pk__in=places) | Q(pk__in=ConfigProfile.objects.visible_to(caller.standing))
    offered = found.application.config_profiles.filter(seen, organisation=found.agent.organisation)
    rows = [
        {"profile": one, "position": places.get(one.id)} for one in offered.order_by("display_name")[:MOST_PROFILES]
    ]
    return sorted(rows, key=lambda row: (row["position"] is None, row["position"] or 0))


# What else may be done with it.


def _carry_out(request, found: AppInstall) -> str:
    """Do what a button asks for; returns where to go."""
    by, here = request.caller, _address(request, found)
    match request.POST.get("do"):
        case "deploy_now":
            deploy(install=found, by=by)
        case "release":
            _change_release(request, found)
            notes.success(request, _("Saved. It takes effect with the next deployment."))
        case "archive":
            archive_install(install=found, by=by)
            notes.success(request, _("%(name)s is archived and being stopped.") % {"name": found})
        case "unarchive":
            unarchive_install(install=found, by=by)
            notes.success(request, _("%(name)s is in use again.") % {"name": found})
        case "delete":
            delete_install(install=found, by=by)
            notes.success(request, _("%(name)s is being uninstalled; its history stays.") % {"name": found})
            return _home_of(found.agent)
        case _:
            raise BadRequest("This form is not known here", code="bad_form")
    return here


@transaction.atomic
def _change_release(request, found: AppInstall) -> None:
    _check_unchanged(request, found)
    asked = request.POST
    fields = {"display_name": asked.get("display_name", ""), "version": asked.get("version", "") or None}
    change_install(install=found, fields=fields, profiles=_chosen_profiles(request, found), by=request.caller)


def _chosen_profiles(request, found: AppInstall) -> list:
    """The profiles that have a number in the form, in the order of the numbers."""
    rows = _profiles(found, request.caller)
    numbered = [(request.POST.get(f"profile_{row['profile'].id}", "").strip(), row["profile"]) for row in rows]
    for text, profile in numbered:
        if text and not (text.isdecimal() and len(text) < 4):
            raise BadRequest(_("The place of %(name)s is a whole number") % {"name": profile}, code="bad_place")
    chosen = [(int(text), profile) for text, profile in numbered if text]
    return [profile for _number, profile in sorted(chosen, key=lambda pair: pair[0])]


def _address(request, found: AppInstall) -> str:
    as_json_too = "?as=json" if "json" in request.POST else ""
    return reverse("admin_site:install", args=[found.id]) + as_json_too


def _home_of(agent: Agent) -> str:
    if agent.kind == Agent.Kind.DEVICE:
        return reverse("portal:device", args=[agent.id])
    return reverse("admin_site:overview")
