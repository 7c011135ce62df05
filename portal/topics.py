"""What notifications are about, in words for people: their topics are for machines."""

from collections.abc import Collection, Mapping

from django.utils.translation import gettext as _

from doover_web.data.models import Alarm
from doover_web.notifications.models import Notification

from .ui.names import NOTHING
from .ui.naming import Names, spoken

POLICIES = ("default", "opt-in")
Known = Mapping[tuple[int, str], str]  # the names of alarms by agent id and the name in their topics


def topics_of(told: Collection[Notification], names: Mapping[int, Names]) -> dict[int, str]:
    """The topic of each in words, by its id; one query where any comes from an alarm. An alarm whose sentence begins
    with its name needs none."""
    alarms = _alarms_of(told)
    return {
        one.id: topic_words(one.agent_id, one.topic, names, alarms)
        for one in told
        if one.topic and not one.message.startswith(f"{alarms.get((one.agent_id, _parts(one.topic)[1]))}:")
    }


def topic_words(agent_id: int, topic: str, names: Mapping[int, Names], alarms: Known) -> str:
    """`dev/alarms/default/tank_low/triggered` -> `Alarm “Tank low”`; what is in no hierarchy is said as it was sent."""
    kind, name, rest = _parts(topic)
    if kind == "alarms":
        if name.startswith("geofence-") and (agent_id, name) not in alarms:  # the fence is gone
            return _("Fence")
        return _("Alarm “%(name)s”") % {"name": alarms.get((agent_id, name)) or spoken(name)}
    if kind == "applications":
        app = names.get(agent_id, NOTHING).apps.get(name) or spoken(name)
        return " · ".join([app, *map(spoken, rest)])
    if kind == "geofence":
        return _("Fence")
    if kind == "connection":
        return _("Connection")
    return " · ".join(map(spoken, [kind, name, *rest])) if kind else spoken(topic.removeprefix("legacy/default/"))


def _parts(topic: str) -> tuple[str, str, list[str]]:
    """The kind, the name and what follows, of `dev/<kind>/<policy>/<name>/…`; empty for other topics."""
    parts = [one for one in topic.split("/") if one]
    if len(parts) < 4 or parts[0] != "dev" or parts[2] not in POLICIES:
        return "", "", []
    return parts[1], parts[3], parts[4:]


def _alarms_of(told: Collection[Notification]) -> dict[tuple[int, str], str]:
    wanted = {(one.agent_id, _parts(one.topic)[1]) for one in told if _parts(one.topic)[0] == "alarms"}
    if not wanted:
        return {}
    agents, names = zip(*wanted, strict=True)
    found = Alarm.objects.filter(agent_id__in=set(agents), topic_name__in=set(names)).order_by("id")
    rows = found.values_list("agent_id", "topic_name", "name")
    return {(agent_id, topic): name for agent_id, topic, name in rows if (agent_id, topic) in wanted}
