"""The order of one channel: what arrives out of turn waits for what is missing, a repetition is dropped (pure).

Two processes may commit to a channel one after the other and be heard the other way round. A state's revision shows
that at once. A message has no counter, so a change of a young message waits until its creation was seen.
"""

from collections import OrderedDict

from doover_web.common.snowflake import ms_of

from .frames import CREATED, STATE, UPDATED, Row

YOUNG_MS = 2_000
REMEMBERED = 256
LONGEST_WAIT = 256


class Order:
    """Rows of one channel in, the same rows in commit order out."""

    __slots__ = ("_created", "_early", "_waiting", "revision")

    def __init__(self) -> None:
        self.revision: int | None = None
        self._waiting: dict[int, Row] = {}
        self._early: dict[int, list[Row]] = {}
        self._created: OrderedDict[int, None] = OrderedDict()

    @property
    def incomplete(self) -> bool:
        """Whether something waits for what has not come yet."""
        return bool(self._waiting or self._early)

    @property
    def has_gap(self) -> bool:
        return bool(self._waiting)

    def start(self, revision: int) -> None:
        """The state was read at `revision`; only the first reading counts, later ones may be ahead of the rows."""
        if self.revision is None:
            self.revision = revision

    def take(self, row: Row, now_ms: int) -> list[Row]:
        """What can be handed out now that `row` has come."""
        if row.kind == STATE:
            return self._take_state(row)
        if row.kind == CREATED:
            self._remember(row.mark)
            return [row, *self._early.pop(row.mark, ())]
        if row.kind == UPDATED and row.mark not in self._created and now_ms - ms_of(row.mark) < YOUNG_MS:
            self._early.setdefault(row.mark, []).append(row)
            return []
        return [row]

    def give_up(self) -> list[Row]:
        """Changes of messages whose creation never came: it was before anybody watched."""
        late = [row for rows in self._early.values() for row in rows]
        for message_id in self._early:
            self._remember(message_id)
        self._early.clear()
        return late

    def resume_at(self, revision: int) -> list[Row]:
        """The state was read anew at `revision`; what waited for it and comes after."""
        self.revision = revision if self.revision is None else max(self.revision, revision)
        self._waiting = {mark: row for mark, row in self._waiting.items() if mark > self.revision}
        return self._in_turn()

    def _take_state(self, row: Row) -> list[Row]:
        if self.revision is None:
            self.revision = row.mark
            return [row]
        if row.mark <= self.revision:
            return []
        self._waiting[row.mark] = row
        if len(self._waiting) > LONGEST_WAIT:
            del self._waiting[min(self._waiting)]
        return self._in_turn()

    def _in_turn(self) -> list[Row]:
        ready = []
        while self.revision is not None and (row := self._waiting.pop(self.revision + 1, None)):
            self.revision += 1
            ready.append(row)
        return ready

    def _remember(self, message_id: int) -> None:
        self._created[message_id] = None
        if len(self._created) > REMEMBERED:
            self._created.popitem(last=False)
