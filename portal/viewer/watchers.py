"""Who watches a channel, who did, and messages for those who watch now."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from doover_web.common.window import Window
from doover_web.data.access import Reach
from doover_web.data.publish import send_one_shot
from doover_web.gateway.attendance import Attended, connection_history, live_connections, watched_before, watchers_of
from doover_web.gateway.models import Connection
from doover_web.identity.permissions import Rights
from doover_web.pages import words

from .messages import names_of
from .typed import json_of

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Watcher:
    """A session at a channel, or a session of an agent, as it is drawn. `latency` in ms."""

    name: str
    session: str
    is_default: bool
    since: datetime | None
    until: datetime | None = None
    latency: float | None = None
    last_ping: datetime | None = None
    address: str = ""
    user_agent: str = ""
    channels: tuple[str, ...] = ()


def shown(page) -> dict:
    """The panel of subscriptions."""
    now = watchers_of(page.reach, page.channel.name)
    may_look_back = bool(page.reach.rights & Rights.HISTORY)
    before = watched_before(page.reach, page.channel.name, SHOWN) if may_look_back else []
    names = names_of(page.reach.caller, {watch.agent_id for watch, _ in now} | {watch.agent_id for watch in before})
    watching = [
        Watcher(
            name=names.get(watch.agent_id, _("Somebody else")),
            session=str(session.id),
            is_default=session.is_default,
            since=words.from_ms(watch.subscribed_at),
            latency=session.latency,
            last_ping=_moment(session.last_ping),
        )
        for watch, session in now
    ]
    gone = [
        Watcher(
            name=names.get(watch.agent_id, _("Somebody else")),
            session=str(watch.connection_id),
            is_default=False,
            since=words.from_ms(watch.subscribed_at),
            until=_moment(watch.unsubscribed_at),
        )
        for watch in before
    ]
    return {"watchers": watching, "watched": gone, "may_look_back": may_look_back}


def one_shots(page) -> dict:
    """The panel of one-shots: what was typed, when it was refused."""
    typed = page.draft if page.draft and page.draft.action == "one_shot" else None
    return {"shot_text": typed.text if typed else "", "shot_problem": typed.problem if typed else ""}


def send_shot(reach: Reach, name: str, form) -> str:
    """Hand what was typed to everyone who watches now; the sentence to show afterwards."""
    send_one_shot(reach=reach, name=name, data=json_of(form.get("data", "")))
    return _("One-shot sent to everyone who watches now")


def connections_page(reach: Reach, name: str) -> dict:
    """The sessions of an agent: those that are open, and the latest that have ended."""
    before = []
    may_look_back = bool(reach.rights & Rights.HISTORY)
    if may_look_back:
        latest = connection_history(reach, Window(limit=SHOWN), default_only=False)
        before = [_session(one, name) for one in latest if one.connection.closed_at is not None]
    now = [_session(one, name) for one in live_connections(reach)]
    return {"open_sessions": now, "ended_sessions": before, "may_look_back": may_look_back}


def _session(attended: Attended, name: str) -> Watcher:
    one: Connection = attended.connection
    return Watcher(
        name=name,
        session=str(one.id),
        is_default=one.is_default,
        since=words.from_ms(one.connected_at),
        until=_moment(one.closed_at),
        latency=one.latency,
        last_ping=_moment(one.last_ping),
        address=one.address,
        user_agent=one.user_agent,
        channels=tuple(watch.channel_name for watch in attended.subscriptions),
    )


def _moment(ms: int | None) -> datetime | None:
    return None if ms is None else words.from_ms(ms)
