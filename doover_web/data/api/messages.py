from django.conf import settings
from ninja import Router

from doover_web.common.window import read_window
from doover_web.common.wire import flag

from ..access import channel_to_read, parse_id, reach_agent, ref_of
from ..events import message_out
from ..history import find_message, list_messages
from ..publish import delete_message
from ..requests import change_of, post_of
from .answers import answer, nothing
from .schemas import MessageOut
from .uploads import upload_shape, written

router = Router(tags=["messages"])
MESSAGES = "/agents/{agent_id}/channels/{name}/messages"
WINDOW_SHAPE = {
    "parameters": [
        {"in": "query", "name": name, "schema": {"type": "string", "pattern": "^-?[0-9]{1,19}$"}}
        for name in ("before", "after")
    ]
    + [
        {"in": "query", "name": "limit", "schema": {"type": "integer", "minimum": 1, "maximum": settings.MAX_PAGE}},
        {"in": "query", "name": "field_name", "schema": {"type": "array", "items": {"type": "string"}}},
    ]
}
MESSAGE_BODY = upload_shape({"data": {"level": 1.2}, "ts": 1772600767890}, is_wrapped=True)


@router.get(MESSAGES, response=list[MessageOut], openapi_extra=WINDOW_SHAPE)
def get_messages(request, agent_id: str, name: str):
    """The messages of a window: newest first, or oldest first with `after` alone (`data-api §7.2`)."""
    window = read_window(request.GET, maximum=settings.MAX_PAGE)
    reach = reach_agent(request.auth, agent_id)
    channel = channel_to_read(reach, name)
    found = list_messages(channel, ref_of(reach, channel), window, fields=request.GET.getlist("field_name"))
    return answer([message_out(message) for message in found])


@router.get(MESSAGES + "/{message_id}", response=MessageOut)
def get_message(request, agent_id: str, name: str, message_id: str):
    reach = reach_agent(request.auth, agent_id)
    channel = channel_to_read(reach, name)
    return answer(message_out(find_message(channel, ref_of(reach, channel), parse_id(message_id))))


@router.post(MESSAGES, response=MessageOut, openapi_extra=MESSAGE_BODY)
def post_message(request, agent_id: str, name: str):
    """Keep a message; `ts` dates it, also into the past (`data-api §7.3`)."""
    return _posted(request, agent_id, name, None)


@router.post(MESSAGES + "/{message_id}", response=MessageOut, openapi_extra=MESSAGE_BODY)
def post_message_with_id(request, agent_id: str, name: str, message_id: str):
    """Keep a message under an id of the client's choice; sending it again changes nothing."""
    return _posted(request, agent_id, name, parse_id(message_id))


@router.patch(MESSAGES + "/{message_id}", response=MessageOut, openapi_extra=MESSAGE_BODY)
def patch_message(request, agent_id: str, name: str, message_id: str):
    """Merge into a message (`data-api §7.4`)."""
    return _changed(request, agent_id, name, message_id, replace=False)


@router.put(MESSAGES + "/{message_id}", response=MessageOut, openapi_extra=MESSAGE_BODY)
def put_message(request, agent_id: str, name: str, message_id: str):
    """Put new data in a message's place."""
    return _changed(request, agent_id, name, message_id, replace=True)


@router.delete(MESSAGES + "/{message_id}")
def remove_message(request, agent_id: str, name: str, message_id: str):
    delete_message(reach=reach_agent(request.auth, agent_id), name=name, message_id=parse_id(message_id))
    return nothing()


def _posted(request, agent_id: str, name: str, message_id: int | None):
    reach = reach_agent(request.auth, agent_id)
    return _written(request, lambda document: post_of(reach, name, document, message_id))


def _changed(request, agent_id: str, name: str, message_id: str, *, replace: bool):
    reach, number = reach_agent(request.auth, agent_id), parse_id(message_id)
    return _written(request, lambda document: change_of(reach, name, document, number, replace=replace))


def _written(request, make):
    applied = written(request, make, is_wrapped=True)
    return nothing() if flag(request.GET, "suppress_response") else answer(message_out(applied.the_message))
