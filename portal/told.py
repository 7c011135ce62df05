"""What was told of the values of devices, by the names that their pages give them."""

from collections.abc import Iterable, Mapping

from django.utils import timezone

from doover_web.control.report_files import Called
from doover_web.data.alarm_lists import summary_of
from doover_web.data.models import Alarm
from doover_web.notifications.models import Notification
from doover_web.notifications.spoken import said

from .ui.names import NOTHING, names_at
from .ui.naming import Names, by_names, summary_by


def summaries_of(alarms: Iterable[Alarm]) -> dict[tuple[int, int], str]:
    """The conditions of alarms (which know the names of their channels) in a line each, by agent id and alarm id."""
    listed = list(alarms)
    names = names_at(alarm.agent_id for alarm in listed)
    return {(one.agent_id, one.id): _summary(one, names.get(one.agent_id, NOTHING)) for one in listed}


def told_at(names: Mapping[int, Names], agent_id: int, text: str) -> str:
    """A sentence on the values of a device, by their names."""
    return by_names(names.get(agent_id, NOTHING).values, text, timezone.localtime())


def notified(names: Mapping[int, Names], one: Notification) -> str:
    """What a notification says, by the names of its device's values and in the viewer's language."""
    told = told_at(names, one.agent_id, one.message)
    return said(one.topic, one.title, told, of_connection=one.of_connection)


def told_of(agent_id: int, text: str) -> str:
    """The same, of one device: how what is sent to people is put (`NOTIFICATION_WORDS`)."""
    return told_at(names_at([agent_id]), agent_id, text)


def called_at(agent_ids: Iterable[int]) -> dict[int, dict[str, Called]]:
    """What the values of these devices are called in a file (`VALUE_NAMES`)."""
    return {
        agent_id: {place: Called(one.app, one.label, one.units, one.kind) for place, one in names.values.items()}
        for agent_id, names in names_at(agent_ids).items()
    }


def _summary(alarm: Alarm, names: Names) -> str:
    told = {
        "name": alarm.name,
        "state": alarm.state,
        "channel_name": alarm.channel_name,  # type: ignore[attr-defined]  # annotated by alarms_of_many
        "conditions": alarm.conditions,
        "condition_summary": summary_of(alarm),
    }
    return summary_by(names.values, told, timezone.localtime())
