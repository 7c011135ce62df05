"""The order of one channel: what arrives out of turn waits for what is missing, a repetition is dropped (pure).

Two processes may commit to a channel one after the other and be heard the other way round. A state's revision shows
that at once, and so does a message's, once its creation or a change of it was heard. A change of a young message waits
until its creation was seen.
"""

from collections import OrderedDict

from doover_web.common.snowflake import ms_of

from .frames import CREATED, DELETED, STATE, UPDATED, Row

YOUNG_MS = 2_000
REMEMBERED = 256
LONGEST_WAIT = 256


class Order:
    """Rows of one channel in, the same rows in commit order out."""

    __slots__ = ("_early", "_steps", "_waiting", "revision")

    def __init__(self) -> None:
        self.revision: int | None = None
        self._waiting: dict[int, Row] = {}
        self._early: dict[int, dict[int, Row]] = {}
        self._steps: OrderedDict[int, int] = OrderedDict()

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
            self._remember(row.mark, row.step)
            return [row, *self._follow(row.mark)]
        if row.kind in (UPDATED, DELETED):
            return self._take_change(row, now_ms)
        return [row]

    def give_up(self) -> list[Row]:
        """Changes of messages for which nothing more will come; their creation was before anybody watched, say."""
        late = [rows[step] for rows in self._early.values() for step in sorted(rows)]
        for message_id, rows in self._early.items():
            self._remember(message_id, max(rows))
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

    def _take_change(self, row: Row, now_ms: int) -> list[Row]:
        """A change or the end of a message, after those before it; a repetition or an overtaken one is dropped."""
        known = self._steps.get(row.mark)
        if known is None and now_ms - ms_of(row.mark) >= YOUNG_MS:
            self._remember(row.mark, row.step)
            return [row]
        if known is not None and row.step <= known:
            return []
        self._early.setdefault(row.mark, {})[row.step] = row
        return [] if known is None else self._follow(row.mark)

    def _follow(self, message_id: int) -> list[Row]:
        """The changes of a message that have come and whose turn it is."""
        waiting, step, ready = self._early.get(message_id, {}), self._steps[message_id], []
        for gone in [one for one in waiting if one <= step]:
            del waiting[gone]
        while row := waiting.pop(step + 1, None):
            step += 1
            ready.append(row)
        if not waiting:
            self._early.pop(message_id, None)
        self._remember(message_id, step)
        return ready

    def _remember(self, message_id: int, step: int) -> None:
        self._steps[message_id] = step
        if len(self._steps) > REMEMBERED:
            self._steps.popitem(last=False)
