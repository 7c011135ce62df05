import time

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from ninja import Router

from doover_web.common.wire import Forbidden

from ..access import channel_to_read, channel_to_watch, parse_id, reach_agent, ref_of
from ..files import find_file, find_file_at
from ..history import find_message
from ..links import is_signed
from .serving import send_file

router = Router(tags=["attachments"])
CHANNEL = "/agents/{agent_id}/channels/{name}"
LINK = "/attachments/{attachment_id}/{filename}"
READ = ["GET", "HEAD"]


@router.api_operation(READ, CHANNEL + "/aggregate/attachments/{attachment}", response={200: bytes})
def get_aggregate_attachment(request, agent_id: str, name: str, attachment: str):
    """A file of the state, by its id or its name (`data-api §7.6`)."""
    reach = reach_agent(request.auth, agent_id)
    ref = ref_of(reach, channel_to_watch(reach, name))
    return send_file(request, find_file_at(ref, None, attachment))


@router.api_operation(READ, CHANNEL + "/messages/{message_id}/attachments/{attachment}", response={200: bytes})
def get_message_attachment(request, agent_id: str, name: str, message_id: str, attachment: str):
    """A file of a message, by its id or its name."""
    reach = reach_agent(request.auth, agent_id)
    channel = channel_to_read(reach, name)
    message = find_message(channel, ref_of(reach, channel), parse_id(message_id))
    return send_file(request, find_file_at(message.channel, message.id, attachment))


@router.api_operation([*READ, "OPTIONS"], LINK, auth=None, response={200: bytes})
def get_linked_attachment(request, attachment_id: str, filename: str):
    """A file by the signed link that answers and events hold; whoever has the link may fetch it for some hours."""
    if request.method == "OPTIONS":
        return _open_to_all(HttpResponse())
    agent_id, number = parse_id(request.GET.get("agent", "")), parse_id(attachment_id)
    _check_link(request, agent_id, number, filename)
    return _open_to_all(send_file(request, find_file(agent_id, number)))


def _check_link(request: HttpRequest, agent_id: int, attachment_id: int, filename: str) -> None:
    """403, never 401: a client that hears 401 throws its own credential away."""
    end, signature = request.GET.get("exp", ""), request.GET.get("sig", "")
    stamp = int(end) if end.isascii() and end.isdigit() and len(end) <= 12 else 0
    if not is_signed(agent_id, attachment_id, filename, stamp, signature):
        raise Forbidden("This link is not one that this server made", code="bad_link")
    if stamp < time.time():
        raise Forbidden("This link has ended; read the message or the state again for a new one", code="expired_link")


def _open_to_all(response: HttpResponseBase) -> HttpResponseBase:
    """Pages of any origin may read it: the link is the permission, no cookie takes part."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
    response["Access-Control-Allow-Headers"] = "Authorization, Range, X-Doover-Organisation, X-Doover-Sharing"
    response["Access-Control-Expose-Headers"] = "Content-Disposition, Content-Length, Content-Range"
    return response
