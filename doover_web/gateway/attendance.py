"""Who is connected, and who watches a channel, now and before: the questions of the API and of pages (`data-api §11`).

Whoever may see an agent sees its sessions. What a session watches elsewhere is its own business: others are told only
of channels of the agent itself that they could open.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet

from doover_web.common.window import Window
from doover_web.common.wire import Forbidden, NotFound
from doover_web.data.access import Reach, channel_to_watch, parse_id, reach_agent
from doover_web.data.models import Channel
from doover_web.identity.auth import Caller
from doover_web.identity.permissions import Rights

from .models import Connection, SubscriptionLog
from .roll import MOST_WATCHES

MOST = settings.MAX_PAGE
MOST_LISTED = 10_000


@dataclass(frozen=True, slots=True)
class Attended:
    """A session, and what of its subscriptions the asker may know."""

    connection: Connection
    is_live: bool
    subscriptions: Sequence[SubscriptionLog]


def live_connections(reach: Reach) -> list[Attended]:
    """The sessions of an agent that are open now, newest first."""
    found = Connection.objects.live().filter(agent_id=reach.agent_id).order_by("-id")
    return _attended(reach, list(found[:MOST]))


def connection_history(reach: Reach, window: Window, *, default_only: bool) -> list[Attended]:
    """The sessions of a window, by their ids. Forbidden without the right to history."""
    _check_history(reach)
    found = Connection.objects.filter(agent_id=reach.agent_id)
    if default_only:
        found = found.filter(is_default=True)
    return _attended(reach, list(_cut(found, window, "id").order_by(_order(window, "id"))[: window.limit]))


def find_connection(caller: Caller, connection_id: str) -> Attended:
    """One session, open or not, of an agent that the caller may see."""
    found = Connection.objects.filter(id=parse_id(connection_id)).first()
    if found is None:
        raise NotFound("Connection not found")
    try:
        reach = reach_agent(caller, found.agent_id)
    except NotFound as refusal:
        raise NotFound("Connection not found") from refusal
    [attended] = _attended(reach, [found])
    return attended


def subscription_history(reach: Reach, window: Window, channel: tuple[int | str, str] | None) -> list[SubscriptionLog]:
    """What the sessions of an agent watched, by session and then by moment; of one channel, or of all. The page ends
    with everything of its last session, since its cursor is a session: nothing is told twice or left out."""
    _check_history(reach)
    found = SubscriptionLog.objects.filter(agent_id=reach.agent_id)
    if channel is None:
        found = _known_to(reach, found)
    else:
        owner = reach_agent(reach.caller, channel[0])
        channel_to_watch(owner, channel[1])
        found = found.filter(channel_agent_id=owner.agent_id, channel_name=channel[1])
    order = [_order(window, "connection_id"), _order(window, "id")]
    page = list(_cut(found, window, "connection_id").order_by(*order)[: window.limit])
    if len(page) == window.limit:
        last = page[-1]
        beyond = {"id__gt": last.id} if window.ascending else {"id__lt": last.id}
        page += found.filter(connection_id=last.connection_id, **beyond).order_by(order[1])[:MOST_WATCHES]
    return page


def watchers_of(reach: Reach, name: str) -> list[tuple[SubscriptionLog, Connection]]:
    """Who watches a channel now, the latest first."""
    channel_to_watch(reach, name)
    found = SubscriptionLog.objects.filter(channel_agent_id=reach.agent_id, channel_name=name, unsubscribed_at=None)
    watches = list(found.order_by("-id")[:MOST])
    sessions = Connection.objects.live().filter(
        agent_id__in={one.agent_id for one in watches}, id__in=[one.connection_id for one in watches]
    )
    open_ = {one.id: one for one in sessions}
    return [(watch, open_[watch.connection_id]) for watch in watches if watch.connection_id in open_]


def watched_before(reach: Reach, name: str, limit: int) -> list[SubscriptionLog]:
    """Who watched a channel and left, the latest subscription first."""
    _check_history(reach)
    channel_to_watch(reach, name)
    found = SubscriptionLog.objects.filter(channel_agent_id=reach.agent_id, channel_name=name)
    return list(found.exclude(unsubscribed_at=None).order_by("-id")[:limit])


def _check_history(reach: Reach) -> None:
    if not reach.rights & Rights.HISTORY:
        raise Forbidden("You may not read the history of this agent (device_history)", code="no_history")


def _attended(reach: Reach, connections: list[Connection]) -> list[Attended]:
    ids = [one.id for one in connections if one.closed_at is None]
    live = set(Connection.objects.live().filter(agent_id=reach.agent_id, id__in=ids).values_list("id", flat=True))
    by_session: dict[int, list[SubscriptionLog]] = {id_: [] for id_ in live}
    watched = SubscriptionLog.objects.filter(agent_id=reach.agent_id, connection_id__in=live, unsubscribed_at=None)
    for watch in _known_to(reach, watched).order_by("id")[:MOST_LISTED] if live else ():
        by_session[watch.connection_id].append(watch)
    return [Attended(one, one.id in live, by_session.get(one.id, ())) for one in connections]


def _known_to(reach: Reach, watches: QuerySet[SubscriptionLog]) -> QuerySet[SubscriptionLog]:
    if reach.caller.agent_id == reach.agent_id or reach.caller.is_superuser:
        return watches
    watches = watches.filter(channel_agent_id=reach.agent_id)
    if reach.rights & Rights.PRIVATE:
        return watches
    private = Channel.objects.filter(agent_id=reach.agent_id, is_private=True)
    return watches.exclude(channel_name__in=private.values("name"))


def _cut(found: QuerySet, window: Window, column: str) -> QuerySet:
    bounds = {f"{column}__lt": window.before, f"{column}__gt": window.after}
    return found.filter(**{name: bound for name, bound in bounds.items() if bound is not None})


def _order(window: Window, column: str) -> str:
    return column if window.ascending else f"-{column}"
