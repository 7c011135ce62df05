"""Where a page of the admin portal happens: the organisation, its roles, and ids that people send."""

import re

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from doover_web.common.snowflake import ID_MAX, ID_MIN
from doover_web.common.wire import BadRequest, NotFound
from doover_web.identity.flags import BUILT_IN_GROUP_ROLES, BUILT_IN_ORGANISATION_ROLES, ORGANISATION_FLAGS
from doover_web.identity.models import GroupRole, Organisation, OrganisationRole
from doover_web.identity.permissions import may_administer, require

MANAGING = tuple(flag for flag in ORGANISATION_FLAGS if flag != "access_site")


def organisation_of(request, *flags: str) -> Organisation:
    """The organisation that the caller is in. Forbidden when their role there has none of `flags`."""
    organisation = Organisation.objects.filter(pk=request.caller.organisation_id).first()
    if organisation is None:
        raise NotFound(_("You are in no organisation"))
    require(request.caller, organisation.id, flags)
    return organisation


def may(request, organisation: Organisation, flag: str) -> bool:
    return may_administer(request.caller.standing, organisation.id, flag)


def organisation_roles(organisation: Organisation) -> list[OrganisationRole]:
    """The roles that members may have, the built-in ones first."""
    if OrganisationRole.objects.filter(organisation=None).count() < len(BUILT_IN_ORGANISATION_ROLES):
        for name in BUILT_IN_ORGANISATION_ROLES:
            OrganisationRole.objects.built_in(name)
    found = list(OrganisationRole.objects.offered_in(organisation).select_related("default_root_group_role"))
    return _ordered(found, list(BUILT_IN_ORGANISATION_ROLES))


def group_roles(organisation: Organisation) -> list[GroupRole]:
    """The roles that people may have in groups, the built-in ones first."""
    if GroupRole.objects.filter(organisation=None).count() < len(BUILT_IN_GROUP_ROLES):
        for name in BUILT_IN_GROUP_ROLES:
            GroupRole.objects.built_in(name)
    return _ordered(list(GroupRole.objects.offered_in(organisation)), list(BUILT_IN_GROUP_ROLES))


def chosen(text: str, among):
    """The one of `among` with the id that a form sends; None for an empty choice. BadRequest for anything else."""
    if not text:
        return None
    if isinstance(among, QuerySet):
        among = among.filter(pk=text) if re.fullmatch("-?[0-9]{1,19}", text) else among.none()
    found = next((one for one in among if str(one.id) == text), None)
    if found is None:
        raise BadRequest(_("This choice is no longer offered; load the page anew"), code="bad_choice")
    return found


def id_of(text: str) -> int:
    """An id in an address. NotFound for a number that is none."""
    if not re.fullmatch(r"-?[0-9]{1,19}", text) or not ID_MIN <= int(text) <= ID_MAX:
        raise NotFound(_("There is nothing with this id"))
    return int(text)


def _ordered(roles: list, names: list[str]) -> list:
    def rank(role):
        built_in = role.organisation_id is None and role.name in names
        return (role.organisation_id is not None, names.index(role.name) if built_in else len(names), role.name)

    return sorted(roles, key=rank)
