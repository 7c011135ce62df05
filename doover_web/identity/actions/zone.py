"""Where an agent is, as far as its days are concerned."""

from django.core.exceptions import ValidationError
from django.db import transaction

from doover_web.common.wire import BadRequest

from .. import audit
from ..auth import Caller
from ..models import Organisation
from ..models.user import check_zone
from ..permissions import require


@transaction.atomic
def set_zone(*, organisation: Organisation, zone: str, by: Caller) -> Organisation:
    """Let the days of an organisation's agents begin at midnight of `zone`; empty: of the server's."""
    require(by, organisation.id, ["users_manage"])
    try:
        if zone:
            check_zone(zone)
    except ValidationError as problem:
        raise BadRequest(" ".join(problem.messages), code="bad_zone") from problem
    agent = organisation.agent
    before, agent.zone = agent.zone, zone
    agent.save(update_fields=["zone"])
    audit.record(
        "organisation.edited",
        actor=by,
        subject=organisation,
        organisation_id=organisation.id,
        before={"zone": before},
        after={"zone": zone},
    )
    return organisation
