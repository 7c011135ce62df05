"""PostgreSQL and Valkey for whoever needs them: the ones the environment names, or embedded ones."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from doover_web.standalone import postgres, valkey
from doover_web.standalone.errors import CannotStart, InUse
from doover_web.standalone.place import ROOT, Place
from doover_web.standalone.process import Child, birth, kill_group

START_SECONDS = 60


class Services:
    """Where the services are, and the children among them that are ours."""

    def __init__(self, place: Place, environ: Mapping[str, str] = os.environ, *, lasting: bool = True):
        self.place, self.lasting = place, lasting
        self.database_url = environ.get("DATABASE_URL", "")
        self.valkey_url = environ.get("VALKEY_URL", "")
        self.children: list[Child] = []
        self._questions: list[Callable[[], bool]] = []
        self._postgres_port = 0 if self.database_url else free_port()
        self._valkey_port = 0 if self.valkey_url else free_port()
        if self._postgres_port:
            self.database_url = postgres.address(place, self._postgres_port)
        if self._valkey_port:
            self.valkey_url = valkey.address(place, self._valkey_port)

    def environment(self) -> dict[str, str]:
        """What any of our programs needs in its environment to work with them."""
        return {
            "DJANGO_SETTINGS_MODULE": "doover_web.settings",
            "DOOVER_PUBLIC_URL": self.place.last_url(),
            **{name: value for name, value in os.environ.items() if value},
            "DOOVER_SECRET_KEY": os.environ.get("DOOVER_SECRET_KEY") or self.place.secret("secret_key"),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "DOOVER_DATA_DIR": str(self.place.folder),
            "DATABASE_URL": self.database_url,
            "VALKEY_URL": self.valkey_url,
        }

    def start(self) -> None:
        """Start what the environment did not name; `wait` before use, `stop` after."""
        if self._valkey_port:
            self._start(valkey.make(self.place, self._valkey_port))
            self._questions.append(partial(valkey.answers, self.place, self._valkey_port))
        if self._postgres_port:
            self._start(postgres.make(self.place, self._postgres_port, lasting=self.lasting))
            self._questions.append(partial(postgres.answers, self.place, self._postgres_port))

    def _start(self, child: Child) -> None:
        child.start()
        self.children.append(child)

    def wait(self, pause: Callable[[float], None] = time.sleep) -> None:
        """Until all of them answer; `pause` may raise to give up early."""
        end = time.monotonic() + START_SECONDS
        for child, answers in zip(self.children, self._questions, strict=True):
            while not answers():
                if child.exit_code() is not None or time.monotonic() > end:
                    raise CannotStart(f"{child.name} does not start. Its log {child.log} ends:\n{child.last_words()}")
                pause(0.05)

    def stop(self) -> None:
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            child.wait_or_kill()


@contextmanager
def running(
    data_dir: Path | str, environ: Mapping[str, str] = os.environ, *, lasting: bool = True
) -> Iterator[Services]:
    """Services for the length of a block, in a folder nobody else is using."""
    place = Place(data_dir)
    with place.held() as alone:
        if not alone:
            raise InUse(f"{place.folder} is in use by another process.")
        end_left_overs(place)
        services = Services(place, environ, lasting=lasting)
        try:
            services.start()
            services.wait()
            write_state(services, services.children, kind="services")
            yield services
        finally:
            services.stop()
            place.clear_state()


def write_state(services: Services, children: list[Child], **more: str) -> None:
    """Tell bin/manage and the tests where everything is, and the next start whom to look for after a crash."""
    pids = {child.name: child.pid for child in children if child.pid}
    services.place.write_state(
        {
            **more,
            "pid": os.getpid(),
            "database_url": services.database_url,
            "valkey_url": services.valkey_url,
            "pids": pids,
            "born": {name: birth(pid) for name, pid in pids.items()},
        }
    )


def end_left_overs(place: Place, seconds: float = 10) -> None:
    """Children outlive a supervisor that was killed for a moment (on macOS for longer); see them off first."""
    state = place.state()
    born = state.get("born", {})
    left = {name: pid for name, pid in state.get("pids", {}).items() if born.get(name) and birth(pid) == born[name]}
    for name, pid in left.items():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGQUIT if name == "postgres" else signal.SIGTERM)
    end = time.monotonic() + seconds
    for name, pid in left.items():
        while birth(pid) == born[name] and time.monotonic() < end:
            time.sleep(0.05)
        if birth(pid) == born[name]:
            kill_group(pid)
    place.clear_state()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
