"""Where gauges without ranges begin and end: the span of their last seven days (`ui-schema §7`)."""

from collections.abc import Sequence
from datetime import datetime

from doover_web.data.access import Reach
from doover_web.data.models import Channel
from doover_web.identity.permissions import Rights

from .element import Element
from .lookups import number
from .shown import is_gauge, reading_of
from .sparks import MOST, known_days
from .values import ranges_of

WEEK_MS, KEPT_MS, PLACES = 7 * 86_400_000, 3_600_000, 28


def add_scales(reach: Reach, elements: Sequence[Element], now: datetime) -> None:
    """Draw those gauges among these whose document says no scale over what they showed in the last week."""
    wanted = {one.id: one.history[1] for one in elements if one.history and _has_no_scale(one)}
    if not wanted or not reach.rights & Rights.HISTORY:
        return
    channel = Channel.objects.filter(agent_id=reach.agent_id, name="tag_values", is_private=False).first()
    if channel is None:
        return
    paths = sorted(set(list(wanted.values())[:MOST]))
    days = known_days(channel, paths, int(now.timestamp() * 1000), WEEK_MS, PLACES, KEPT_MS)
    for element in (one for one in elements if one.id in wanted):
        slots = [slot for slot in days.get(wanted[element.id], []) if slot is not None]
        told = [end for slot in slots for end in (slot[0], slot[2])]
        told += [value] if (value := number(element.value)) is not None else []
        if told:
            element.view = reading_of(element, now, (min(told), max(told)))


def _has_no_scale(element: Element) -> bool:
    at_tags = element.history is not None and element.history[0] == "tag_values"
    return at_tags and is_gauge(element) and element.units != "%" and not ranges_of(element.props.get("ranges"))
