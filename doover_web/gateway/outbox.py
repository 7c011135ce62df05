"""What one socket still has to be sent: bounded, and the newest state wins over those in between (pure)."""

from collections import deque

from .frames import STATE, SYNC

MOST_FRAMES = 256
MOST_BYTES = 4 * 1024 * 1024

Key = tuple[int, str]  # agent id, channel name


class Overflow(Exception):
    """More is waiting than may wait, and none of it may be left out: the socket has to close."""


class Outbox:
    """A queue of frames. Beyond its bounds, waiting states are dropped and their channels become `stale`:
    they are read anew when the socket can take more."""

    __slots__ = ("_frames", "size", "stale")

    def __init__(self) -> None:
        self._frames: deque[tuple[int, Key | None, str]] = deque()
        self.size = 0
        self.stale: set[Key] = set()

    def __bool__(self) -> bool:
        return bool(self._frames or self.stale)

    def __len__(self) -> int:
        return len(self._frames)

    def put(self, kind: int, key: Key | None, frame: str) -> None:
        """Queue a frame; Overflow when there is no room for it and nothing to give up."""
        if kind in (STATE, SYNC) and key in self.stale:
            return
        self._frames.append((kind, key, frame))
        self.size += len(frame)
        if self._is_over() and len(self._frames) > 1:
            self._collapse()

    def pop(self) -> str | None:
        """The next frame; None when only stale channels are left."""
        if not self._frames:
            return None
        frame = self._frames.popleft()[2]
        self.size -= len(frame)
        return frame

    def forget(self, key: Key) -> None:
        """Drop the states of a channel that is no longer watched."""
        self.stale.discard(key)
        self._keep(lambda kind, of: of != key or kind not in (STATE, SYNC))

    def clear(self) -> None:
        self._frames.clear()
        self.stale.clear()
        self.size = 0

    def _is_over(self) -> bool:
        return len(self._frames) > MOST_FRAMES or self.size > MOST_BYTES

    def _collapse(self) -> None:
        self.stale.update(key for kind, key, _ in self._frames if kind in (STATE, SYNC) and key is not None)
        self._keep(lambda kind, _: kind not in (STATE, SYNC))
        if self._is_over() and len(self._frames) > 1:
            raise Overflow

    def _keep(self, wanted) -> None:
        self._frames = deque(entry for entry in self._frames if wanted(entry[0], entry[1]))
        self.size = sum(len(entry[2]) for entry in self._frames)
