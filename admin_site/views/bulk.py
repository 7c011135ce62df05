"""The same change to many devices: described, tried out, begun, watched device by device, taken back."""

from collections import Counter
from itertools import islice

from django.contrib import messages as notes
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from doover_web.common.wire import BadRequest, Forbidden, NotFound, Refused
from doover_web.control.tags import from_text
from doover_web.data.redaction import hide_secrets
from doover_web.deployments.actions import bulk as verbs
from doover_web.deployments.models import BulkJob
from doover_web.identity.models import Agent, Group
from doover_web.pages.difference import difference
from doover_web.pages.listing import read_listing
from doover_web.pages.page import page
from doover_web.pages.parts import part_of
from doover_web.pages.permission_words import in_words
from doover_web.pages.schema_form.texts import Unreadable, as_json, from_json

from ..deployed import Mark, mark_of
from ..fleet import choices, profiles_of
from ..place import MANAGING, id_of, organisation_of

TITLES: dict[str, str | Promise] = {
    "move": gettext_lazy("Move to another group"),
    "tag": gettext_lazy("Tag"),
    "archive": gettext_lazy("Archive"),
    "unarchive": gettext_lazy("Use again"),
    "configure": gettext_lazy("Change settings of an application"),
}
STATES: dict[str, tuple[str, str | Promise]] = {
    "queued": ("wait", gettext_lazy("Queued")),
    "running": ("wait", gettext_lazy("Running")),
    "done": ("ok", gettext_lazy("Done")),
    "cancelled": ("idle", gettext_lazy("Cancelled")),
    "undoing": ("wait", gettext_lazy("Being undone")),
    "undone": ("idle", gettext_lazy("Undone")),
}
RESULTS: dict[str, tuple[str, str | Promise]] = {
    "waiting": ("idle", gettext_lazy("Waiting")),
    "done": ("ok", gettext_lazy("Changed")),
    "same": ("idle", gettext_lazy("Was so already")),
    "refused": ("bad", gettext_lazy("Refused")),
    "undone": ("idle", gettext_lazy("Undone")),
    "kept": ("warn", gettext_lazy("Kept: somebody changed it since")),
}
# What of the page of one is read again when something happens.
PARTS = {"job": "admin_site/_bulk_job.html", "head": "admin_site/_bulk_job_head.html"}
TRIED = 200  # devices that a dry run shows
LARGEST = 64 * 1024


@page
@require_safe
def jobs(request):
    """One's own changes of many, and those of the organisation whose applications one manages."""
    organisation = organisation_of(request, *MANAGING, "access_site")
    found = BulkJob.objects.visible_to(request.caller).filter(organisation=organisation).order_by("-id")
    shown = read_listing(request.GET, sorts=["time"]).page(found)
    rows = [(one, TITLES[one.action], mark_of(STATES, one.status)) for one in shown]
    return render(request, "admin_site/bulk_jobs.html", {"section": "fleet", "page": shown, "rows": rows})


@page
@require_http_methods(["GET", "HEAD", "POST"])
def new(request):
    """What is to change on which devices; tried out before it begins."""
    organisation = organisation_of(request, *MANAGING, "access_site")
    asked = request.POST if request.method == "POST" else request.GET
    action = asked.get("action", "")
    if action not in TITLES:
        raise NotFound("There is no such change")
    problem, tried = "", None
    selection = _selection(request)
    if request.method == "POST":
        try:
            wanted = {"organisation": organisation, "action": action, "selection": selection, "by": request.caller}
            wanted["parameters"] = _parameters(request.POST, action)
            if request.POST.get("do") == "begin":
                return redirect("admin_site:bulk_job", verbs.create_job(**wanted).id)
            tried = [_tried(*one) for one in islice(verbs.preview(**wanted), TRIED)]
        except Forbidden:
            raise
        except Refused as refusal:
            problem = f"{in_words(refusal.message)}."
    context = {
        "section": "fleet",
        "action": action,
        "title": TITLES[action],
        "selection": as_json(selection),
        "chosen": len(selection.get("devices", ())),
        "asked": asked,
        "problem": problem,
        "tried": tried,
        "counts": Counter(row["state"].mark for row in tried) if tried else {},
        "profiles": profiles_of(organisation, request.caller) if action == "configure" else (),
        "chosen_profiles": asked.getlist("profiles"),
        **choices(request, organisation),
    }
    return render(request, "admin_site/bulk_new.html", context, status=400 if problem else 200)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def job(request, job_id: str):
    """One change of many: how it stands with each device."""
    organisation = organisation_of(request, *MANAGING, "access_site")
    found = BulkJob.objects.visible_to(request.caller).filter(organisation=organisation, pk=id_of(job_id)).first()
    if found is None:
        raise NotFound("There is no such change")
    if request.method == "POST":
        return _steered(request, found)
    seen = (
        found.rows.filter(device__in=Agent.objects.visible_to(request.caller)).select_related("device").order_by("id")
    )
    result = request.GET.get("result", "")
    shown = read_listing(request.GET, sorts=["id"]).page(seen.filter(result=result) if result in RESULTS else seen)
    counts = Counter(found.rows.values_list("result", flat=True))
    context = {
        "section": "fleet",
        "organisation": organisation,
        "job": found,
        "title": TITLES[found.action],
        "state": mark_of(STATES, found.status),
        "counts": [(key, words, counts[key]) for key, (_mark, words) in RESULTS.items() if counts[key]],
        "result": result,
        "page": shown,
        "rows": [(one, mark_of(RESULTS, one.result)) for one in shown],
        "is_open": found.status in ("queued", "running"),
        "may_be_undone": found.status in ("done", "cancelled"),
    }
    return render(request, PARTS.get(part_of(request), "admin_site/bulk_job.html"), context)


def _steered(request, found: BulkJob):
    verb = {"cancel": verbs.cancel_job, "undo": verbs.undo_job}.get(request.POST.get("do", ""))
    if verb is None:
        raise BadRequest("This form is not known here", code="bad_form")
    try:
        verb(job=found, by=request.caller)
    except Forbidden:
        raise
    except Refused as refusal:
        notes.error(request, f"{in_words(refusal.message)}.")
    return redirect("admin_site:bulk_job", found.id)


def _selection(request) -> dict:
    """Which devices: as the form carries it, else the ticked ones of the list, else all that its filter shows."""
    if request.method == "POST":
        return as_object(request.POST.get("selection", ""), _("The choice of devices"))
    asked = request.GET
    if ticked := asked.getlist("devices"):
        return {"devices": ticked}
    named: dict = {key: asked[key] for key in ("group_tree", "type", "application", "tag") if asked.get(key)}
    named |= {"out_of_step": True} if asked.get("out_of_step") else {}
    named |= {"name__icontains": asked["words"]} if asked.get("words") else {}
    return named or {"all": True}


def _parameters(asked, action: str) -> dict:
    if action == "move":
        return {"group_id": asked.get("group", "")}
    if action == "tag":
        return {name: from_text(asked.get(name, "")) for name in ("add", "remove")}
    if action == "configure":
        config = as_object(asked.get("config", "").strip() or "{}", _("The settings"))
        wanted = {"application_id": asked.get("application", ""), "config": config, "deploy": bool(asked.get("deploy"))}
        return {**wanted, "config_profile_ids": chosen} if (chosen := asked.getlist("profiles")) else wanted
    return {}


def as_object(text: str, what: str) -> dict:
    """One JSON object out of a form; told as wrong when it is none."""
    try:
        value = from_json(text[:LARGEST])
    except Unreadable as problem:
        raise BadRequest(f"{what}: {problem}", code="bad_json") from problem
    if not isinstance(value, dict):
        raise BadRequest(_("%(what)s: write one JSON object, {…}") % {"what": what}, code="bad_json")
    return value


def _tried(device: Agent, before: dict, after: dict, refusal: str) -> dict:
    """A line of the dry run: what would become of a device."""
    if refusal:
        return {"device": device, "state": Mark("bad", _("Would be refused")), "detail": refusal, "lines": []}
    if before == after:
        return {"device": device, "state": Mark("idle", _("Is so already")), "detail": "", "lines": []}
    lines = difference(_readable(before), _readable(after))
    return {"device": device, "state": Mark("ok", _("Would change")), "detail": "", "lines": lines}


def _readable(state: dict) -> dict:
    """A state for the page: without secrets, with groups by their name."""
    state = hide_secrets(state)
    if "group_id" not in state:
        return state
    group = Group.objects.filter(pk=state["group_id"]).first() if str(state["group_id"]).isdigit() else None
    return {_("group"): str(group) if group else None}
