"""What the `tunnels` channel of a device says, in both generations' words (`control-api §3.9`). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .hosts import at_port


@dataclass(frozen=True, slots=True)
class Wish:
    """A tunnel as the server knows it: its id, target, protocol, how long it shall be open, and the addresses that may
    use it; None for all."""

    id: int
    name: str
    hostname: str
    port: int
    protocol: str
    seconds: int
    allow: tuple[str, ...] | None = None

    @property
    def address(self) -> str:
        return at_port(self.hostname, self.port)

    @property
    def is_web(self) -> bool:
        return self.protocol in ("http", "https")


def definition(wish: Wish, wanted_until_ms: int | None) -> dict[str, Any]:
    """The entry of a tunnel under `tunnels`, mirrored for the device. No passwords: every app there can read it."""
    entry: dict[str, Any] = {
        "id": str(wish.id),
        "name": wish.name,
        "hostname": wish.hostname,
        "port": wish.port,
        "protocol": wish.protocol,
        "timeout_ms": wish.seconds * 1000,
    }
    entry["allow_cidr"] = None if wish.allow is None else list(wish.allow)
    entry["wanted_until"] = wanted_until_ms
    return entry


@dataclass(frozen=True, slots=True)
class Answer:
    """What a device says of a tunnel: its state in the contract's word, or nothing, and why it failed."""

    state: str = ""
    reason: str = ""


def answer_of(state: dict, tunnel_id: int) -> Answer:
    """The device's answer about one tunnel; whatever stands there, it never fails."""
    status = state.get("status")
    said = status.get(str(tunnel_id)) if isinstance(status, dict) else None
    if not isinstance(said, dict) or not isinstance(said.get("state"), str):
        return Answer()
    reason = said.get("error")
    return Answer(said["state"], reason[:500] if isinstance(reason, str) else "")


def is_served(state: dict) -> bool:
    """Whether something on the device has ever answered here."""
    return isinstance(state.get("status"), dict) or isinstance(state.get("open"), list)


def is_old(state: dict) -> bool:
    """Whether the device only speaks the first generation's keys."""
    return isinstance(state.get("open"), list) and not isinstance(state.get("status"), dict)


def asked_to_open(state: dict, wish: Wish) -> list[dict]:
    """`to_open` with this tunnel in it."""
    entry: dict[str, Any] = {
        "address": wish.address,
        "protocol": "http" if wish.is_web else "tcp",
        "timeout": max(1, round(wish.seconds / 60)),
    }
    if wish.allow:
        entry["allow_cidr"] = list(wish.allow)
    return [one for one in entries(state, "to_open") if one.get("address") != wish.address] + [entry]


def asked_to_close(state: dict, wish: Wish) -> dict[str, list]:
    """`to_close` with what is open of this tunnel, and `to_open` without it."""
    is_open = [one for one in entries(state, "open") if one.get("address") == wish.address]
    others = [one for one in entries(state, "to_close") if one.get("address") != wish.address]
    waiting = [one for one in entries(state, "to_open") if one.get("address") != wish.address]
    return {"to_close": others + is_open, "to_open": waiting}


def endpoints(state: dict, wishes: Iterable[Wish]) -> dict[int, str]:
    """Where each tunnel is open by the device's own report: host:port, or empty when it is closed."""
    if is_old(state):
        urls = {one.get("address"): one.get("url") for one in entries(state, "open")}
        return {wish.id: _host_of(urls.get(wish.address)) for wish in wishes}
    status = state.get("status") if isinstance(state.get("status"), dict) else {}
    return {wish.id: _reported(status, wish) for wish in wishes}


def opened(wishes: Iterable[Wish], where: dict[int, str]) -> list[dict]:
    """The list `open`, for readers of the first generation, of tunnels that were opened the newer way."""
    return [
        {"address": wish.address, "url": f"{'https' if wish.is_web else 'tcp'}://{where[wish.id]}"}
        for wish in wishes
        if where.get(wish.id)
    ]


def entries(state: dict, key: str) -> list[dict]:
    listed = state.get(key)
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _reported(status: Any, wish: Wish) -> str:
    said = status.get(str(wish.id))
    if not isinstance(said, dict) or said.get("state") != "open":
        return ""
    return _host_of(said.get("endpoint"))


def _host_of(url: Any) -> str:
    return url.partition("://")[2][:255] if isinstance(url, str) and "://" in url else str(url or "")[:255]
