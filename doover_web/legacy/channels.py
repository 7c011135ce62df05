"""Channels: read, made and published to (`legacy-client-api §5.3, §5.4, §6`)."""

from typing import Any

from ninja import Router

from doover_web.common.message_key import message_key
from doover_web.common.wire import BadRequest
from doover_web.data.access import Reach, channel_not_found, ref_of
from doover_web.data.models import Channel
from doover_web.processors.models import Task

from .actions import bad_name, bind_task, publish
from .door import answer, bare, either_slash, message_of
from .finding import channel_at, channel_of, reach_of
from .payloads import read_state
from .shapes import channel_out, keys_of

router = Router(tags=["channels"])


@either_slash(router, ["GET"], "/agent/{agent}/{name}")
def get_channel_named(request, agent: str, name: str):
    return _shown(*channel_at(request.auth, agent, name))


@either_slash(router, ["POST"], "/agent/{agent}/{name}")
def publish_by_name(request, agent: str, name: str):
    """Publish to a channel, which is made when it is missing; without a body only that."""
    return _published(request, reach_of(request.auth, agent), name)


@router.api_operation(["GET", "HEAD", "POST"], "/agent/{agent}/{path:name}", include_in_schema=False)
def refuse_slash(request, agent: str, name: str):
    """A name with a slash, which clients send as it is. There is none; who wants to make one is told why."""
    if request.method == "POST":
        reach_of(request.auth, agent)
        raise bad_name()
    raise channel_not_found(name)


@either_slash(router, ["GET"], "/channel/{channel}")
def get_channel(request, channel: str):
    """A channel by key, or by name at the caller's own agent."""
    return _shown(*channel_of(request.auth, channel))


@either_slash(router, ["POST"], "/channel/{channel}")
def publish_by_key(request, channel: str):
    reach, found = channel_of(request.auth, channel)
    return _published(request, reach, found.name)


def _shown(reach: Reach, channel: Channel):
    state, payload = read_state(channel, ref_of(reach, channel))
    task = Task.objects.of(channel) if channel.name.startswith("!") else None
    processor = task.processor if task else None
    key = str(processor.key) if processor else None
    return answer(channel_out(channel, keys_of([channel.agent_id])[channel.agent_id], state, payload, key))


def _published(request, reach: Reach, name: str):
    """The answer is the key of what was made: the message's, else the channel's."""
    if not request.body:
        return bare(str(publish(reach=reach, name=name).channel_key))
    body = message_of(request.body)
    if not isinstance(body, dict) or "msg" not in body:
        body = {"msg": body, "record_log": True}
    if body.get("processor_id") is not None:
        return bare(str(bind_task(reach=reach, name=name, processor=_text(body["processor_id"])).key))
    done = publish(
        reach=reach,
        name=name,
        message=body["msg"],
        is_published=True,
        log=_flag(body, "record_log"),
        log_whole=_flag(body, "log_aggregate"),
        replace_all=_flag(body, "override_aggregate"),
        ts=_moment(body.get("timestamp")),
    )
    return bare(message_key(done.message_id) if done.message_id is not None else str(done.channel_key))


def _flag(body: dict, name: str) -> bool:
    value = body.get(name)
    if value not in (None, True, False):
        raise BadRequest(f"{name} must be true or false", code="bad_value")
    return bool(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadRequest("processor_id must be the key of a processor channel", code="bad_value")
    return value


def _moment(value: Any) -> int | None:
    """Seconds since 1970 → milliseconds."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 10**12:
        raise BadRequest("timestamp must be a number of seconds since 1970", code="bad_time")
    return round(value * 1000)
