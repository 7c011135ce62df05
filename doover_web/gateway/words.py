"""Who said something by a request: the sign of life of devices that open no link (`data-api §16.2`)."""

from collections.abc import Iterable

from doover_web.common.snowflake import ms_of, now_ms
from doover_web.data.events import AggregateUpdated, Event, MessageCreated, MessageUpdated, OneShotSent

# Of an agent that goes on speaking no more is asked than this.
AGAIN_MS = 10_000
# What is dated further back is a past that is handed in, and not always by the device.
RECENT_MS = 300_000
MOST_KNOWN = 100_000
# For so long a device may go on to say itself how it is: that it goes, or when it wakes.
SETTLE_MS = 2000
# Here the server speaks in the name of agents.
OF_THE_SERVER = {"doover_connection", "notifications", "dv-geofences", "dv-audit"}

_noted: dict[int, int] = {}  # agent → when it was noted last
_waiting: dict[int, int] = {}


def heard(events: Iterable[Event]) -> None:
    """Listener: note the agents that spoke for themselves. Whoever keeps the badges of this process takes them."""
    now = now_ms()
    for event in events:
        agent_id = event.channel.agent_id
        if _is_word(event, now) and now - _noted.get(agent_id, 0) >= AGAIN_MS:
            if len(_noted) >= MOST_KNOWN:
                _noted.clear()
            _noted[agent_id] = _waiting[agent_id] = now


def take(most: int) -> dict[int, int]:
    """Those who spoke `SETTLE_MS` ago or earlier and were not taken yet, and when (ms), `most` of them."""
    until = now_ms() - SETTLE_MS
    settled = [agent_id for agent_id, at in list(_waiting.items()) if at <= until][:most]
    return {agent_id: _waiting.pop(agent_id) for agent_id in settled}


def _is_word(event: Event, now: int) -> bool:
    """Whether an agent says something of now, in a channel of its own."""
    if event.channel.name in OF_THE_SERVER:
        return False
    match event:
        case MessageCreated():
            author, moment = event.message.author_id, ms_of(event.message.id)
        case MessageUpdated() | AggregateUpdated() | OneShotSent():
            author, moment = event.author_id, now
        case _:
            return False
    return author == event.channel.agent_id and moment >= now - RECENT_MS
