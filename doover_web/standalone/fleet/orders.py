"""Commands as they stand in messages (`data-api §16.3`): reading them, and the answers to them. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from doover_web.common.snowflake import ms_of

OPEN = ("acknowledged", "pending", "deferred")


@dataclass(frozen=True, slots=True)
class Order:
    """A command for one of our applications; `app` is empty when it is for any that knows `method`."""

    message_id: int
    app: str
    method: str
    request: Any


class Refusal(Exception):
    """Why a command is not carried out."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code, self.message = code, message


def read_order(message: dict, apps: Collection[str], now_ms: int) -> Order | None:
    """The command in a message; None when it is none, for others, answered already or too old."""
    data = _command_in(message)
    if data is None or status_of(data) not in ("", "sent"):
        return None
    app, method, message_id = data.get("app_key") or "", data["method"], int(message["id"])
    expires = data.get("expires_after")
    late = isinstance(expires, int | float) and now_ms > ms_of(message_id) + expires
    if late or (app and app not in apps) or not isinstance(method, str):
        return None
    return Order(message_id, app, method, data["request"])


def is_left_over(message: dict, apps: Collection[str]) -> bool:
    """Whether we had begun this command before we were interrupted."""
    data = _command_in(message)
    return data is not None and data.get("app_key") in apps and status_of(data) in OPEN


def is_cancelled(message: dict) -> bool:
    """Whether somebody withdrew this command."""
    data = _command_in(message)
    if data is None or status_of(data) != "error":
        return False
    said = data["status"].get("message")
    info = said.get("info") if isinstance(said, dict) else said
    marked = isinstance(said, dict) and ("cancelled_at" in said or "cancelled_by" in said)
    return marked or str(info).lower() in ("command cancelled", "command canceled")


def _command_in(message: dict) -> dict | None:
    data = message.get("data")
    if not isinstance(data, dict) or data.get("type") != "rpc":
        return None
    return data if "method" in data and "request" in data else None


def status_of(data: dict) -> str:
    status = data.get("status")
    code = status.get("code") if isinstance(status, dict) else None
    return code if isinstance(code, str) else ""


def acknowledged(now_ms: int) -> dict:
    return {"status": {"code": "acknowledged", "message": {"timestamp": now_ms}}}


def pending(progress: dict) -> dict:
    return {"status": {"code": "pending", "message": progress}}


def deferred(now_ms: int, until_ms: int) -> dict:
    return {"status": {"code": "deferred", "message": {"at": now_ms, "until": until_ms}}}


def success(response: dict) -> dict:
    return {"status": {"code": "success", "message": None}, "response": response}


def failure(code: str, message: str) -> dict:
    return {"status": {"code": "error", "message": {"code": code, "message": message}}, "response": {}}


def record(app: str, name: str, value: Any) -> dict:
    """The line that `ui_cmds` keeps of a changed value."""
    return {"type": "log", "app_key": app, "key": name, "value": value}
