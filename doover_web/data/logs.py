"""The logs of invocations: what a processor wrote while it worked, kept beside the message that sums it up
(`data-api §7.7`)."""

from collections.abc import Sequence

from doover_web.common.wire import NotFound, TooLarge, check_document, dump_json

from .models import MessageLog
from .refs import ChannelRef

LARGEST_LOG = 4 * 1024 * 1024  # bytes
MAX_DEPTH = 20


def store_log(*, ref: ChannelRef, message_id: int, entries: Sequence[dict]) -> None:
    """Keep `entries` as the log of a message, in place of what was kept before. Each has a `timestamp` in ms since
    1970 and a `type`. Refused when they are more than a log holds; whoever writes cuts them first."""
    for entry in entries:
        if not isinstance(entry.get("timestamp"), int) or not isinstance(entry.get("type"), str):
            raise ValueError("A log entry has a timestamp in ms and a type")
    check_document(list(entries), max_depth=MAX_DEPTH)
    if len(dump_json(list(entries))) > LARGEST_LOG:
        raise TooLarge(f"A log holds {LARGEST_LOG} bytes at most")
    ordered = sorted(entries, key=lambda entry: entry["timestamp"])
    place = {"agent_id": ref.agent_id, "channel_id": ref.channel_id, "message_id": message_id}
    MessageLog.objects.update_or_create(**place, defaults={"entries": ordered})


def read_log(ref: ChannelRef, message_id: int) -> list[dict]:
    """The entries, the oldest first; NotFound when the message has no log, or none yet."""
    place = {"agent_id": ref.agent_id, "channel_id": ref.channel_id, "message_id": message_id}
    entries = MessageLog.objects.filter(**place).values_list("entries", flat=True).first()
    if entries is None:
        raise NotFound("This message has no log, or none yet")
    return entries
