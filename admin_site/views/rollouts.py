"""Roll-outs: one change to the installs of an application, ring by ring; described, tried out, watched, steered."""

from itertools import islice

from django.contrib import messages as notes
from django.db.models import Count
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from doover_web.common.wire import BadRequest, Forbidden, NotFound, Refused
from doover_web.control.config import errors_of
from doover_web.control.links import application_linked
from doover_web.control.models import ConfigProfile
from doover_web.data.redaction import hide_secrets
from doover_web.deployments.actions import rollout as verbs
from doover_web.deployments.models import Rollout
from doover_web.identity.models import Agent, Organisation
from doover_web.pages.difference import difference
from doover_web.pages.listing import read_listing
from doover_web.pages.page import page
from doover_web.pages.parts import part_of
from doover_web.pages.permission_words import in_words
from doover_web.pages.schema_form.texts import as_json
from doover_web.pages.words import duration

from ..deployed import Mark, mark_of
from ..fleet import choices, profiles_of
from ..place import id_of, may, organisation_of
from ..rings import rings_of, shares_from, whole
from .bulk import as_object

VIEWS, MANAGES = "applications_view", "applications_manage"
STATES: dict[str, tuple[str, str | Promise]] = {
    "ready": ("idle", gettext_lazy("Ready to start")),
    "running": ("wait", gettext_lazy("Running")),
    "paused": ("warn", gettext_lazy("Paused")),
    "rolling_back": ("wait", gettext_lazy("Going back")),
    "done": ("ok", gettext_lazy("Done")),
    "aborted": ("bad", gettext_lazy("Stopped")),
    "rolled_back": ("idle", gettext_lazy("Gone back")),
}
RESULTS: dict[str, tuple[str, str | Promise]] = {
    "waiting": ("idle", gettext_lazy("Queued")),
    "under_way": ("wait", gettext_lazy("Running")),
    "done": ("ok", gettext_lazy("Done")),
    "failed": ("bad", gettext_lazy("Failed")),
    "absent": ("warn", gettext_lazy("No answer yet")),
    "skipped": ("idle", gettext_lazy("Skipped")),
    "rolled_back": ("idle", gettext_lazy("Gone back")),
}
TRIED = 200  # installs that a dry run shows


# What of the page of one is read again when something happens.
PARTS = {"rollout": "admin_site/_rollout.html", "head": "admin_site/_rollout_head.html"}


@page
@require_safe
def rollouts(request):
    """The roll-outs of the organisation, the newest first."""
    organisation = organisation_of(request, VIEWS, MANAGES)
    found = Rollout.objects.visible_to(request.caller).filter(organisation=organisation)
    found = found.select_related("application").annotate(number=Count("devices")).order_by("-id")
    shown = read_listing(request.GET, sorts=["time"]).page(found)
    context = {
        "section": "rollouts",
        "page": shown,
        "rows": [(one, mark_of(STATES, one.status)) for one in shown],
        "may_manage": may(request, organisation, MANAGES),
    }
    return render(request, "admin_site/rollouts.html", context)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def new(request):
    """Which application, what changes, on which devices, in which steps; tried out before it is made."""
    organisation = organisation_of(request, MANAGES)
    problem, tried, count = "", None, 0
    if request.method == "POST":
        try:
            wanted = _wanted(request, organisation)
            if request.POST.get("do") == "create":
                return redirect("admin_site:rollout", verbs.create_rollout(**wanted).id)
            keys = ("application", "organisation", "selection", "by")
            installs = verbs.installs_of(**{key: wanted[key] for key in keys})
            count = installs.count()
            change = verbs.read_change(wanted["change"], wanted["application"], organisation)
            tried = [_tried(one) for one in islice(verbs.preview(installs[:TRIED], change, request.caller), TRIED)]
        except Forbidden:
            raise
        except Refused as refusal:
            problem = f"{in_words(refusal.message)}."
    context = {
        "section": "rollouts",
        "asked": request.POST or request.GET,
        "problem": problem,
        "tried": tried,
        "count": count,
        "wrong": sum(row["state"].mark == "bad" for row in tried or ()),
        "profiles": profiles_of(organisation, request.caller),
        "chosen_profiles": request.POST.getlist("profiles"),
        **choices(request, organisation),
    }
    return render(request, "admin_site/rollout_new.html", context, status=400 if problem else 200)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def rollout(request, rollout_id: str):
    """One roll-out as it goes on: its rings, its devices, what changes."""
    organisation = organisation_of(request, VIEWS, MANAGES)
    found = Rollout.objects.visible_to(request.caller).filter(organisation=organisation, pk=id_of(rollout_id))
    one = found.select_related("application", "organisation").first()
    if one is None:
        raise NotFound("There is no such roll-out")
    if request.method == "POST":
        return _steered(request, one)
    template = PARTS.get(part_of(request), "admin_site/rollout.html")
    return render(request, template, _context(request, organisation, one))


def _context(request, organisation: Organisation, one: Rollout) -> dict:
    seen = one.devices.filter(install__agent__in=Agent.objects.visible_to(request.caller))
    seen = seen.select_related("install__agent", "deployment").order_by("ring", "id")
    rings = rings_of(one)
    ring, result = request.GET.get("ring", ""), request.GET.get("result", "")
    if ring.isdecimal() and int(ring[:3]) < len(one.rings):
        seen = seen.filter(ring=int(ring[:3]))
    if result in RESULTS:
        seen = seen.filter(result=result)
    shown = read_listing(request.GET, sorts=["ring"]).page(seen)
    totals = {key: sum(step.counts[key] for step in rings) for key in RESULTS}
    return {
        "section": "rollouts",
        "organisation": organisation,
        "rollout": one,
        "state": mark_of(STATES, one.status),
        "rings": rings,
        "result": result,
        "counts": [(key, words, totals[key]) for key, (_mark, words) in RESULTS.items() if totals[key]],
        "total": sum(totals.values()),
        "page": shown,
        "rows": [(row, mark_of(RESULTS, row.result)) for row in shown],
        "profiles": ConfigProfile.objects.filter(pk__in=one.change.get("config_profile_ids", ())),
        "config": as_json(hide_secrets(one.change.get("config") or {}), indented=True) if one.change else "",
        "soak": duration(one.soak_seconds),
        "patience": duration(one.patience_seconds),
        "may_manage": may(request, organisation, MANAGES),
        "may_end": one.status in ("ready", "running", "paused"),
        "may_go_back": one.status in ("running", "paused", "aborted", "done"),
        "log": one.log_output.splitlines()[-200:],
    }


VERBS = {
    "start": verbs.start,
    "pause": verbs.pause,
    "resume": verbs.resume,
    "abort": verbs.abort,
    "take_back": verbs.take_back,
}


def _steered(request, one: Rollout):
    verb = VERBS.get(request.POST.get("do", ""))
    if verb is None:
        raise BadRequest("This form is not known here", code="bad_form")
    try:
        verb(rollout=one, by=request.caller)
    except Forbidden:
        raise
    except Refused as refusal:
        notes.error(request, f"{in_words(refusal.message)}.")
    return redirect("admin_site:rollout", one.id)


def _wanted(request, organisation: Organisation) -> dict:
    """What the form asks for, in the words of `create_rollout`."""
    asked = request.POST
    if not asked.get("application"):
        raise BadRequest(_("Choose an application"), code="no_application")
    named = {"group_tree": asked.get("group"), "type": asked.get("type"), "tag": asked.get("tag")}
    named |= {"name__icontains": asked.get("words")}
    change = {}
    if asked.get("changes_version"):
        change["version"] = asked.get("version", "").strip() or None
    if asked.get("config", "").strip():
        change["config"] = as_object(asked["config"], _("The settings"))
    if asked.getlist("profiles"):
        change["config_profile_ids"] = asked.getlist("profiles")
    return {
        "organisation": organisation,
        "application": application_linked(request.caller, id_of(asked["application"])),
        "name": asked.get("name", "").strip(),
        "change": change,
        "selection": {key: value for key, value in named.items() if value} or {"all": True},
        "rings": shares_from(asked.get("rings", "")),
        "soak_seconds": whole(asked, "soak", _("The time between rings")) * 60,
        "abort_percent": whole(asked, "abort_percent", _("The share that may fail")),
        "patience_seconds": whole(asked, "patience", _("The time to answer")) * 60,
        "rolls_back": bool(asked.get("rolls_back")),
        "by": request.caller,
    }


def _tried(one: verbs.Difference) -> dict:
    """A line of the dry run: what would become of an install."""
    row = {"install": one.install, "before": one.version[0], "after": one.version[1], "detail": ""}
    row["lines"] = difference(hide_secrets(one.before), hide_secrets(one.after))
    row["is_secret"] = one.before != one.after
    if one.refusal or one.issues:
        texts = [one.refusal] if one.refusal else [f"{at}: {told[0]}" for at, told in errors_of(one.issues).items()]
        return {**row, "state": Mark("bad", _("Would be refused")), "detail": "; ".join(texts)[:500]}
    is_same = one.before == one.after and one.version[0] == one.version[1]
    return {**row, "state": Mark("idle", _("No difference")) if is_same else Mark("ok", _("Would change"))}
