from ninja import Router

from ..access import reach_each
from ..batches import Kind, batch_of, batch_out
from ..publish import apply_all
from ..writes import Write
from .answers import answer, body_shape
from .schemas import BatchOut

router = Router(tags=["batches"])
ITEMS = body_shape({"items": [{"agent_id": "154816659125698577", "channel_name": "level", "data": {"metres": 1.2}}]})
MESSAGES, AGGREGATES = "/agents/messages", "/agents/aggregates"


@router.post(MESSAGES, response=BatchOut, openapi_extra=ITEMS)
def post_messages(request):
    """Keep up to 50 messages, each with an outcome of its own (`data-api §9.3`)."""
    return _applied(request, Kind.CREATE)


@router.patch(MESSAGES, response=BatchOut, openapi_extra=ITEMS)
def patch_messages(request):
    """Merge into up to 50 messages."""
    return _applied(request, Kind.MERGE)


@router.put(MESSAGES, response=BatchOut, openapi_extra=ITEMS)
def put_messages(request):
    """Put new data in the place of up to 50 messages."""
    return _applied(request, Kind.REPLACE)


@router.delete(MESSAGES, response=BatchOut, openapi_extra=ITEMS)
def delete_messages(request):
    return _applied(request, Kind.DELETE)


@router.patch(AGGREGATES, response=BatchOut, openapi_extra=ITEMS)
def patch_aggregates(request):
    """Merge into the states of up to 50 channels."""
    return _applied(request, Kind.AGGREGATE)


def _applied(request, kind: Kind):
    batch = batch_of(kind, request.body)
    writes = batch.writes(reach_each(request.auth, batch.agents()))
    asked = [write for write in writes if isinstance(write, Write)]
    outcomes = apply_all(asked) if asked else []
    return answer(batch_out(batch, writes, outcomes))
