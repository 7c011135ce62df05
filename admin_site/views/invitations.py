"""Inviting people, and the invitations that nobody has taken up yet."""

from allauth.core import ratelimit
from django.contrib import messages as notes
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from doover_web.common.wire import BadRequest, Refused
from doover_web.identity.actions.invitation import invite, resend_invitation, withdraw_invitation
from doover_web.identity.models import Invitation
from doover_web.identity.people import group_roles, organisation_roles
from doover_web.identity.sent import hands_over, on_its_way
from doover_web.pages.listing import read_listing
from doover_web.pages.page import page
from doover_web.pages.permission_words import in_words

from ..place import chosen, may, organisation_of


@page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitations(request):
    """The form, and what is pending. The answer is the same whether or not an address has an account."""
    organisation = organisation_of(request, "users_view")
    problem, made = "", None
    if request.method == "POST":
        if limited := ratelimit.consume_or_429(request, action="invite"):
            return limited
        try:
            said, sent = _carry_out(request, organisation)
            if sent is None or not hands_over(request):
                notes.success(request, said)
                return redirect("admin_site:invitations")
            made = sent
        except Refused as refusal:
            problem = f"{in_words(refusal.message)}."
    pending = organisation.invitations.pending().select_related("role", "invited_by__agent")
    pending = pending.prefetch_related("groups__group", "groups__role")
    context = {
        "section": "users",
        "page": read_listing(request.GET, sorts=["sent"]).page(pending.order_by("-last_invited", "-id")),
        "may_invite": may(request, organisation, "users_invite") or may(request, organisation, "users_manage"),
        "roles": organisation_roles(organisation),
        "group_roles": group_roles(organisation),
        "groups": organisation.groups.in_use().order_by("lineage"),
        "asked": {} if made else request.POST,
        "problem": problem,
        "made": made,
    }
    return render(request, "admin_site/invitations.html", context, status=400 if problem else 200)


def _carry_out(request, organisation) -> tuple[str, Invitation | None]:
    """Do what a form asks for; the sentence to show, and the invitation that went out."""
    asked, by = request.POST, request.caller
    if asked.get("do") == "invite":
        group = chosen(asked.get("group", ""), organisation.groups.in_use())
        group_role = chosen(asked.get("group_role", ""), group_roles(organisation))
        if (group is None) != (group_role is None):
            raise BadRequest(_("Choose both a group and a role in it, or neither"), code="half_choice")
        invitation = invite(
            organisation=organisation,
            email=asked.get("email", ""),
            role=chosen(asked.get("role", ""), organisation_roles(organisation)),
            groups=[(group, group_role)] if group else [],
            message=asked.get("message", ""),
            by=by,
        )
        return on_its_way(invitation), invitation
    invitation = chosen(asked.get("invitation", ""), Invitation.objects.pending().filter(organisation=organisation))
    if invitation is not None and asked.get("do") == "resend":
        resend_invitation(invitation=invitation, by=by)
        return on_its_way(invitation, again=True), invitation
    if invitation is not None and asked.get("do") == "withdraw":
        withdraw_invitation(invitation=invitation, by=by)
        return _("The invitation of %(email)s is withdrawn.") % {"email": invitation.email}, None
    raise BadRequest(_("This form is not known here"), code="bad_form")
