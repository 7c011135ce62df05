"""A whole server as a process of its own, for tests and measurements.

with server.start(tmp_path) as portal:
    httpx.get(portal.url)
    os.kill(portal.pids["postgres"], signal.SIGKILL)
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from doover_web.standalone import mould
from doover_web.standalone.place import ROOT, Place

START_SECONDS = 180
# A server of a test's own must not meet the services and settings of the tests around it.
NOT_INHERITED = ("DATABASE_URL", "VALKEY_URL", "DOOVER_DATA_DIR", "DOOVER_SECRET_KEY", "DOOVER_PUBLIC_URL")


class Server:
    """A running bin/serve; the end of its `with` block stops it."""

    def __init__(self, place: Place, process: subprocess.Popen, output: Path, environment: dict[str, str]):
        self.place, self.process, self.output, self.environment = place, process, output, environment

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def state(self) -> dict[str, Any]:
        """What the server last said about itself: url, status, addresses of services, process ids."""
        return self.place.state()

    @property
    def url(self) -> str:
        return self.state()["url"]

    @property
    def database_url(self) -> str:
        return self.state()["database_url"]

    @property
    def pids(self) -> dict[str, int]:
        """postgres, valkey, web, worker, bulk, beat and demo, as far as they are its children."""
        return self.state()["pids"]

    @property
    def printed(self) -> str:
        return self.output.read_text()

    @property
    def sign_in(self) -> tuple[str, str]:
        """E-mail address and password of the first user; known to a server that has just made its database."""
        found = re.search(r"Sign in as (\S+) with the password (\S+)", self.printed)
        assert found, self.printed
        return found[1], found[2]

    def manage(self, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
        """Run a management command beside it."""
        argv = [sys.executable, "-m", "doover_web.standalone", "manage", *arguments]
        return subprocess.run(argv, env=self.environment, input=text, capture_output=True, text=True, cwd=ROOT)

    def wait_until_ready(self) -> None:
        end = time.monotonic() + START_SECONDS
        while self.state().get("status") != "ready" or self.state().get("pid") != self.process.pid:
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise RuntimeError(f"The server did not start:\n{self.printed}")
            time.sleep(0.05)

    def stop(self) -> int:
        """As Ctrl-C does; returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def kill(self) -> None:
        """As a crash does: no goodbye to its children."""
        self.process.kill()
        self.process.wait()


def start(
    folder: Path | str,
    *,
    port: int = 0,
    demo: bool = False,
    env: Mapping[str, str] | None = None,
    wait: bool = True,
    log: str = "serve",
    from_nothing: bool = False,
) -> Server:
    """Start bin/serve on `folder` and wait until it is ready. A new folder gets a database from the mould of these
    tests, where there is one, or else, and also with `from_nothing`, makes its own."""
    place = Place(folder)
    place.prepare()
    is_new, moulded = not (place.folder / "postgres").exists(), os.environ.get(mould.NAMED)
    if moulded and is_new and not from_nothing:
        mould.pour(Path(moulded), place.folder)
    environment = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    environment |= {"DOOVER_DATA_DIR": str(place.folder), "PYTHONPATH": str(ROOT), **(env or {})}
    argv = [
        sys.executable,
        "-m",
        "doover_web.standalone",
        "serve",
        "--port",
        str(port),
        *([] if demo else ["--no-demo"]),
    ]
    output = place.log(log)
    with open(output, "wb") as file:
        process = subprocess.Popen(argv, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file, cwd=ROOT)
    server = Server(place, process, output, environment)
    if wait:
        server.wait_until_ready()
    return server
