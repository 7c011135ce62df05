"""What is sent: one notification, a digest of many, or a test, in the words of every transport."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from doover_web.common.zones import zone_names
from doover_web.pages.words import clock

from .models import Endpoint, Notification
from .topics import SEVERITY_NAMES, canonical

LISTED = 50  # notifications that a digest writes out
LONGEST_LINE = 200
TEST = gettext_noop("This is a test from doover_web. Notifications will look like this one.")


class NotSent(Exception):
    """The text says why. `for_good`: trying again changes nothing; `is_gone`: the endpoint itself is no more."""

    def __init__(self, why: str, *, for_good: bool = False, is_gone: bool = False):
        super().__init__(why)
        self.for_good, self.is_gone = for_good or is_gone, is_gone


@dataclass(frozen=True, slots=True)
class Letter:
    """`key` stays the same however often it is tried; none of `notifications` is a test."""

    key: str
    endpoint: Endpoint
    notifications: Sequence[Notification]
    zone: str = ""
    language: str = ""  # of whoever reads it; empty: the one of the installation

    @property
    def severity(self) -> int:
        return max((one.severity for one in self.notifications), default=5)

    @property
    def title(self) -> str:
        if not self.notifications:
            return _("Test")
        if len(self.notifications) == 1:
            return one_line(self.notifications[0].headline)
        names = sorted({one.agent.title for one in self.notifications})
        about = names[0] if len(names) == 1 else _("%(count)s devices") % {"count": len(names)}
        told = {"count": len(self.notifications), "about": about}
        return one_line(_("%(count)s notifications of %(about)s") % told)

    @property
    def message(self) -> str:
        """The words of one notification, or a line for each of the newest of many."""
        return self._told(lambda one: one.words)

    def _told(self, words_of: Callable[[Notification], str]) -> str:
        if not self.notifications:
            return _(TEST)
        if len(self.notifications) == 1:
            return words_of(self.notifications[0])
        lines = [self._line(one, words_of(one)) for one in list(self.notifications)[-LISTED:]]
        left_out = len(self.notifications) - len(lines)
        return "\n".join([_("… and %(count)s earlier ones") % {"count": left_out}, *lines] if left_out else lines)

    @property
    def url(self) -> str:
        """The page where it is to be seen."""
        agents = {one.agent_id for one in self.notifications}
        if len(agents) == 1:
            one = self.notifications[0]
            if one.agent.kind == one.agent.Kind.DEVICE:
                return f"{settings.PUBLIC_URL}/device/{one.agent_id}/"
        return f"{settings.PUBLIC_URL}/me/notifications/"

    @property
    def moment(self) -> str:
        """When the first of them was said, on the receiver's clock."""
        return self.moment_of(self.notifications[0])

    def moment_of(self, one: Notification) -> str:
        return clock(one.at, timezone.localtime(timezone=self._zone))

    @property
    def zone_name(self) -> str:
        return str(self._zone)

    @property
    def _zone(self) -> tzinfo:
        return ZoneInfo(self.zone if self.zone in zone_names() else settings.TIME_ZONE)

    def _line(self, one: Notification, words: str) -> str:
        return one_line(f"{self.moment_of(one)}  {one.severity_words}  {one.headline}: {words}")

    def as_json(self) -> dict:
        """For programs (docs/protocol/notifications.md)."""
        kind = "test" if not self.notifications else "digest" if len(self.notifications) > 1 else "notification"
        message = self._told(lambda one: one.message)
        return {"type": kind, "title": self.title, "message": message, "notifications": self._all()}

    def _all(self) -> list[dict]:
        return [
            {
                "agent_id": str(one.agent_id),
                "agent_name": one.agent.title,
                "message_id": str(one.message_id),
                "title": one.headline,
                "message": one.message,
                "severity": SEVERITY_NAMES[one.severity],
                "topic": one.topic or None,
                "canonical_topic": canonical(one.topic),
                "timestamp": int(one.at.timestamp() * 1000),
            }
            for one in self.notifications
        ]


def one_line(text: str, longest: int = LONGEST_LINE) -> str:
    """`text` without line breaks and control characters, cut to length: safe as a subject and in a list."""
    words = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return words if len(words) <= longest else f"{words[: longest - 1]}…"
