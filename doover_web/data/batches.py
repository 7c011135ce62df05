"""Many changes in one request: reading the items, and saying what came of each (`data-api §9.3`)."""

import functools
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from doover_web.common.snowflake import ID_MAX, ID_MIN
from doover_web.common.wire import BadRequest, Busy, Refused, check_document, load_json

from .access import Reach
from .requests import MAX_JSON_DEPTH, aggregate_change_of, change_of, post_of
from .writes import Applied, Outcome, PostMessage, RemoveMessage, Write

log = logging.getLogger(__name__)
MOST_ITEMS = 50
ID, LONGEST_ID = re.compile(r"-?[0-9]{1,19}"), 20


class Kind(Enum):
    """What a batch does with every item: its method and resource."""

    CREATE = ("POST", "messages")
    MERGE = ("PATCH", "messages")
    REPLACE = ("PUT", "messages")
    DELETE = ("DELETE", "messages")
    AGGREGATE = ("PATCH", "aggregates")


KINDS = {kind.value: kind for kind in Kind}


@dataclass(frozen=True, slots=True)
class Batch:
    """The items of a request, each on its own: one that cannot be read harms no other."""

    kind: Kind
    items: list[Any]
    is_plain: bool  # no item can hold what the database cannot keep, so none has to be searched for it

    def agents(self) -> set[str]:
        """The agents that the items name, as text."""
        return {agent for item in self.items if (agent := _agent_of(item)) is not None}

    def writes(self, reaches: Mapping[str, Reach | Refused]) -> list[Write | Refused]:
        """The write that each item asks for, or why it cannot be one. `reaches` answers for every one of `agents`."""
        return [self._attempt(item, reaches) for item in self.items]

    def _attempt(self, item: Any, reaches: Mapping[str, Reach | Refused]) -> Write | Refused:
        try:
            if not self.is_plain:
                check_document(item, max_depth=MAX_JSON_DEPTH)
            return _write_of(self.kind, item, reaches)
        except Refused as refusal:
            return refusal


def batch_of(kind: Kind, raw: bytes) -> Batch:
    """`{"items": [...]}` of 1 to 50 items; BadRequest for the whole otherwise."""
    body = load_json(raw) if raw else {}
    items = body.get("items") if isinstance(body, dict) else None
    if not isinstance(items, list) or not 1 <= len(items) <= MOST_ITEMS:
        raise BadRequest(f'The body must be {{"items": […]}} with 1 to {MOST_ITEMS} items', code="bad_batch")
    nested = raw.count(b"{") + raw.count(b"[") - 2 - len(items)
    return Batch(kind, items, is_plain=nested < MAX_JSON_DEPTH and b"\\u0000" not in raw)


def batch_out(batch: Batch, writes: Sequence[Write | Refused], outcomes: Sequence[Outcome]) -> dict:
    """The answer, in the order of the items. `outcomes` are those of the writes among `writes`.

    Raises Busy when the database took none of them: then nothing is stored, and the same request may work in a moment.
    """
    if outcomes and len(outcomes) == len(writes) and all(isinstance(outcome, Busy) for outcome in outcomes):
        raise outcomes[0]  # type: ignore[misc]
    came_of_it = iter(outcomes)
    results = [
        _result(item, write, next(came_of_it) if isinstance(write, Write) else write)
        for item, write in zip(batch.items, writes, strict=True)
    ]
    succeeded = sum(result["success"] for result in results)
    return {"items": results, "count": len(results), "succeeded": succeeded, "failed": len(results) - succeeded}


def _write_of(kind: Kind, item: Any, reaches: Mapping[str, Reach | Refused]) -> Write:
    agent = _agent_of(item)
    if agent is None:
        raise BadRequest("An item is an object with agent_id, an id, and channel_name")
    name = item.get("channel_name")
    if not isinstance(name, str):
        raise BadRequest("channel_name must be text")
    reach = reaches[agent]
    if isinstance(reach, Refused):
        raise reach
    message_id = _message_id_of(item)
    if message_id is None and kind in (Kind.MERGE, Kind.REPLACE, Kind.DELETE):
        raise BadRequest("message_id is missing")
    write = _asked(kind, item, reach, name, message_id)
    suppress_hooks = item.get("suppress_hooks")
    if suppress_hooks is not None and not isinstance(suppress_hooks, bool):
        raise BadRequest("suppress_hooks must be true or false")
    write.suppress_hooks = bool(suppress_hooks)
    return write


def _asked(kind: Kind, item: dict, reach: Reach, name: str, message_id: Any) -> Write:
    match kind:
        case Kind.CREATE:
            return post_of(reach, name, item, message_id)
        case Kind.MERGE | Kind.REPLACE:
            return change_of(reach, name, item, message_id, replace=kind is Kind.REPLACE)
        case Kind.DELETE:
            return RemoveMessage(reach, name, message_id)
        case Kind.AGGREGATE:
            return aggregate_change_of(reach, name, item.get("data"), _Paths(item.get("replace")), replace_all=False)


class _Paths(dict):
    """The `replace` of an item, as the query of a single change states it."""

    def __init__(self, paths: Any):
        if paths is not None and not (isinstance(paths, list) and all(isinstance(path, str) for path in paths)):
            raise BadRequest("replace must be a list of dotted paths")
        super().__init__()
        self.paths = paths or []

    def getlist(self, name: str) -> list[str]:
        return self.paths if name == "replace" else []


def _agent_of(item: Any) -> str | None:
    """The agent of an item as text, `me` included; None when it names none."""
    value = item.get("agent_id") if isinstance(item, dict) else None
    if value == "me":
        return "me"
    number = _id_in(value)
    return None if number is None else str(number)


def _message_id_of(item: dict) -> int | None:
    value = item.get("message_id")
    number = _id_in(value)
    if value is not None and number is None:
        raise BadRequest("message_id must be an id (a signed 64-bit integer)", code="bad_id")
    return number


def _id_in(value: Any) -> int | None:
    if isinstance(value, str):
        return _id_of(value) if len(value) <= LONGEST_ID else None
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if ID_MIN <= value <= ID_MAX else None


@functools.lru_cache(maxsize=4096)
def _id_of(text: str) -> int | None:
    """The id that a text spells; items of a batch name the same agent over and over."""
    return number if ID.fullmatch(text) and ID_MIN <= (number := int(text)) <= ID_MAX else None


def _result(item: Any, write: Write | Refused, outcome: Outcome) -> dict:
    """What came of an item. Clients need a number for the agent and text for the channel, whatever was sent."""
    agent, name = ("0", "")
    if isinstance(write, Write):
        agent, name = str(write.reach.agent_id), write.name
    elif isinstance(item, dict):
        number, sent = _id_in(item.get("agent_id")), item.get("channel_name")
        agent, name = str(number or 0), sent if isinstance(sent, str) else ""
    result = {"agent_id": agent, "channel_name": name, "success": isinstance(outcome, Applied)}
    if (message_id := _message_id(item, write, outcome)) is not None:
        result["message_id"] = str(message_id)
    if isinstance(outcome, Exception):
        result["error"] = _words(outcome)
    return result


def _message_id(item: Any, write: Write | Refused, outcome: Outcome) -> int | None:
    if isinstance(outcome, Applied) and isinstance(write, PostMessage):
        return outcome.the_message.id
    if isinstance(write, Write):
        return getattr(write, "message_id", None)
    return _id_in(item.get("message_id")) if isinstance(item, dict) else None


def _words(problem: Exception) -> str:
    if isinstance(problem, Refused):
        return problem.message
    log.error("An item of a batch failed", exc_info=problem)
    return "The server failed on this item"
