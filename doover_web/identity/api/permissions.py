"""Who may do what, as the data plane keeps it (`data-api §14.1`); computed when it is asked for."""

import re

from django.http import HttpRequest
from ninja import Body, Router, Schema

from doover_web.common.snowflake import ID_MAX, ID_MIN, now_ms
from doover_web.common.wire import BadRequest, Forbidden, NotFound

from ..auth import Caller
from ..callers import standing_of_agent, standing_of_user
from ..changes import rights_changed
from ..models import Agent, User
from ..permissions import EVERYTHING, subject_of
from ..standing import Standing, rights_of, visible_agents

router = Router(tags=["permissions"])
MOST_SYNCED = 10_000


class Sync(Schema):
    agent_permissions: list[dict] = []


@router.get("/agents/{agent_id}/permissions")
def permissions(request: HttpRequest, agent_id: str) -> dict:
    """Everything that one agent may do."""
    return _told(request.auth, _holder(request.auth, agent_id))


@router.get("/agents/{agent_id}/permissions/debug")
def debug(request: HttpRequest, agent_id: str) -> dict:
    """The same; nothing is remembered between two questions, so there is no cache to compare with."""
    return {"cache": None, "db": _told(request.auth, _holder(request.auth, agent_id))}


@router.post("/permissions/sync")
def sync(request: HttpRequest, body: Body[Sync]) -> dict:
    """Have the rights of these agents looked at again everywhere. There is no second copy to bring up to date."""
    if not request.auth.is_superuser or request.auth.standing.limit != EVERYTHING:
        raise Forbidden("Only a superuser may do this", code="not_superuser")
    if len(body.agent_permissions) > MOST_SYNCED:
        raise BadRequest(f"Send at most {MOST_SYNCED} agents at a time")
    wanted = [_id(str(one.get("agent_id", ""))) for one in body.agent_permissions]
    known = set(Agent.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    if known:
        rights_changed(*known)
    return {"success": [str(one) for one in wanted if one in known]}


def _holder(caller: Caller, agent_id: str) -> Agent:
    """The agent whose permissions are asked for: the caller itself, or anybody for a superuser."""
    wanted = caller.agent_id if agent_id == "me" else _id(agent_id)
    agent = Agent.objects.visible_to(caller).filter(pk=wanted).first()
    if agent is None:
        raise NotFound("Agent not found")
    if agent.id != caller.agent_id and not caller.is_superuser:
        raise Forbidden("An agent's permissions are for itself", code="not_own_permissions")
    return agent


def _told(caller: Caller, agent: Agent) -> dict:
    standing = caller.standing if agent.id == caller.agent_id else _standing_of(agent)
    seen = Agent.objects.in_use().filter(visible_agents(standing)).select_related("group").order_by("id")
    resources = [
        {"permission_id": f"ag:{one.id}", "permission": str(int(rights_of(standing, subject_of(one))))} for one in seen
    ]
    return {
        "agent_id": str(agent.id),
        "is_superuser": standing.is_superuser,
        "resources": resources,
        "last_updated": now_ms(),
    }


def _standing_of(agent: Agent) -> Standing:
    user = User.objects.filter(pk=agent.id, is_active=True).select_related("agent").first()
    return standing_of_user(user) if user else standing_of_agent(agent)


def _id(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,19}", text, re.ASCII) or not ID_MIN <= int(text) <= ID_MAX:
        raise BadRequest("An agent id is a signed 64-bit integer", code="bad_id")
    return int(text)
