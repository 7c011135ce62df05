"""What a device says in channels of its own, shown where no application of it tells values or draws anything."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from .ui.frame import DeviceFrame
from .ui.readings import Reading, read_state
from .ui.states import states_at
from .viewer.listing import address_of, channels_of

MOST = 8


@dataclass(frozen=True, slots=True)
class Said:
    """A channel, where it is read, the readings of its state and when that changed."""

    name: str
    address: str
    readings: list[Reading]
    at: datetime | None


def said_by(device: DeviceFrame) -> list[Said]:
    """The own channels of a device, the last changed first, `MOST` of them."""
    own = [row for row in channels_of(device.reach) if not row.is_system]
    own.sort(key=lambda row: row.changed_at.timestamp() if row.changed_at else 0, reverse=True)
    states, now = states_at(device.reach, [row.name for row in own[:MOST]]), timezone.localtime()
    return [
        Said(
            row.name,
            address_of(str(device.agent.id), row.name),
            read_state(states[row.name].data, now) if row.name in states else [],
            row.changed_at,
        )
        for row in own[:MOST]
    ]
