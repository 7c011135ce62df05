"""Asking people to join an organisation by mail."""

import logging
from collections.abc import Collection, Iterable
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from doover_web.common.secrets import hash_secret, new_secret
from doover_web.common.wire import BadRequest, Conflict, Forbidden, NotFound

from .. import audit
from ..auth import Caller, caller_of_user
from ..guard import check_administers
from ..models import Group, GroupRole, Invitation, InvitedGroup, Membership, Organisation, OrganisationRole, User
from .member import add_member, check_may_give, check_may_give_in, grant_group_role

log = logging.getLogger(__name__)
VALID = timedelta(days=7)
PREFIX = "dvi"
LONGEST_MESSAGE = 2000
MAY_INVITE = ("users_invite", "users_manage")


@transaction.atomic
def invite(
    *,
    organisation: Organisation,
    email: str,
    role: OrganisationRole | None,
    by: Caller | None,
    groups: Iterable[tuple[Group, GroupRole]] = (),
    message: str = "",
    keeps_role: bool = False,
) -> Invitation:
    """Ask whoever reads mail at `email` to join; the same whether or not they have an account. A second invitation
    to an address takes the place of the first and keeps its groups, and with `keeps_role` its role, unless the new one
    has all of it and more. Conflict for a member, and when the first gives what the caller may not: its new link would
    be theirs to hand out."""
    check_administers(by, organisation, *MAY_INVITE)
    check_may_give(by, organisation, role)
    groups = list(groups)
    for group, group_role in groups:
        if group.organisation_id != organisation.id:
            raise BadRequest(_("The group belongs to another organisation"), code="other_organisation")
        check_may_give_in(by, group, group_role)
    email = _address(email)
    # Two invitations of one person at the same moment: the later one takes the place of the first.
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    if organisation.memberships.filter(user__email__iexact=email).exists():
        raise Conflict(
            _("%(email)s is a member of %(organisation)s already") % {"email": email, "organisation": organisation},
            code="already_member",
        )
    waiting = organisation.invitations.pending().filter(email__iexact=email).select_related("role", "invited_by__agent")
    if (earlier := waiting.first()) and not earlier.is_expired:
        role = _higher(earlier.role, role) if keeps_role else role
        groups += _kept(earlier, role, {group.id for group, _ in groups}, by)
    waiting.delete()
    now, inviter = timezone.now(), User.objects.filter(pk=by.agent_id).first() if by else None
    secret = new_secret(PREFIX)
    invitation = Invitation.objects.create(
        organisation=organisation,
        email=email,
        role=role,
        message=message.replace("\x00", "").strip()[:LONGEST_MESSAGE],
        secret_hash=hash_secret(secret),
        invited_by=inviter,
        last_invited=now,
        expires_at=now + VALID,
    )
    for group, group_role in groups:
        InvitedGroup.objects.create(invitation=invitation, group=group, role=group_role)
    _record("user.invited", invitation, by, role=role.name if role else None)
    _mail(invitation, secret)
    return invitation


def _higher(held: OrganisationRole | None, given: OrganisationRole | None) -> OrganisationRole | None:
    """The role given when it has all that the held one has, and more; else the held one."""
    more = given is not None and set(given.flags) > set(held.flags if held else ())
    return given if more else held


def _kept(
    earlier: Invitation, role: OrganisationRole | None, given: set[int], by: Caller | None
) -> list[tuple[Group, GroupRole]]:
    """The groups of an invitation that waits, beside those that are given anew."""
    named = earlier.groups.exclude(group_id__in=given).select_related("group", "role")
    kept = [(one.group, one.role) for one in named]
    try:
        check_may_give(by, earlier.organisation, role)
        for group, group_role in kept:
            check_may_give_in(by, group, group_role)
    except Forbidden as refusal:
        inviter = earlier.invited_by.get_full_name() if earlier.invited_by else earlier.organisation.name
        raise Conflict(
            _("%(email)s is invited already, by %(inviter)s, to more than you may give. Ask there to add this")
            % {"email": earlier.email, "inviter": inviter},
            code="already_invited",
        ) from refusal
    return kept


@transaction.atomic
def add_by_address(
    *,
    organisation: Organisation,
    email: str,
    role: OrganisationRole | None,
    by: Caller | None,
    groups: Collection[tuple[Group, GroupRole]] = (),
) -> Membership:
    """Make whoever has this address a member at once. A new one gets an account, and a mail to choose a password with.
    An invitation to the address is used up, and its groups come with it. Conflict for a member."""
    check_administers(by, organisation, *MAY_INVITE)
    email = _address(email)
    user = User.objects.select_related("agent").filter(email__iexact=email).first()
    is_new = user is None
    if user is None:
        user = User.objects.create_user(email, None)
        audit.record("user.created", actor=by, subject=user, organisation_id=organisation.id)
    membership = add_member(organisation=organisation, user=user, role=role, by=by)
    for group, group_role in groups:
        grant_group_role(group=group, user=user, role=group_role, by=by)
    waiting = organisation.invitations.pending().filter(email__iexact=email)
    if (invitation := waiting.first()) and not invitation.is_expired:
        _give_groups(invitation, user, besides={group.id for group, _ in groups})
    waiting.delete()
    if is_new:
        audit.record("user.invited", actor=by, subject=user, organisation_id=organisation.id)
        _mail_welcome(user, organisation, by)
    return membership


@transaction.atomic
def approve_invitation(*, invitation: Invitation, by: Caller | None) -> Membership:
    """Make the invited person a member without waiting for them, with the role and groups of the invitation."""
    organisation = invitation.organisation
    check_administers(by, organisation, "users_manage")
    groups = [(one.group, one.role) for one in invitation.groups.select_related("group", "role")]
    _record("user.invitation_approved", invitation, by)
    return add_by_address(organisation=organisation, email=invitation.email, role=invitation.role, groups=groups, by=by)


@transaction.atomic
def edit_invitation(*, invitation: Invitation, email: str, message: str, by: Caller | None) -> Invitation:
    """Change the text, or the address: then a new link goes there, and the old one no longer works."""
    check_administers(by, invitation.organisation, *MAY_INVITE)
    address = _address(email)
    invitation.message = message.replace("\x00", "").strip()[:LONGEST_MESSAGE]
    if address == invitation.email.lower():
        invitation.save(update_fields=["message"])
        _record("user.invitation_edited", invitation, by)
        return invitation
    others = invitation.organisation.invitations.pending().filter(email__iexact=address).exclude(pk=invitation.pk)
    if others.exists() or invitation.organisation.memberships.filter(user__email__iexact=address).exists():
        raise Conflict(_("%(address)s is invited or a member already") % {"address": address}, code="already_member")
    for one in invitation.groups.select_related("group", "role"):
        check_may_give_in(by, one.group, one.role)  # to somebody else: as if it were invited anew
    invitation.email = address
    invitation.save(update_fields=["email", "message"])
    return resend_invitation(invitation=invitation, by=by)


@transaction.atomic
def resend_invitation(
    *, invitation: Invitation, by: Caller | None, at_least: OrganisationRole | None = None
) -> Invitation:
    """Mail a new link; the old one no longer works. The role becomes `at_least`, where that has more than it has."""
    check_administers(by, invitation.organisation, *MAY_INVITE)
    invitation.role = _higher(invitation.role, at_least)
    check_may_give(by, invitation.organisation, invitation.role)
    if invitation.accepted_at is not None:
        raise Conflict(_("This invitation was accepted already"), code="accepted")
    secret, now = new_secret(PREFIX), timezone.now()
    invitation.secret_hash, invitation.last_invited, invitation.expires_at = hash_secret(secret), now, now + VALID
    invitation.save(update_fields=["role", "secret_hash", "last_invited", "expires_at"])
    _record("user.invited", invitation, by, again=True)
    _mail(invitation, secret)
    return invitation


@transaction.atomic
def withdraw_from_group(*, invitation: Invitation, group: Group, by: Caller | None) -> bool:
    """Take a group out of an invitation. One that then gives nothing but the site is withdrawn: whether it was."""
    check_administers(by, invitation.organisation, *MAY_INVITE)
    invitation = _locked(invitation)
    invitation.groups.filter(group=group).delete()
    if not invitation.groups.exists() and set(invitation.role.flags if invitation.role else ()) <= {"access_site"}:
        withdraw_invitation(invitation=invitation, by=by)
        return True
    _record("user.invitation_edited", invitation, by, group=group.name)
    return False


@transaction.atomic
def withdraw_invitation(*, invitation: Invitation, by: Caller | None) -> None:
    """Take an invitation back; its link no longer works."""
    check_administers(by, invitation.organisation, *MAY_INVITE)
    _record("user.invitation_withdrawn", invitation, by)
    invitation.delete()


def find_invitation(secret: str) -> Invitation:
    """The invitation behind a link. NotFound when it was withdrawn, sent again, accepted, or never was."""
    found = Invitation.objects.pending().filter(secret_hash=hash_secret(secret))
    invitation = found.select_related("organisation", "role", "invited_by__agent").first()
    if invitation is None:
        raise NotFound("This invitation no longer works")
    return invitation


@transaction.atomic
def create_account(*, invitation: Invitation, name: str, password: str) -> User:
    """An account for the invited address, which the mail has proven, and the membership. Conflict when there is one."""
    invitation = _locked(invitation)
    if User.objects.filter(email__iexact=invitation.email).exists():
        raise Conflict(_("This address has an account already; sign in to join"), code="account_exists")
    user = User.objects.create_user(invitation.email, password, name=name.replace("\x00", "").strip()[:255])
    audit.record("user.created", actor=caller_of_user(user), subject=user, organisation_id=invitation.organisation_id)
    accept_invitation(invitation=invitation, user=user)
    return user


@transaction.atomic
def accept_invitation(*, invitation: Invitation, user: User) -> Membership:
    """Join with an account. Only the address that was invited may, once, and in time."""
    invitation = _locked(invitation)
    if invitation.accepted_at is not None:
        raise Conflict(_("This invitation was accepted already"), code="accepted")
    if invitation.is_expired:
        raise Conflict(_("This invitation has expired; ask for a new one"), code="expired")
    if invitation.email.lower() != user.email.lower():
        raise Conflict(_("This invitation is for %(email)s") % {"email": invitation.email}, code="other_address")
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    held = Membership.objects.filter(user=user, organisation=invitation.organisation).first()
    if held is not None:
        _give_groups(invitation, user)
        return held
    membership = add_member(organisation=invitation.organisation, user=user, role=invitation.role, by=None)
    _give_groups(invitation, user)
    _record("user.invitation_accepted", invitation, caller_of_user(user))
    return membership


def _give_groups(invitation: Invitation, user: User, besides: Collection[int] = ()) -> None:
    """The roles in groups that come with an invitation, where the person holds none yet or one that has less."""
    held = {one.group_id: set(one.role.flags) for one in user.grants.select_related("role")}
    for one in invitation.groups.exclude(group_id__in=besides).select_related("group", "role"):
        if one.group_id not in held or set(one.role.flags) > held[one.group_id]:
            grant_group_role(group=one.group, user=user, role=one.role, by=None)


def _locked(invitation: Invitation) -> Invitation:
    """The invitation as it is now, which nobody else takes up or takes back meanwhile."""
    found = Invitation.objects.select_for_update(of=("self",)).filter(pk=invitation.pk).first()
    if found is None:
        raise NotFound("This invitation no longer works")
    return found


def _address(email: str) -> str:
    email = email.replace("\x00", "").strip().lower()
    try:
        validate_email(email)
    except ValidationError as problem:
        raise BadRequest(_("This is not an e-mail address"), code="bad_address") from problem
    return email


def _record(action: str, invitation: Invitation, by: Caller | None, **metadata) -> None:
    audit.record(action, actor=by, subject=invitation, organisation_id=invitation.organisation_id, **metadata)


def _mail(invitation: Invitation, secret: str) -> None:
    invitation.link = f"{settings.PUBLIC_URL}/invitation/{secret}/"
    shown = {"invitation": invitation, "link": invitation.link, "days": VALID.days}
    subject = render_to_string("email/invitation_subject.txt", shown).strip().replace("\n", " ")
    body = render_to_string("email/invitation.txt", shown)
    transaction.on_commit(lambda: _send(subject, body, invitation.email))


def _mail_welcome(user: User, organisation: Organisation, by: Caller | None) -> None:
    """Tell somebody whose account was made for them; the link lets them choose a password."""
    from allauth.account.forms import default_token_generator
    from allauth.account.utils import user_pk_to_url_str

    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    shown = {
        "organisation": organisation,
        "inviter": by.name if by else "",
        "link": f"{settings.PUBLIC_URL}/accounts/password/reset/key/{key}/",
        "again": f"{settings.PUBLIC_URL}/accounts/password/reset/",
    }
    subject = render_to_string("email/welcome_subject.txt", shown).strip().replace("\n", " ")
    body = render_to_string("email/welcome.txt", shown)
    transaction.on_commit(lambda: _send(subject, body, user.email))


def _send(subject: str, body: str, address: str) -> None:
    """A mail server that is away must not undo the invitation: it can be sent again from the list."""
    try:
        send_mail(subject, body, None, [address])
    except OSError:
        log.exception("An invitation could not be mailed")
