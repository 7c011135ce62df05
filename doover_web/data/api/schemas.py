"""The shapes of the Data API (`data-api §5`), for its OpenAPI document."""

from typing import Any

from ninja import Schema


class ChannelRefOut(Schema):
    agent_id: str
    name: str


class AttachmentOut(Schema):
    filename: str
    content_type: str | None
    size: int
    url: str


class AggregateOut(Schema):
    data: dict[str, Any]
    attachments: list[AttachmentOut]
    last_updated: int | None


class MessageOut(Schema):
    id: str
    author_id: str
    channel: ChannelRefOut
    data: Any
    attachments: list[AttachmentOut]


class ChannelOut(Schema):
    id: str
    name: str
    owner_id: str
    is_private: bool
    is_archived: bool
    message_schema: dict[str, Any] | None
    aggregate_schema: dict[str, Any] | None
    history_since: int | None
    default_ttl: int | None
    message_retention: int | None = None
    aggregate: AggregateOut | None = None
    alarms: list[dict[str, Any]] | None = None
    alarms_enabled: bool | None = None


class ChannelIdOut(Schema):
    id: str


class MessagesOfManyOut(Schema):
    results: list[MessageOut]
    count: int
    next_cursors: dict[str, str]
    next: str | None
    at_limit_agent_ids: list[str]


class AggregateOfOneOut(AggregateOut):
    agent_id: str


class AggregatesOfManyOut(Schema):
    results: list[AggregateOfOneOut]
    count: int


class ReadingOut(Schema):
    value: Any
    message_id: str
    channel_name: str | None = None


class SeriesOut(Schema):
    count: int
    results: list[ReadingOut]
    next: str | None = None


class ItemOut(Schema):
    agent_id: str
    channel_name: str
    success: bool
    message_id: str | None = None
    error: str | None = None


class BatchOut(Schema):
    items: list[ItemOut]
    count: int
    succeeded: int
    failed: int


class ErrorOut(Schema):
    message: str
    detail: str
    code: str
    errors: Any = None


class LogEntryOut(Schema):
    """An entry of an invocation's log; more keys depend on its type."""

    timestamp: int
    type: str
