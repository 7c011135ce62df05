"""Where a page of the admin portal happens: the organisation, and ids that people send."""

import re

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from doover_web.common.snowflake import ID_MAX, ID_MIN
from doover_web.common.wire import BadRequest, NotFound
from doover_web.identity.flags import ORGANISATION_FLAGS
from doover_web.identity.models import Organisation
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
