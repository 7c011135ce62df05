"""Who looks at the page of which device right now (`ui-schema §13`): stamped into `dv-ui-sub` and
`doover_ui_fastmode` of the device, so that it reports faster while somebody looks.

Pages say what they show; the tabs of a person are one entry. The server writes, so that no page needs the right to.
"""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from doover_web.common.snowflake import now_ms
from doover_web.data.access import reach_agents
from doover_web.data.publish import apply_all
from doover_web.data.writes import ChangeAggregate
from doover_web.identity.audit import record
from doover_web.identity.auth import Caller
from doover_web.identity.models import Agent
from doover_web.identity.permissions import EVERYTHING

from .looks import Look
from .models import Connection, SubscriptionLog
from .threads import in_thread

log = logging.getLogger(__name__)
CHANNEL, FAST = "dv-ui-sub", "doover_ui_fastmode"
STAMP_SECONDS: float = 60
SOON_SECONDS: float = 0.3
# Somebody who comes back within this time was not away (`device.opened` is audited once a visit).
VISIT_SECONDS = 30 * 60
KEYS = ("agent_open", "group_open", "app_open", "live_tag_open")


class Pair(NamedTuple):
    """A device and a person that looks at it."""

    device_id: int
    user_id: int


@dataclass(frozen=True, slots=True)
class Stamp:
    """What is written of a pair: its entry by key, and the keys that are taken away. `opens`: a visit begins."""

    pair: Pair
    caller: Caller
    entry: dict
    gone: frozenset[str]
    sessions: frozenset[int]
    opens: bool


class Onlookers:
    """What the pages of this process show. Touched by the loop's thread only; the writing is done in others."""

    def __init__(self) -> None:
        self._looks: dict[int, tuple[Caller, Look]] = {}
        self._due: dict[Pair, float] = {}  # when to write it
        self._written: dict[Pair, tuple[frozenset[str], Caller]] = {}
        self._seen: dict[Pair, float] = {}

    def looks(self, session_id: int, caller: Caller, look: Look) -> None:
        """A page shows something else now, or nothing."""
        before = self._looks.get(session_id)
        if look.agent_ids:
            self._looks[session_id] = caller, look
        else:
            self._looks.pop(session_id, None)
        shown = {*look.agent_ids, *(before[1].agent_ids if before else ())}
        soon = asyncio.get_running_loop().time() + SOON_SECONDS
        for device_id in shown:
            pair = Pair(device_id, caller.agent_id)
            self._due[pair] = min(soon, self._due.get(pair, soon))

    def left(self, session_id: int) -> None:
        """A socket is gone."""
        if before := self._looks.get(session_id):
            self.looks(session_id, before[0], Look())

    async def run(self) -> None:
        while True:
            await asyncio.sleep(SOON_SECONDS)
            try:
                await self.write()
            except Exception as problem:
                log.warning("Who looks at devices cannot be written right now: %s", problem)
                await asyncio.sleep(10 * SOON_SECONDS)

    async def write(self) -> None:
        """Write what is due, and note when it is due again; what is looked at meanwhile is due by itself."""
        now = asyncio.get_running_loop().time()
        taken = {pair: self._due.pop(pair) for pair, at in list(self._due.items()) if at <= now}
        wanted = [one for pair in taken if (one := self._stamp(pair, now)) is not None]
        if not wanted:
            return
        try:
            await in_thread(write_stamps, wanted)
        except BaseException:
            self._due = taken | self._due
            raise
        for stamp in wanted:
            self._note(stamp, now)

    def _stamp(self, pair: Pair, now: float) -> Stamp | None:
        """What there is to write of a pair; None when nobody of it looks, or ever did."""
        shown = [
            (session, caller, look)
            for session, (caller, look) in self._looks.items()
            if caller.agent_id == pair.user_id and pair.device_id in look.agent_ids
        ]
        known, caller = self._written.get(pair, (frozenset(), None))
        caller = shown[0][1] if shown else caller
        if caller is None:
            return None
        entry = entry_of([look for _, _, look in shown], now_ms())
        opens = "agent_open" in entry and now - self._seen.get(pair, -VISIT_SECONDS) >= VISIT_SECONDS
        sessions = frozenset(session for session, _ in self._own(pair.user_id))
        return Stamp(pair, caller, entry, known - frozenset(entry), sessions, opens)

    def _own(self, user_id: int) -> Iterable[tuple[int, Caller]]:
        return ((session, caller) for session, (caller, _) in self._looks.items() if caller.agent_id == user_id)

    def _note(self, stamp: Stamp, now: float) -> None:
        if stamp.entry:
            self._written[stamp.pair] = frozenset(stamp.entry), stamp.caller
            self._due.setdefault(stamp.pair, now + STAMP_SECONDS)
            self._seen[stamp.pair] = now
        else:
            self._written.pop(stamp.pair, None)
        if len(self._seen) > 10_000:
            self._seen = {pair: at for pair, at in self._seen.items() if now - at < VISIT_SECONDS}


def entry_of(looks: Iterable[Look], ms: int) -> dict:
    """One person's entry in `dv-ui-sub` for everything that the person's tabs show of a device."""
    looks = list(looks)
    whole = [look for look in looks if not look.is_group]
    apps = sorted({app for look in whole for app in look.apps})
    tags = sorted({tag for look in whole for tag in look.tags})
    entry: dict = {"agent_open": ms} if whole else {}
    if len(whole) < len(looks):
        entry["group_open"] = ms
    if apps:
        entry["app_open"] = {"ts": ms, "apps": apps}
    if tags:
        entry["live_tag_open"] = {"ts": ms, "tags": tags}
    return entry


def write_stamps(stamps: Iterable[Stamp]) -> None:
    """Write entries for those who may see the device; what is gone is taken away, unless another process shows it."""
    writes: list = []
    for stamp in stamps:
        reach = reach_agents(stamp.caller, [stamp.pair.device_id]).get(stamp.pair.device_id)
        if reach is None:
            continue
        as_server, user = replace(reach, rights=EVERYTHING), str(stamp.pair.user_id)
        gone = stamp.gone if stamp.entry or not _is_shown_elsewhere(stamp) else frozenset[str]()
        patch = {**{key: {user: None} for key in gone}, **{key: {user: one} for key, one in stamp.entry.items()}}
        if patch:
            writes.append(ChangeAggregate(as_server, CHANNEL, patch))
        if "agent_open" in patch:
            writes.append(ChangeAggregate(as_server, FAST, {user: stamp.entry.get("agent_open")}))
        if stamp.opens:
            device = Agent.objects.get(pk=stamp.pair.device_id)
            record("device.opened", actor=stamp.caller, subject=device, organisation_id=reach.organisation_id)
    for outcome in apply_all(writes) if writes else ():
        if isinstance(outcome, Exception):
            log.warning("Who looks at a device could not be written: %s", outcome)


def _is_shown_elsewhere(stamp: Stamp) -> bool:
    """Whether the person has the device open in a session of another process."""
    watched = SubscriptionLog.objects.filter(
        agent_id=stamp.pair.user_id, channel_agent_id=stamp.pair.device_id, channel_name=CHANNEL, unsubscribed_at=None
    ).exclude(connection_id__in=stamp.sessions)
    live = Connection.objects.live().filter(agent_id=stamp.pair.user_id)
    return live.filter(id__in=watched.values("connection_id")).exists()
