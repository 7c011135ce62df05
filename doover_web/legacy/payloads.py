"""What is stored, as payloads of the first generation: files and packages put back, commands under `cmds` (`§15`)."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from doover_web.control.models import AppInstall
from doover_web.data.attached import namesake
from doover_web.data.blobs import blob_names, read_blob
from doover_web.data.events import AggregateRecord, MessageRecord
from doover_web.data.history import read_aggregate
from doover_web.data.models import Channel
from doover_web.data.refs import ChannelRef

from .outputs import is_package

COMMANDS = "ui_cmds"
TRIES = 3
Record = MessageRecord | AggregateRecord


@dataclass(frozen=True, slots=True)
class Payloads:
    """What it takes to show records of one channel: where the storage keeps their files, and for whom it is."""

    channel: Channel
    files: dict[int, str]
    are_commands: bool

    def of(self, record: Record) -> bytes:
        """The payload of a record as JSON; without its file when that is gone."""
        return self.whole(record) or self._dressed(record.data)

    def whole(self, record: Record) -> bytes | None:
        """The payload with its file in it; None when the file is gone, since the record was read or for good."""
        file = namesake(self.channel.name, record.attached)
        if file is None:
            return self._dressed(record.data)
        document = orjson.loads(record.data)
        packed = is_package(self.channel.name, document)
        if not packed and (not isinstance(document, dict) or document.get("output") is not None):
            return self._dressed(record.data)
        content = read_blob(self.files[file.blob_id]) if file.blob_id in self.files else None
        if content is None:
            return None
        text = base64.b64encode(content).decode()
        return self._dressed(orjson.dumps(text if packed else {**document, "output": text}))

    def _dressed(self, data: bytes) -> bytes:
        if self.are_commands and data.startswith(b"{") and data != b"{}" and "cmds" not in orjson.loads(data):
            return b'{"cmds":' + data + b"}"
        return data


def read_state(channel: Channel, ref: ChannelRef) -> tuple[AggregateRecord, bytes]:
    """The state and its payload. One whose file was replaced while it was read is read again."""
    for _ in range(TRIES):
        state = read_aggregate(ref)
        payloads = payloads_of(channel, [state])
        if (payload := payloads.whole(state)) is not None:
            return state, payload
    return state, payloads.of(state)


def payloads_of(channel: Channel, records: Sequence[Record]) -> Payloads:
    """What these records need, in one query at most for each of the two."""
    files = [namesake(channel.name, one.attached) for one in records if one.attached]
    names = blob_names(channel.agent_id, {one.blob_id for one in files if one is not None})
    return Payloads(channel, names, are_newer_commands(channel.agent_id, channel.name))


def are_newer_commands(agent_id: int, name: str) -> bool:
    """Whether these are commands to newer applications, which have no `cmds` around them. An agent without such
    applications keeps what old programs write as it is."""
    return name == COMMANDS and AppInstall.objects.in_use().filter(agent_id=agent_id).exists()


def without_cmds(message):
    """Commands as newer applications read them."""
    if not isinstance(message, dict) or not isinstance(message.get("cmds"), dict):
        return message
    return {**{key: value for key, value in message.items() if key != "cmds"}, **message["cmds"]}
