"""Messages: the newest, a window, one (`legacy-client-api §5.6, §5.7`)."""

import itertools
import time
from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Router

from doover_web.common.snowflake import ID_MAX, ID_MIN, MS_MAX, MS_MIN, first_id_of
from doover_web.common.window import Window
from doover_web.common.wire import JSON, NotFound, dump_json
from doover_web.data.access import Reach, ref_of
from doover_web.data.history import StoredMessage, find_message, list_what_fits
from doover_web.data.models import Channel
from doover_web.data.publish import delete_message
from doover_web.pages.export import streamed

from .door import answer, either_slash
from .finding import channel_at, channel_of, check_history
from .payloads import Payloads, payloads_of
from .shapes import keys_of, message_out
from .translate import message_id_of

router = Router(tags=["messages"])
PAGE = 1000  # messages read at a time
LARGEST_WHOLE = 1024 * 1024  # bytes
BY_KEY = "/channel/{channel}/messages"
BY_NAME = "/agent/{agent}/{name}/messages"


@either_slash(router, ["GET"], BY_KEY)
def get_all(request, channel: str):
    """The whole history, the newest first, up to the setting."""
    return _listed(request, *channel_of(request.auth, channel), most=settings.LEGACY_MOST_MESSAGES)


@either_slash(router, ["GET"], BY_KEY + "/{int:count}")
def get_newest(request, channel: str, count: int):
    return _listed(request, *channel_of(request.auth, channel), most=_bounded(count))


@either_slash(router, ["GET"], BY_KEY + "/time/{start}/{end}")
def get_window(request, channel: str, start: str, end: str):
    """The messages from second `start` to the end of second `end`."""
    return _window(request, *channel_of(request.auth, channel), start, end)


@either_slash(router, ["GET"], BY_NAME)
def get_all_by_name(request, agent: str, name: str):
    return _listed(request, *channel_at(request.auth, agent, name), most=settings.LEGACY_MOST_MESSAGES)


@either_slash(router, ["GET"], BY_NAME + "/{int:count}")
def get_newest_by_name(request, agent: str, name: str, count: int):
    return _listed(request, *channel_at(request.auth, agent, name), most=_bounded(count))


@either_slash(router, ["GET"], BY_NAME + "/time/{start}/{end}")
def get_window_by_name(request, agent: str, name: str, start: str, end: str):
    return _window(request, *channel_at(request.auth, agent, name), start, end)


@either_slash(router, ["GET"], "/channel/{channel}/message/{message}")
def get_message(request, channel: str, message: str):
    reach, found = channel_of(request.auth, channel)
    check_history(reach)
    stored = find_message(found, ref_of(reach, found), _id(message))
    author = keys_of([stored.author_id]).get(stored.author_id, "")
    shown = message_out(stored, payloads_of(found, [stored]), author)
    if settings.LEGACY_TEXT_PAYLOAD:
        shown["payload"] = dump_json(shown["payload"]).decode()
    return answer({**shown, "current_time": time.time()})


@either_slash(router, ["DELETE"], "/channel/{channel}/message/{message}")
def remove_message(request, channel: str, message: str):
    """Take a message out of the history; the aggregate stays."""
    reach, found = channel_of(request.auth, channel)
    delete_message(reach=reach, name=found.name, message_id=_id(message))
    return HttpResponse(b"", content_type="text/plain")


def _id(text: str) -> int:
    found = message_id_of(text)
    if found is None:
        raise NotFound("Message not found")
    return found


def _bounded(count: int) -> int:
    return min(count or settings.LEGACY_MOST_MESSAGES, settings.LEGACY_MOST_NEWEST)


def _window(request: HttpRequest, reach: Reach, channel: Channel, start: str, end: str):
    after, before = bounds(start, end)
    return _listed(request, reach, channel, most=settings.LEGACY_MOST_MESSAGES, after=after, before=before)


def bounds(start: str, end: str) -> tuple[int, int]:
    """The ids between which the messages from second `start` to the end of second `end` lie."""
    before = first_id_of(min(_ms(end) + 1000, MS_MAX))
    return max(first_id_of(_ms(start)) - 1, ID_MIN), min(before, ID_MAX)


def _ms(text: str) -> int:
    """Whole seconds of a path, as milliseconds that an id can carry."""
    try:
        found = float(text) * 1000
    except ValueError as problem:
        raise NotFound("A window is two numbers of seconds since 1970") from problem
    if found != found:
        raise NotFound("A window is two numbers of seconds since 1970")
    return int(min(max(found, MS_MIN), MS_MAX))


def _listed(
    request: HttpRequest,
    reach: Reach,
    channel: Channel,
    *,
    most: int,
    after: int | None = None,
    before: int | None = None,
):
    """What is short is answered whole; of anything longer the rest is read while it is sent."""
    check_history(reach)
    parts = _parts(reach, channel, most, after, before)
    begun, size = [], 0
    for part in parts:
        begun.append(part)
        size += len(part)
        if size > LARGEST_WHOLE:
            return streamed(request, itertools.chain(begun, parts), JSON)
    return HttpResponse(b"".join(begun), JSON)


def _parts(reach: Reach, channel: Channel, most: int, after: int | None, before: int | None) -> Iterator[bytes]:
    """`{"messages": […]}`, a page of the database at a time."""
    yield b'{"messages":['
    mark = b""
    for page, authors in pages_of(reach, channel, most, after, before):
        payloads = payloads_of(channel, page)
        for part in portions(page, payloads):
            shown = (message_out(one, payloads, authors[one.author_id]) for one in part)
            yield mark + b",".join(map(dump_json, shown))
            mark = b","
    yield b"]}"


def portions(page: list[StoredMessage], payloads: Payloads) -> list[list[StoredMessage]]:
    """A page in the parts that are in the memory at one time: with files, one message after the other."""
    return [[one] for one in page] if payloads.files else [page]


def pages_of(
    reach: Reach, channel: Channel, most: int, after: int | None = None, before: int | None = None
) -> Iterator[tuple[list[StoredMessage], dict[int, str]]]:
    """Up to `most` messages, the newest first, in pages, each with the keys of all authors met so far."""
    ref, sent = ref_of(reach, channel), 0
    authors: dict[int, str] = {}
    before = ID_MAX if before is None else before
    limit = PAGE
    while sent < most:
        window = Window(before=before, after=after, limit=min(limit, most - sent))
        found, limit = list_what_fits(channel, ref, window)
        if missing := {one.author_id for one in found} - authors.keys():
            authors |= dict.fromkeys(missing, "") | keys_of(missing)
        if found:
            yield found, authors
        sent += len(found)
        if len(found) < limit:
            return
        before = found[-1].id
