"""Reports as they are read: messages in the channel `reports` of an organisation's agent (`control-api §3.12`,
`ui-schema §21`)."""

from dataclasses import dataclass
from typing import Any

import orjson

from doover_web.common.snowflake import ID_MAX, ID_MIN
from doover_web.common.window import Window
from doover_web.common.wire import NotFound
from doover_web.data.access import Reach, reach_agent, ref_of
from doover_web.data.attached import Attached
from doover_web.data.history import StoredMessage, list_messages
from doover_web.data.models import Channel, Message
from doover_web.identity.auth import in_name_of
from doover_web.identity.models import Organisation

from .models import Application

CHANNEL = "reports"
GENERATING, COMPLETE, FAILED = "Generating", "Complete", "Failed"


@dataclass(frozen=True, slots=True)
class Report:
    """One report. `fields` are what its message says, in the words of the wire."""

    id: int
    organisation: Organisation
    fields: dict[str, Any]
    files: tuple[Attached, ...]
    application: Application | None = None

    @property
    def name(self) -> str:
        return str(self.fields.get("name") or self.id)

    @property
    def status(self) -> str:
        return str(self.fields.get("status") or "")


class Reports:
    """The reports of an organisation, the newest first; counted and sliced like rows, for pages of them.

    Every member may read them; it is for the caller to look at that.
    """

    def __init__(self, organisation: Organisation):
        self.organisation = organisation
        self._channel = _channel(organisation)

    def count(self) -> int:
        return self._shown().count()

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, wanted: slice) -> list[Report]:
        ids = list(self._shown().order_by("-id").values_list("id", flat=True)[wanted])
        if not ids or self._channel is None:
            return []
        window = Window(before=min(ids[0], ID_MAX - 1) + 1, after=max(ids[-1], ID_MIN + 1) - 1, limit=len(ids))
        found = list_messages(self._channel, ref_of(reach_of(self.organisation), self._channel), window)
        return _with_applications(self.organisation, found)

    def _shown(self):
        return Message.objects.in_channel(self._channel) if self._channel else Message.objects.none()


def report_of(organisation: Organisation, report_id: int) -> Report:
    """One report; NotFound when there is none of this id."""
    channel = _channel(organisation)
    window = Window(before=min(report_id, ID_MAX - 1) + 1, after=max(report_id, ID_MIN + 1) - 1, limit=1)
    found = list_messages(channel, ref_of(reach_of(organisation), channel), window) if channel else []
    if not found or found[0].id != report_id:
        raise NotFound("There is no such report")
    return _with_applications(organisation, found)[0]


def reach_of(organisation: Organisation) -> Reach:
    """The server at the organisation's agent, where it writes reports."""
    return reach_agent(in_name_of(organisation), organisation.id)


def _channel(organisation: Organisation) -> Channel | None:
    return Channel.objects.filter(agent_id=organisation.id, name=CHANNEL).first()


def _with_applications(organisation: Organisation, found: list[StoredMessage]) -> list[Report]:
    told = [(one, fields if isinstance(fields := orjson.loads(one.data), dict) else {}) for one in found]
    ids = {number for _, fields in told if (number := id_of(fields.get("report_generator"))) is not None}
    applications = Application.objects.select_related("organisation").in_bulk(ids)
    return [
        Report(one.id, organisation, fields, one.attached, applications.get(id_of(fields.get("report_generator"))))
        for one, fields in told
    ]


def id_of(value: Any) -> int | None:
    """An id as a message writes it."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
