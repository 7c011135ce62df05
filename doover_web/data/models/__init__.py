from .channel import Aggregate, Channel
from .message import Message

__all__ = ["Aggregate", "Channel", "Message"]
