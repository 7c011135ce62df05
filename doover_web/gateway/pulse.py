"""The pulse of a socket: pings that the web server sends and the peer answers by itself (`data-api §15.3`).

ASGI knows no pings, so our web server puts a `Pulse` into the handshake and keeps it (`standalone/pings.py`). With
another web server there is none: a socket that is open then counts as alive, and its latency is not known.
"""

from dataclasses import dataclass

EXTENSION = "doover.pulse"
# A ping that waits so long for its answer means that the pongs have stopped.
LATE_MS = 10_000


@dataclass(slots=True)
class Pulse:
    """When the last ping was answered (ms since 1970) and after how many ms; since when one waits for its answer."""

    last_pong: int | None = None
    latency: float | None = None
    waits_since: int | None = None

    def beats(self, now_ms: int) -> bool:
        """Whether the peer answers."""
        return self.waits_since is None or now_ms - self.waits_since <= LATE_MS


def pulse_of(scope: dict) -> Pulse:
    """The pulse that the web server keeps for this socket; a blank one when it keeps none."""
    found = (scope.get("extensions") or {}).get(EXTENSION)
    return found if isinstance(found, Pulse) else Pulse()
