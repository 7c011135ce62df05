"""The course of the last day beside the values of a page, in a few queries however many values there are."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

import orjson
from django.core.cache import cache

from doover_web.data.access import Reach
from doover_web.data.days import read_days
from doover_web.data.models import Channel
from doover_web.identity.permissions import Rights

from .element import Element
from .gauges import spark
from .shown import Reading, is_graphable
from .values import thresholds_of

DAY_MS, PLACES, KEPT_MS = 86_400_000, 48, 60_000
MOST = 24  # a page with more values than that is a table


def add_sparks(reach: Reach, elements: Sequence[Element], now_ms: int) -> None:
    """Give the numbers among these the course of their last day; nobody without the right to history sees one."""
    wanted = [one for one in elements if _has_course(one)][:MOST]
    if not wanted or not reach.rights & Rights.HISTORY:
        return
    channel = Channel.objects.filter(agent_id=reach.agent_id, name="tag_values", is_private=False).first()
    if channel is None:
        return
    paths = {one.id: one.history[1] for one in wanted if one.history}
    days = known_days(channel, sorted(set(paths.values())), now_ms, DAY_MS, PLACES, KEPT_MS)
    for element in wanted:
        limits = thresholds_of(element.props.get("thresholds"))
        limit = limits[0].value if limits else None
        course = spark(days.get(paths[element.id], []), element.view.number, limit)
        element.view = replace(element.view, spark=course)


def known_days(channel: Channel, paths: list[str], now_ms: int, span: int, places: int, kept: int) -> dict[str, list]:
    """The course of values over the last `span` ms in so many places: a page that is drawn anew with every reading asks
    the history once every `kept` ms."""
    until = now_ms - now_ms % kept
    named = sha256(orjson.dumps([channel.id, channel.history_since, until, span, paths])).hexdigest()
    found = cache.get(f"days-{named}")
    if found is None:
        found = read_days(channel, paths, until - span, until, places)
        cache.set(f"days-{named}", found, kept // 1000)
    return found


def _has_course(element: Element) -> bool:
    view = element.view
    return (
        isinstance(view, Reading)
        and view.kind == "number"
        and view.gauge is None
        and is_graphable(element)
        and element.history is not None
        and element.history[0] == "tag_values"
    )
