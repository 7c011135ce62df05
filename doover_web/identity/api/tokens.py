"""A device replaces its own token, in two steps (`data-api §14.3`)."""

from django.http import HttpRequest
from ninja import Router

from doover_web.common.wire import Forbidden, TooMany

from ..actions.token import confirm_token, rotate_token
from ..auth import Caller
from ..limits import Limit
from ..models import Agent

router = Router(tags=["device tokens"])
# A token that leaked must not fill the table.
_turns = Limit("token_rotate", 10)


@router.post("/agents/{agent_id}/token/rotate")
def rotate(request: HttpRequest, agent_id: str) -> dict:
    """A new token beside the old one."""
    if _turns.count(request.auth.agent_id):
        raise TooMany("A device replaces its token ten times a minute at most; wait a minute")
    secret, issued_at = rotate_token(caller=request.auth, agent=_own_agent(request.auth, agent_id))
    return {"token": secret, "issued_at_ms": _ms(issued_at)}


@router.post("/agents/{agent_id}/token/confirm")
def confirm(request: HttpRequest, agent_id: str) -> dict:
    """Retire every token that is older than the one this call came with."""
    return {"tokens_valid_from": _ms(confirm_token(caller=request.auth, agent=_own_agent(request.auth, agent_id)))}


def _own_agent(caller: Caller, agent_id: str) -> Agent:
    """The agent that the path names, which must be the caller."""
    if agent_id != "me" and agent_id != str(caller.agent_id):
        raise Forbidden("A device replaces its own token, with its own token", code="not_own_token")
    return Agent.objects.get(pk=caller.agent_id)


def _ms(moment) -> int:
    return int(moment.timestamp() * 1000)
