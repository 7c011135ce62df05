"""What the organisation lends to others, and what others lend to it."""

from django.contrib import messages as notes
from django.db.models import Count, Q
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from doover_web.common.wire import BadRequest, NotFound, Refused
from doover_web.identity.actions import sharing as verbs
from doover_web.identity.models import Agent, Organisation, SharingProfile
from doover_web.identity.people import group_roles
from doover_web.pages.listing import LONGEST_SEARCH, read_listing
from doover_web.pages.page import page
from doover_web.pages.permission_words import in_words

from ..place import chosen, id_of, organisation_of

SIDES = {"given": gettext_lazy("Lent to others"), "taken": gettext_lazy("Lent to us")}
# So many are offered at a time; the others are found by their name.
OFFERED = 200


@page
@require_safe
def sharing(request):
    organisation = organisation_of(request, verbs.MANAGES)
    side = request.GET.get("side", "given")
    side = side if side in SIDES else "given"
    found = SharingProfile.objects.filter(**{"organisation" if side == "given" else "taker": organisation})
    found = found.select_related("organisation", "taker", "role")
    counted = found.annotate(lent=Count("devices", distinct=True), lent_groups=Count("groups", distinct=True))
    context = {
        "section": "sharing",
        "sides": SIDES,
        "direction": side,
        "page": read_listing(request.GET, sorts=["name"]).page(counted.order_by("name", "id")),
        "organisation": organisation,
    }
    return render(request, "admin_site/sharing.html", context)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def new(request):
    organisation = organisation_of(request, verbs.MANAGES)
    return _form(request, organisation, SharingProfile(organisation=organisation))


@page
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request, profile_id: str):
    organisation = organisation_of(request, verbs.MANAGES)
    found = SharingProfile.objects.filter(organisation=organisation).select_related("organisation", "taker", "role")
    one = found.filter(pk=id_of(profile_id)).first()
    if one is None:
        raise NotFound("There is no such sharing profile")
    return _form(request, organisation, one)


def _form(request, organisation: Organisation, shown: SharingProfile):
    is_new, problem = shown._state.adding, ""
    own = Agent.objects.devices().in_use().filter(organisation=organisation)
    chosen_devices = set() if is_new else set(shown.devices.values_list("id", flat=True))
    chosen_groups = set() if is_new else set(shown.groups.values_list("id", flat=True))
    find = request.POST.get("find", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    if request.method == "POST":
        try:
            if request.POST.get("do") != "find":
                notes.success(request, _carry_out(request, organisation, shown, is_new))
                return redirect("admin_site:sharing")
        except Refused as refusal:
            problem = f"{in_words(refusal.message)}."
        chosen_devices, chosen_groups = _ids(request, "devices"), _ids(request, "groups")
    named = own.filter(Q(name__icontains=find) | Q(display_name__icontains=find))
    first = named.order_by("name").values_list("id", flat=True)[:OFFERED]
    context = {
        "section": "sharing",
        "profile": shown,
        "is_new": is_new,
        "problem": problem,
        "name": request.POST.get("name", shown.name),
        "description": request.POST.get("description", shown.description),
        "taker": request.POST.get("taker", ""),
        "role_id": request.POST.get("role", str(shown.role_id or "")),
        "roles": group_roles(organisation),
        "devices": Agent.objects.filter(Q(pk__in=list(first)) | Q(pk__in=chosen_devices), organisation=organisation)
        .order_by("name")
        .only("id", "name", "display_name"),
        "groups": organisation.groups.in_use().order_by("lineage"),
        "chosen_devices": chosen_devices,
        "find": find,
        "left_out": max(named.count() - OFFERED, 0),
        "chosen_groups": chosen_groups,
    }
    return render(request, "admin_site/sharing_profile.html", context, status=400 if problem else 200)


def _ids(request, name: str) -> set[int]:
    return {id_of(text) for text in request.POST.getlist(name)}


def _carry_out(request, organisation: Organisation, shown: SharingProfile, is_new: bool) -> str:
    asked, by = request.POST, request.caller
    if asked.get("do") == "remove" and not is_new:
        name = shown.name
        verbs.remove_sharing_profile(profile=shown, by=by)
        return _("%(name)s has ended; the other organisation lost its rights.") % {"name": name}
    role = chosen(asked.get("role", ""), group_roles(organisation))
    if role is None:
        raise BadRequest(_("Choose which rights are lent"), code="no_choice")
    values = {
        "name": asked.get("name", ""),
        "description": asked.get("description", ""),
        "role": role,
        "devices": list(
            Agent.objects.filter(organisation=organisation, pk__in=_ids(request, "devices")).select_related("group")
        ),
        "groups": list(organisation.groups.filter(pk__in=_ids(request, "groups"))),
        "by": by,
    }
    if is_new:
        taker = Organisation.objects.filter(pk=id_of(asked.get("taker", "").strip())).first()
        if taker is None:
            raise BadRequest(_("No organisation has this id; ask its administrator for it"), code="no_taker")
        verbs.create_sharing_profile(organisation=organisation, taker=taker, **values)
        return _("Shared with %(taker)s.") % {"taker": taker}
    verbs.edit_sharing_profile(profile=shown, **values)
    return _("Saved.")
