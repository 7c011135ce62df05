"""The web server's side of a socket, which also keeps the pulse of the peer for the gateway."""

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from doover_web.common.snowflake import now_ms
from doover_web.gateway.pulse import EXTENSION, Pulse

FIRST_PING_SECONDS = 1


class WithPulse(WebSocketsSansIOProtocol):
    """uvicorn's protocol, telling what it knows: when pings went out, and what became of them."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.pulse = Pulse()

    def handle_connect(self, event):
        super().handle_connect(event)
        if hasattr(self, "scope"):  # a handshake that was refused has none
            self.scope["extensions"][EXTENSION] = self.pulse  # type: ignore[assignment]

    def start_keepalive(self):
        """The first ping goes out soon, so that the latency is known early."""
        self.ping_timer = self.loop.call_later(FIRST_PING_SECONDS, self.send_keepalive_ping)

    def send_keepalive_ping(self):
        super().send_keepalive_ping()
        if self.pending_ping_payload is not None:
            self.pulse.waits_since = now_ms()

    def handle_pong(self, event):
        waited = self.pending_ping_payload is not None
        super().handle_pong(event)
        if waited and self.pending_ping_payload is None:
            self.pulse.waits_since, self.pulse.last_pong = None, now_ms()
            self.pulse.latency = round(self.last_ping_rtt * 1000, 1)
