from .channel import Aggregate, Channel
from .message import Message
from .outbox import OutboxEntry

__all__ = ["Aggregate", "Channel", "Message", "OutboxEntry"]
