"""The course of the last day beside the first key value of devices in a list, for one page of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from doover_web.common.snowflake import now_ms
from doover_web.common.wire import BadRequest
from doover_web.data.access import parse_id, reach_agents
from doover_web.data.across import states_of
from doover_web.data.days import Place, number_at
from doover_web.data.days_across import read_days_across
from doover_web.data.models import Channel
from doover_web.identity.models import Agent
from doover_web.identity.permissions import Rights
from doover_web.pages.listing import PAGE_SIZE

from .chosen import chosen_of
from .ui.gauges import Spark, spark
from .ui.key_values import Choice, in_words

DAY_MS, PLACES = 86_400_000, 48


@dataclass(frozen=True, slots=True)
class Course:
    """The course of a device's first key value, drawn, and the same in words."""

    agent_id: int
    spark: Spark
    words: str


def read_ids(texts: Sequence[str]) -> list[int]:
    """The devices that a list asks for, as many as stand on a page of it."""
    if len(texts) > PAGE_SIZE:
        raise BadRequest(_("At most %(number)s devices at once") % {"number": PAGE_SIZE}, code="too_many")
    return [parse_id(text) for text in texts]


def courses_of(caller, agent_ids: Sequence[int]) -> list[Course]:
    """One for each of these devices that the caller sees, has the right to history of, and that said enough."""
    reaches = reach_agents(caller, agent_ids)
    may = [agent_id for agent_id, reach in reaches.items() if reach.rights & Rights.HISTORY]
    agents = Agent.objects.devices().filter(pk__in=may)
    channels = {one.agent_id: one for one in Channel.objects.public().filter(agent_id__in=may, name="tag_values")}
    chosen = chosen_of(list(agents.select_related("as_device__type")))
    first = {agent_id: one.values[0] for agent_id, one in chosen.items() if one.values and agent_id in channels}
    wanted = {agent_id: (channels[agent_id], ".".join(choice.path)) for agent_id, choice in first.items()}
    now = now_ms()
    days = read_days_across(wanted, now - DAY_MS, now, PLACES)
    tags = states_of(agents, "tag_values") if wanted else {}
    courses = (_course(agent_id, first[agent_id], days[agent_id], tags.get(agent_id)) for agent_id in days)
    return [one for one in courses if one is not None]


def _course(agent_id: int, choice: Choice, day: Sequence[Place | None], tags: Any) -> Course | None:
    current = number_at(tags, ".".join(choice.path))
    drawn = spark(day, current)
    return Course(agent_id, drawn, _words(choice, day, current)) if drawn else None


def _words(choice: Choice, day: Sequence[Place | None], current: float | None) -> str:
    known = [one for one in day if one is not None]
    ends = [*(one[0] for one in known), *(one[2] for one in known), *([] if current is None else [current])]
    low, high = in_words(min(ends), choice.decimals), in_words(max(ends), choice.decimals)
    said = low if low == high else _("%(low)s to %(high)s") % {"low": low, "high": high}
    values = {"label": choice.label, "values": f"{said} {choice.units}".strip()}
    return _("%(label)s, last 24 hours: %(values)s") % values
