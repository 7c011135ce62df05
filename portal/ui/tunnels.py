"""How a tunnel stands, in words (`control-api §3.9`). Pure."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from doover_web.control.models import Tunnel
from doover_web.control.tunnel_state import Answer

# What is there to reach, as a start: name, host, port, protocol.
PRESETS = (
    ("ssh", _("Secure shell"), "127.0.0.1", 22, "tcp"),
    ("web", _("Web page of the device"), "127.0.0.1", 80, "http"),
    ("camera", _("Camera stream"), "192.168.0.64", 554, "rtsp"),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A state (`open`, `opening`, `failed`, `waiting`, `away`, `over`, `closed`), the meaning of its colour, its words,
    and for one that failed what the device says of it."""

    state: str
    kind: str
    words: str | Promise
    reason: str = ""

    @property
    def is_wanted(self) -> bool:
        """Whether it is open or shall be."""
        return self.state in ("open", "opening", "failed", "waiting", "away")


def standing_of(tunnel: Tunnel, now: datetime, answer: Answer, *, is_offline: bool) -> Standing:
    """A tunnel counts as open when the device said where it is; until then it waits for the device, unless that said
    why it cannot."""
    wanted = tunnel.wanted_until
    if wanted is not None and wanted <= now:
        return Standing("over", "idle", _("Time is over"))
    if tunnel.endpoint:
        return Standing("open", "ok", _("Open"))
    if wanted is None:
        return Standing("closed", "idle", _("Closed"))
    if answer.state == "error":
        return Standing("failed", "bad", _("The device could not open it"), answer.reason)
    if is_offline:
        return Standing("away", "wait", _("Waits for the device, which is offline"))
    if answer.state == "opening":
        return Standing("opening", "wait", _("The device is opening it"))
    return Standing("waiting", "wait", _("Waits for the device to say where"))


def address_of(tunnel: Tunnel) -> str:
    """What to copy: an address for a browser or a player, else host and port."""
    if not tunnel.endpoint:
        return ""
    return tunnel.endpoint if tunnel.protocol == Tunnel.Protocol.TCP else f"{tunnel.protocol}://{tunnel.endpoint}"
