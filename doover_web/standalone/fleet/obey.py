"""How a device takes commands from `ui_cmds` and `dv-rpc`, answers them and keeps what was set."""

import asyncio
import logging
import time
from collections.abc import Callable

from doover_web.common.snowflake import now_ms

from . import orders
from .camera import CONTROL
from .client import Client, Rejected, insist
from .orders import Order, Refusal
from .outbox import Outbox
from .plant import Plant

log = logging.getLogger(__name__)
LOOK_BACK = 50


class Obedience:
    """The commands of one device; `stir` is called when the plant was changed."""

    def __init__(self, plant: Plant, client: Client, outbox: Outbox, stir: Callable[[], None]):
        self._plant, self._client, self._outbox, self._stir = plant, client, outbox, stir
        self._running: dict[int, asyncio.Task] = {}
        # One that was done must not be taken for new when its message is read again.
        self._done: set[int] = set()
        self._looked_back = False

    def hear(self, event: str, d: dict) -> None:
        """An event of one of our channels."""
        if event == "MessageCreate" and d["channel"]["name"] in self._plant.commands:
            self._begin(d)
        elif event == "MessageUpdate" and orders.is_cancelled(d["message"]):
            self._drop(int(d["message"]["id"]))
        elif event == "AggregateUpdate" and d["channel"]["name"] == "ui_cmds":
            self._adopt(d)

    def _adopt(self, d: dict) -> None:
        """Somebody wrote settings straight into the state; what we wrote ourselves is old news."""
        if d["author_id"] != self._client.agent_id and self._plant.adopt(d["aggregate"]["data"], time.time()):
            self._stir()

    async def look_back(self) -> None:
        """After a new start of the link: take up what was sent while we were not listening."""
        try:
            for channel in self._plant.commands:
                for message in reversed(await insist(lambda c=channel: self._client.messages(c, LOOK_BACK))):
                    if not self._looked_back and orders.is_left_over(message, self._plant.apps):
                        lost = orders.failure("INTERRUPTED", "The device started again before this was done")
                        await self._answer(channel, int(message["id"]), lost)
                    else:
                        self._begin(message)
            self._looked_back = True
        except Rejected as refusal:
            log.warning("%s: cannot read its commands: %s", self._client.name, refusal)

    def _begin(self, message: dict) -> None:
        order = orders.read_order(message, self._plant.apps, now_ms())
        if order is None or order.message_id in self._running or order.message_id in self._done:
            return
        app = self._plant.owner_of(order.app, order.method)
        if app is None:
            return
        work = asyncio.create_task(self._obey(order, app, message["channel"]["name"]))
        self._running[order.message_id] = work
        work.add_done_callback(lambda _: self._forget(order.message_id))

    def _forget(self, message_id: int) -> None:
        self._running.pop(message_id, None)
        self._done.add(message_id)
        if len(self._done) > 2 * LOOK_BACK:
            self._done = set(sorted(self._done)[-2 * LOOK_BACK :])

    def _drop(self, message_id: int) -> None:
        if work := self._running.get(message_id):
            log.info("%s: a command was cancelled", self._client.name)
            work.cancel()

    async def _obey(self, order: Order, app: str, channel: str) -> None:
        try:
            await self._answer(channel, order.message_id, orders.acknowledged(now_ms()))
            response = await self._carry_out(order, app, channel)
            await self._answer(channel, order.message_id, orders.success(response))
            if channel != CONTROL:
                await self._keep(order, app)
        except Refusal as refusal:
            await self._answer(channel, order.message_id, orders.failure(refusal.code, refusal.message))
        except Rejected as refusal:
            log.warning("%s: the answer to a command was refused: %s", self._client.name, refusal)
        except Exception as problem:
            log.exception("%s: the command %s failed", self._client.name, order.method)
            await self._answer(channel, order.message_id, orders.failure("INTERNAL_ERROR", str(problem)))

    async def _carry_out(self, order: Order, app: str, channel: str) -> dict:
        deed = self._plant.order(app, order.method, order.request, time.time())
        if deed.waits:
            now = now_ms()
            await self._answer(channel, order.message_id, orders.deferred(now, now + int(deed.waits * 1000)))
            await asyncio.sleep(deed.waits)
        for seconds, progress in deed.steps:
            await self._answer(channel, order.message_id, orders.pending(progress))
            await asyncio.sleep(seconds)
        deed.do(time.time())
        self._stir()
        return deed.response

    async def _keep(self, order: Order, app: str) -> None:
        """The value of the control, and a line in the log of commands."""
        await insist(lambda: self._client.change("ui_cmds", {app: {order.method: order.request}}))
        self._outbox.put("ui_cmds", orders.record(app, order.method, order.request), now_ms())

    async def _answer(self, channel: str, message_id: int, data: dict) -> None:
        await insist(lambda: self._client.answer(channel, message_id, data))
