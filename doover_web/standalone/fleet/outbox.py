"""Messages on their way to the server: in order, kept while it is away, dated when they were written."""

import asyncio
import logging
from collections import deque
from typing import Any, NamedTuple

from doover_web.common.snowflake import MESSAGE, first_id_of

from .client import Client, Rejected, insist

log = logging.getLogger(__name__)
# A day and a half of minutes; beyond it the oldest go.
KEPT = 2000
# Our own place in the ids, so that we never meet those that the server makes.
INSTANCE = 777


def message_id(ms: int) -> int:
    """The id of our message of the moment `ms`; the same moment gives the same id."""
    return first_id_of(ms) | INSTANCE << 8 | MESSAGE << 4


class Letter(NamedTuple):
    channel: str
    id: int
    data: Any


class Outbox:
    def __init__(self, client: Client, kept: int = KEPT):
        self._client = client
        self._letters: deque[Letter] = deque(maxlen=kept)
        self._filled = asyncio.Event()
        self._last_ms: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._letters)

    def put(self, channel: str, data: Any, ms: int) -> int:
        """Keep a message of the moment `ms` for sending; returns its id."""
        # Two of one channel and millisecond must not share an id.
        self._last_ms[channel] = max(ms, self._last_ms.get(channel, 0) + 1)
        letter = Letter(channel, message_id(self._last_ms[channel]), data)
        self._letters.append(letter)
        self._filled.set()
        return letter.id

    async def deliver(self) -> None:
        """Send what comes in, one after the other, for ever."""
        while True:
            await self._filled.wait()
            while self._letters:
                await self._send(self._letters[0])
            self._filled.clear()

    async def _send(self, letter: Letter) -> None:
        try:
            await insist(lambda: self._client.post(letter.channel, letter.id, letter.data))
        except Rejected as refusal:
            log.warning("%s: a message for %s was refused: %s", self._client.name, letter.channel, refusal)
        # While we waited the box may have run over and thrown this one out already.
        if self._letters and self._letters[0] is letter:
            self._letters.popleft()
