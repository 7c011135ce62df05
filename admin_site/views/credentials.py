"""What a device signs in with, and the services of an organisation."""

from dataclasses import dataclass

from allauth.account.decorators import reauthentication_required
from django.contrib import messages as notes
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from doover_web.common.wire import BadRequest, Forbidden, NotFound, Refused
from doover_web.identity.actions import credential as verbs
from doover_web.identity.models import Agent, Group, Token
from doover_web.identity.permissions import Rights, rights_over
from doover_web.identity.standing import visible_groups
from doover_web.pages.listing import read_listing
from doover_web.pages.page import page
from doover_web.pages.permission_words import in_words

from ..place import chosen, id_of, organisation_of

SCOPES = {
    "read": gettext_lazy("Look only"),
    "control": gettext_lazy("Look and control"),
    "full": gettext_lazy("Everything that I may do there"),
}
# Groups that a list to choose from holds; more are found by their name.
MOST_GROUPS = 200


@dataclass(frozen=True, slots=True)
class Made:
    """A credential that was just made: shown in this answer, and only there."""

    title: str
    secret: str
    client_id: str = ""


@page
@reauthentication_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def device(request, agent_id: str):
    """A device's tokens and client secrets, and whether it may replace its token itself."""
    found = Agent.objects.visible_to(request.caller).devices().filter(pk=id_of(agent_id))
    agent = found.select_related("organisation", "group").first()
    if agent is None:
        raise NotFound("There is no such device")
    if not rights_over(request.caller, agent) & Rights.CONFIGURE:
        raise Forbidden(_("This takes the permission device_configure"), code="no_permission")
    held = verbs.credentials_of(agent)
    problem, made, done = _answered(request, lambda: _device_form(request, agent, held))
    if done:
        return redirect("admin_site:device_tokens", agent_id)
    context = {
        "section": "devices",
        "agent": agent,
        "page": read_listing(request.GET, sorts=["made"]).page(held),
        "made": made,
        "problem": problem,
        "asked": request.POST if problem else {},
    }
    return render(request, "admin_site/device_tokens.html", context, status=400 if problem else 200)


@page
@reauthentication_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def services(request):
    """Client ids of the organisation's own programs: what each reaches, when it was last here."""
    organisation = organisation_of(request, verbs.MANAGES)
    listing = read_listing(request.GET, sorts=["name"])
    held = verbs.services_of(organisation)
    problem, made, done = _answered(request, lambda: _service_form(request, organisation, held))
    if done:
        return redirect("admin_site:services")
    shown = listing.page(held.filter(name__icontains=listing.search))
    context = {
        "section": "services",
        "listing": listing,
        "page": shown,
        "rows": _reaching(shown),
        "groups": _groups(request, organisation)[:MOST_GROUPS],
        "scopes": SCOPES,
        "made": made,
        "problem": problem,
        "asked": request.POST if problem else {},
    }
    return render(request, "admin_site/services.html", context, status=400 if problem else 200)


def _answered(request, carry_out) -> tuple[str, Made | None, bool]:
    """What is wrong, what was made, or whether it is done."""
    if request.method != "POST":
        return "", None, False
    try:
        made = carry_out()
    except Forbidden:
        raise
    except Refused as refusal:
        return f"{in_words(refusal.message)}.", None, False
    return "", made, made is None


def _device_form(request, agent: Agent, held) -> Made | None:
    asked, by = request.POST, request.caller
    match asked.get("do"):
        case "token":
            _token, secret = verbs.issue_token(device=agent, name=asked.get("name", ""), by=by)
            return Made(_("The new token"), secret)
        case "client":
            token, secret = verbs.issue_client_secret(device=agent, name=asked.get("name", ""), by=by)
            return Made(_("The new client id and secret"), secret, str(token.key))
        case "rotation":
            on = asked.get("on") == "1"
            verbs.set_self_rotation(device=agent, on=on, by=by)
            notes.success(
                request,
                (_("%(agent)s may replace its own token.") if on else _("%(agent)s may not replace its own token."))
                % {"agent": agent},
            )
            return None
    return _renew_or_revoke(request, held)


def _service_form(request, organisation, held) -> Made | None:
    asked, by = request.POST, request.caller
    if asked.get("do") != "create":
        return _renew_or_revoke(request, held)
    group = chosen(asked.get("group", ""), _groups(request, organisation))
    if group is None:
        raise BadRequest(_("Choose a group"), code="no_choice")
    values = {"name": asked.get("name", ""), "group": group, "scope": asked.get("scope", "")}
    token, secret = verbs.create_service(organisation=organisation, by=by, **values)
    return Made(_("%(token)s: client id and secret") % {"token": token.name}, secret, str(token.key))


def _renew_or_revoke(request, held) -> Made | None:
    asked, by = request.POST, request.caller
    if asked.get("do") not in ("renew", "revoke"):
        raise BadRequest(_("This form is not known here"), code="bad_form")
    token = chosen(asked.get("token", ""), held)
    if token is None:
        raise BadRequest(_("This credential was revoked already"), code="bad_choice")
    if asked["do"] == "renew":
        return Made(
            _("%(token)s: the new secret") % {"token": token.name},
            verbs.renew_client_secret(token=token, by=by),
            str(token.key),
        )
    verbs.end_credential(token=token, by=by)
    notes.success(request, _("Revoked; it opens no door any more."))
    return None


def _groups(request, organisation):
    seen = Group.objects.filter(visible_groups(request.caller.standing), organisation=organisation)
    return seen.in_use().order_by("lineage")


def _reaching(shown) -> list[tuple[Token, str, str]]:
    """Each service with the words for what it may, and the group in which."""
    ids = {one.pk: [int(entry["permission_id"][3:]) for entry in one.permissions] for one in shown}
    names = dict(Group.objects.filter(pk__in=[one for some in ids.values() for one in some]).values_list("id", "name"))
    told = {**SCOPES, "full": _("Everything that its maker might")}
    return [
        (
            one,
            told.get(one.scope, one.scope),
            ", ".join(names.get(group, _("a group that is gone")) for group in ids[one.pk]),
        )
        for one in shown
    ]
