"""What was told of the values of devices, by the names that their pages give them. For lists of many devices: a page is
read once for each of its states, then remembered."""

from collections.abc import Iterable, Mapping

from django.db.models import OuterRef

from doover_web.data.across import states_of
from doover_web.data.alarm_lists import summary_of
from doover_web.data.models import Aggregate, Alarm, Channel
from doover_web.identity.models import Agent

from .ui.naming import Named, by_names, named_values, summary_by
from .ui.tree import Documents, read_tree

Names = Mapping[str, Named]
MOST = 5000
NOTHING: Names = {}
# By agent and revision of its `ui_state`.
_KNOWN: dict[tuple[int, int], Names] = {}


def names_at(agent_ids: Iterable[int]) -> dict[int, Names]:
    """What the values of each of these devices are called; one query, and one more for pages not read before."""
    wanted = set(agent_ids)
    if not wanted:
        return {}
    revision = Aggregate.objects.filter(agent_id=OuterRef("agent_id"), channel_id=OuterRef("id")).values("revision")
    channels = Channel.objects.filter(agent_id__in=wanted, name="ui_state", is_private=False)
    keys = [key for key in channels.values_list("agent_id", revision[:1]) if key[1] is not None]
    if unknown := [key for key in keys if key not in _KNOWN]:
        documents = states_of(Agent.objects.filter(pk__in=[agent_id for agent_id, _ in unknown]), "ui_state")
        for key in unknown:
            _KNOWN[key] = named_values(read_tree(Documents(documents.get(key[0]))))
    found = {key[0]: _KNOWN[key] for key in keys}
    if len(_KNOWN) > MOST:
        _KNOWN.clear()
    return found


def summaries_of(alarms: Iterable[Alarm]) -> dict[tuple[int, int], str]:
    """The conditions of alarms (which know the names of their channels) in a line each, by agent id and alarm id."""
    listed = list(alarms)
    names = names_at(alarm.agent_id for alarm in listed)
    return {(one.agent_id, one.id): _summary(one, names.get(one.agent_id, NOTHING)) for one in listed}


def _summary(alarm: Alarm, names: Names) -> str:
    told = {
        "channel_name": alarm.channel_name,  # type: ignore[attr-defined]  # annotated by alarms_of_many
        "conditions": alarm.conditions,
        "condition_summary": summary_of(alarm),
    }
    return summary_by(names, told)


def told_at(names: Mapping[int, Names], agent_id: int, text: str) -> str:
    """A sentence on the values of a device, by their names."""
    return by_names(names.get(agent_id, NOTHING), text)
