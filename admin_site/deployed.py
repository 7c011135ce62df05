"""A deployment in words: its state with the mark that goes with it, how long it took, its log."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from doover_web.deployments.models import Deployment
from doover_web.pages.words import duration

STATES: dict[str, tuple[str, str | Promise]] = {
    "QUE": ("idle", _("Queued")),
    "RUN": ("wait", _("Running")),
    "SUC": ("ok", _("Done")),
    "FAI": ("bad", _("Failed")),
    "CAN": ("idle", _("Cancelled")),
}
LINE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)Z (.*)")
LOUD = re.compile(r"\b(error|fail(ed|ure)?|refused|does not fit|no answer)\b", re.IGNORECASE)
QUIET_WARNING = re.compile(r"\b(warn(ing)?|again|cancelled|newer deployment)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mark:
    """A state in words, with the colour that goes with it."""

    mark: str
    words: str | Promise


def mark_of(states: dict[str, tuple[str, str | Promise]], key: str) -> Mark:
    return Mark(*states[key])


@dataclass(frozen=True, slots=True)
class State:
    """How a deployment is, for a badge and a line."""

    deployment: Deployment
    mark: str
    words: str | Promise

    @property
    def is_open(self) -> bool:
        return self.deployment.is_open

    @property
    def took(self) -> str:
        one = self.deployment
        end = one.ended_at or (timezone.now() if one.started_at else None)
        return duration((end - (one.started_at or one.created_at)).total_seconds()) if end else ""

    @property
    def may_come_back(self) -> bool:
        """Whether what it brought can be deployed again."""
        one = self.deployment
        return one.status == "SUC" and one.action == "deploy" and one.install_id is not None

    @property
    def may_be_tried_again(self) -> bool:
        one = self.deployment
        return one.status in ("FAI", "CAN") and one.action == "deploy" and one.install_id is not None


@dataclass(frozen=True, slots=True)
class LogLine:
    at: datetime | None
    text: str
    mark: str


def state_of(deployment: Deployment) -> State:
    mark, words = STATES[deployment.status]
    if deployment.status == "RUN" and deployment.waiting_since:
        words = _("Waits for the device")
    elif deployment.status == "SUC" and deployment.action == "remove":
        words = _("Removed")
    return State(deployment, mark, words)


def log_of(deployment: Deployment) -> list[LogLine]:
    """The lines of its log, each with its moment and how loud it is."""
    return [_line(text) for text in deployment.log_output.splitlines()]


def _line(text: str) -> LogLine:
    match = LINE.match(text)
    at = datetime.strptime(match[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) if match else None
    said = match[2] if match else text
    mark = "bad" if LOUD.search(said) else "warn" if QUIET_WARNING.search(said) else "ok" if said == "Done" else ""
    return LogLine(at, said, mark)
