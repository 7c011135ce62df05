from .alarm import Alarm, AlarmMove, AlarmNote
from .attachment import Attachment, Blob
from .channel import Aggregate, Channel
from .channel_size import ChannelSize
from .csv_import import CsvImport
from .fleet import Badge, Cameras, Position
from .happening import Happening
from .log import MessageLog
from .message import Message
from .outbox import OutboxEntry
from .series import Series, SeriesBucket, SeriesMark, StateBucket

__all__ = [
    "Aggregate",
    "Alarm",
    "AlarmMove",
    "AlarmNote",
    "Attachment",
    "Badge",
    "Blob",
    "Cameras",
    "Channel",
    "ChannelSize",
    "CsvImport",
    "Happening",
    "Message",
    "MessageLog",
    "OutboxEntry",
    "Position",
    "Series",
    "SeriesBucket",
    "SeriesMark",
    "StateBucket",
]
