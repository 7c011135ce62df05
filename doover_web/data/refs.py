"""Naming a channel without its row."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChannelRef:
    """Which channel, and what it takes to decide who may hear of it."""

    agent_id: int
    name: str
    channel_id: int
    is_private: bool
    organisation_id: int | None
    hides_secrets: bool = False  # whoever this was found for is shown `redaction.without_secrets`
    has_hooks: bool = False
