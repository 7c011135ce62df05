"""Subscribing tasks to channels (`legacy-client-api §5.5`)."""

from ninja import Router

from doover_web.common.wire import BadRequest

from .actions import subscribe
from .door import answer, either_slash, object_of

router = Router(tags=["tasks"])


@either_slash(router, ["POST"], "/channel/{task}/subscribe")
def post_subscription(request, task: str):
    """`{"channel_id", "subscribe"}`; answers true when it is as asked."""
    body = object_of(request)
    channel, wanted = body.get("channel_id"), body.get("subscribe")
    if not isinstance(channel, str) or not isinstance(wanted, bool):
        raise BadRequest("Send channel_id, the key of a channel, and subscribe, true or false", code="bad_value")
    subscribe(caller=request.auth, task=task, channel=channel, wanted=wanted)
    return answer(True)
