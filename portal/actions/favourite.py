"""What a person marks for quick access: theirs alone, so there is nothing to record."""

from django.utils.translation import gettext as _

from doover_web.common.wire import BadRequest
from doover_web.identity.models import Agent, User

from ..models import Favourite

MOST = 500  # of one person


def mark(*, user: User, agent: Agent) -> None:
    """Mark `agent`; marking twice changes nothing."""
    if Favourite.objects.filter(user=user).count() >= MOST:
        raise BadRequest(_("You have %(MOST)s favourites already; unmark one first") % {"MOST": MOST}, code="too_many")
    Favourite.objects.get_or_create(user=user, agent=agent)


def unmark(*, user: User, agent: Agent) -> None:
    Favourite.objects.filter(user=user, agent=agent).delete()
