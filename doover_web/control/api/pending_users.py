"""Who was asked to join an organisation, and has not yet (`control-api §3.3`)."""

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router

from doover_web.identity.actions.invitation import (
    approve_invitation,
    edit_invitation,
    invite,
    resend_invitation,
    withdraw_invitation,
)
from doover_web.identity.guard import check_administers
from doover_web.identity.models import Invitation, Organisation, OrganisationRole
from doover_web.identity.permissions import may_administer

from ._generated import PendingUser, PendingUserIn
from .organisation_shapes import in_full, organisation
from .resource import Resource
from .scope import linked, organisation_to_write, owned

router = Router(tags=["members"])


def rows(request: HttpRequest) -> QuerySet[Invitation]:
    """The open invitations of the organisations whose people the caller may see."""
    found = in_full(Invitation.objects.pending().filter(owned(request)), "organisation__").select_related(
        "organisation"
    )
    if request.auth.is_superuser:
        return found
    seen = [one for one in request.auth.organisations if may_administer(request.auth.standing, one, "users_view")]
    return found.filter(organisation_id__in=seen)


def shape(request: HttpRequest, row: Invitation) -> dict:
    there = row.organisation
    if not hasattr(there, "roots"):
        there = in_full(Organisation.objects.all()).get(pk=row.organisation_id)
    return {
        "id": str(row.id),
        "email": row.email,
        "organisation": organisation(there),
        "created_at": row.created_at,
        "message": row.message or None,
        "last_invited": row.last_invited,
    }


def create(request: HttpRequest, given: dict) -> Invitation:
    """A second invitation of an address sends a new link instead, and takes nothing away."""
    known = Organisation.objects.all() if request.auth.is_superuser else Organisation.objects.filter(
        pk__in=request.auth.organisations
    )  # fmt: skip
    named = linked(known, given["organisation_id"], "organisation_id")
    there, message = organisation_to_write(request, named.pk), given.get("message") or ""
    sent = there.invitations.pending().filter(email__iexact=given["email"].strip()).first()
    if sent is not None:
        edit_invitation(invitation=sent, email=sent.email, message=message or sent.message, by=request.auth)
        return resend_invitation(invitation=sent, at_least=_plain_role(request, there), by=request.auth)
    return invite(organisation=there, email=given["email"], role=_plain_role(request, there), message=message,
                  by=request.auth)  # fmt: skip


def _plain_role(request: HttpRequest, there: Organisation) -> OrganisationRole | None:
    """The plainest role, as far as the caller may give it."""
    role = OrganisationRole.objects.built_in("Member")
    standing = request.auth.standing
    return role if all(may_administer(standing, there.id, flag) for flag in role.flags) else None


def change(request: HttpRequest, row: Invitation, given: dict) -> Invitation:
    email, message = given.get("email", row.email), given.get("message", row.message) or ""
    return edit_invitation(invitation=row, email=email, message=message, by=request.auth)


def approve(request: HttpRequest, row: Invitation) -> Invitation:
    """Make the person a member without waiting; the invitation is used up."""
    approve_invitation(invitation=row, by=request.auth)
    return row


def reject(request: HttpRequest, row: Invitation) -> Invitation:
    """Take the invitation back."""
    check_administers(request.auth, row.organisation, "users_manage")
    number = row.pk
    withdraw_invitation(invitation=row, by=request.auth)
    row.pk = number
    return row


def delete(request: HttpRequest, row: Invitation) -> None:
    withdraw_invitation(invitation=row, by=request.auth)


pending_users = Resource(
    router=router,
    path="/organisations/pending_users/",
    name="organisations_pending_users",
    rows=rows,
    shape=shape,
    out=PendingUser,
    body=PendingUserIn,
    search=["email", "message"],
    order={"id": "pk", "email": "email", "name": "email", "display_name": "email", "created_at": "created_at",
           "last_invited": "last_invited"},
    create=create,
    change=change,
    delete=delete,
)  # fmt: skip
pending_users.action("approve", approve)
pending_users.action("reject", reject)
