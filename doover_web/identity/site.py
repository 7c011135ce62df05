"""Who may use the customer site of an organisation (`access_site`, `control-api §4.2`)."""

from .auth import Caller
from .models import Organisation, User
from .standing import may_administer

MOST_ASKED = 3


def without_site(caller: Caller) -> Organisation | None:
    """The organisation that the caller is in and whose site is closed to them; None when it is open, or they are in
    none."""
    here = caller.organisation_id
    if here is None or may_administer(caller.standing, here, "access_site"):
        return None
    return Organisation.objects.filter(pk=here).first()


def is_guest(caller: Caller) -> bool:
    """Whether the caller is in an organisation whose role for them holds nothing beyond its site."""
    member = caller.standing.members.get(caller.organisation_id or 0)
    return member is not None and member.is_guest and not caller.is_superuser


def who_to_ask(organisation: Organisation) -> list[str]:
    """Names of people who can give a role there, the longest members first."""
    may_give = User.objects.filter(
        is_active=True,
        memberships__organisation=organisation,
        memberships__role__flags__contains=["users_manage"],
    )
    found = may_give.select_related("agent").order_by("memberships__id")
    return [user.agent.title for user in found[:MOST_ASKED]]
