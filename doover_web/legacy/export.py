"""A channel's history as the CSV file that old clients read back (`legacy-client-api §7.3`)."""

import csv
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

from ninja import Router

from doover_web.common.message_key import message_key
from doover_web.common.snowflake import ms_of
from doover_web.data.access import Reach
from doover_web.data.models import Channel
from doover_web.identity.models import Agent
from doover_web.pages.export import Line, streamed

from .door import either_slash
from .finding import channel_of, check_history
from .messages import bounds, pages_of, portions
from .payloads import payloads_of

router = Router(tags=["messages"])
EVERYTHING = sys.maxsize  # messages: a file is sent while it is made, and an incomplete one would be taken for all
HEAD = ["Key", "Timestamp (UTC)", "Channel", "Channel ID", "Agent", "Agent ID", "Payload"]


@either_slash(router, ["GET"], "/channel/{channel}/messages/export.csv")
def export_messages(request, channel: str):
    """The whole history, or that of the seconds `from` to `to`, the newest first."""
    reach, found = channel_of(request.auth, channel)
    check_history(reach)
    asked = request.GET
    window = bounds(asked.get("from") or "-inf", asked.get("to") or "inf")
    response = streamed(request, _lines(reach, found, *window), "text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="messages.csv"'
    return response


def _lines(reach: Reach, channel: Channel, after: int, before: int) -> Iterator[str]:
    writer = csv.writer(Line())
    yield writer.writerow(HEAD)
    names: dict[int, str] = {}
    for page, authors in pages_of(reach, channel, EVERYTHING, after, before):
        if missing := {one.author_id for one in page} - names.keys():
            names |= {agent.id: agent.title for agent in Agent.objects.filter(pk__in=missing)}
        payloads = payloads_of(channel, page)
        for part in portions(page, payloads):
            yield "".join(
                writer.writerow(
                    [
                        message_key(one.id),
                        datetime.fromtimestamp(ms_of(one.id) / 1000, UTC).isoformat(timespec="microseconds"),
                        channel.name,
                        str(channel.key),
                        # A spreadsheet would take such a name for a formula; no client reads it.
                        names.get(one.author_id, "").lstrip("=+-@\t\r"),
                        authors[one.author_id],
                        payloads.of(one).decode(),
                    ]
                )
                for one in part
            )
