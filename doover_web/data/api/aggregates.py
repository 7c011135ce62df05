from ninja import Router

from doover_web.common.wire import flag

from ..access import channel_to_watch, reach_agent, ref_of
from ..events import aggregate_out
from ..history import read_aggregate
from ..requests import aggregate_change_of
from .answers import answer, nothing
from .schemas import AggregateOut
from .uploads import upload_shape, written

router = Router(tags=["aggregates"])
AGGREGATE = "/agents/{agent_id}/channels/{name}/aggregate"
FLAGS = {
    "parameters": [
        {"in": "query", "name": name, "schema": {"type": "boolean"}}
        for name in ("suppress_response", "clear_attachments", "log_update")
    ]
    + [{"in": "query", "name": "replace", "schema": {"type": "array", "items": {"type": "string"}}}],
    **upload_shape({"tank_1": {"level_pct": 63.2}}, is_wrapped=False),
}


@router.get(AGGREGATE, response=AggregateOut)
def get_aggregate(request, agent_id: str, name: str):
    """The state of a channel."""
    reach = reach_agent(request.auth, agent_id)
    return answer(aggregate_out(read_aggregate(ref_of(reach, channel_to_watch(reach, name)))))


@router.patch(AGGREGATE, response=AggregateOut, openapi_extra=FLAGS)
def patch_aggregate(request, agent_id: str, name: str):
    """Merge into the state: objects merge, null removes, anything else replaces (`data-api §8.2`)."""
    return _changed(request, agent_id, name, replace_all=False)


@router.put(AGGREGATE, response=AggregateOut, openapi_extra=FLAGS)
def put_aggregate(request, agent_id: str, name: str):
    """Put a new state in the place of the old one."""
    return _changed(request, agent_id, name, replace_all=True)


def _changed(request, agent_id: str, name: str, *, replace_all: bool):
    reach = reach_agent(request.auth, agent_id)

    def make(document):
        return aggregate_change_of(reach, name, document, request.GET, replace_all=replace_all)

    applied = written(request, make, is_wrapped=False)
    return nothing() if flag(request.GET, "suppress_response") else answer(aggregate_out(applied.the_aggregate))
