from django.conf import settings
from ninja import Router

from doover_web.common.window import DEFAULT_LIMIT, read_cursor, read_limit, read_window
from doover_web.common.wire import BadRequest, NotFound

from ..access import Reach, parse_id, reach_agents, same_channel_of_many
from ..events import aggregate_out, message_out
from ..many_agents import Page, list_messages_of_many, states_of_many
from .answers import answer
from .messages import WINDOW_SHAPE
from .schemas import AggregatesOfManyOut, MessagesOfManyOut

router = Router(tags=["many agents"])
MOST_AGENTS = 1000
AGENTS_SHAPE = {
    "in": "query",
    "name": "agent_id",
    "required": True,
    "schema": {"type": "array", "items": {"type": "string"}},
}
FIELDS_SHAPE = {"in": "query", "name": "field_name", "schema": {"type": "array", "items": {"type": "string"}}}
PAGE_SHAPE = {
    "parameters": [
        AGENTS_SHAPE,
        {"in": "query", "name": "agent_before", "schema": {"type": "array", "items": {"type": "string"}}},
        {"in": "query", "name": "agent_message_limit", "schema": {"type": "integer", "minimum": 1}},
        *WINDOW_SHAPE["parameters"],
    ]
}


@router.get("/agents/channels/{name}/messages", response=MessagesOfManyOut, openapi_extra=PAGE_SHAPE)
def get_messages_of_many(request, name: str):
    """The messages of one channel of many agents, newest first over all of them (`data-api §9.1`)."""
    agents = _agents(request)
    befores = _befores(request, agents)
    each = read_limit(request.GET, "agent_message_limit", maximum=settings.MAX_PAGE)
    default = DEFAULT_LIMIT if each is None else settings.MAX_PAGE
    window = read_window(request.GET, maximum=settings.MAX_PAGE, default=default)
    places = same_channel_of_many(_reaches(request, agents).values(), name, history=True)
    page = list_messages_of_many(
        places,
        window,
        befores=befores,
        each=each,
        fields=request.GET.getlist("field_name"),
        forward=_pages_forward(request),
    )
    return answer(_page_out(page))


@router.get(
    "/agents/channels/{name}/aggregates",
    response=AggregatesOfManyOut,
    openapi_extra={"parameters": [AGENTS_SHAPE, FIELDS_SHAPE]},
)
def get_aggregates_of_many(request, name: str):
    """The states of one channel of many agents, in the order of the agents (`data-api §9.2`)."""
    reaches = _reaches(request, _agents(request))
    found = same_channel_of_many(reaches.values(), name, history=False)
    order = {agent_id: number for number, agent_id in enumerate(reaches)}
    found.sort(key=lambda place: order[place[0].agent_id])
    states = states_of_many(found, request.GET.getlist("field_name"))
    results = [{"agent_id": str(state.channel.agent_id), **aggregate_out(state)} for state in states]
    return answer({"results": results, "count": len(results)})


def _agents(request) -> list[int | None]:
    """The agents that were asked for; None in the place of what cannot be one."""
    texts = request.GET.getlist("agent_id")
    if not 1 <= len(texts) <= MOST_AGENTS:
        raise BadRequest(f"Name 1 to {MOST_AGENTS} agents (agent_id)", code="bad_agents")
    return [request.auth.agent_id if text == "me" else _id_of(text) for text in texts]


def _id_of(text: str) -> int | None:
    try:
        return parse_id(text)
    except NotFound:
        return None


def _reaches(request, agents: list[int | None]) -> dict[int, Reach]:
    """The caller at those agents that it may know of, in the order of the request."""
    wanted = dict.fromkeys(one for one in agents if one is not None)
    found = reach_agents(request.auth, wanted)
    return {one: found[one] for one in wanted if one in found}


def _befores(request, agents: list[int | None]) -> dict[int, int]:
    """The upper bound of each agent that has one of its own; of an agent that is named twice the first counts."""
    texts = request.GET.getlist("agent_before")
    if texts and len(texts) != len(agents):
        raise BadRequest("agent_before must be given as often as agent_id, or not at all", code="bad_cursor")
    befores: dict[int, int] = {}
    for agent, text in zip(agents, texts, strict=False):
        before = read_cursor(text, "agent_before")
        if agent is not None and before is not None:
            befores.setdefault(agent, before)
    return befores


def _pages_forward(request) -> bool:
    """One library pages forward through windows that have both bounds and a limit, and is known by the header that it
    does not send (`data-api §9.1`). For everybody else `after` is a floor, also alone."""
    query = request.GET
    bounded = all(query.get(name) for name in ("before", "after", "limit")) and not query.getlist("agent_before")
    return bounded and "X-Doover-Sharing" not in request.headers


def _page_out(page: Page) -> dict:
    cursors = {str(agent_id): str(cursor) for agent_id, cursor in page.cursors.items()}
    return {
        "results": [message_out(message) for message in page.messages],
        "count": len(page.messages),
        "next_cursors": cursors,
        "next": str(max(page.cursors.values())) if cursors else None,
        "at_limit_agent_ids": list(cursors),
    }
