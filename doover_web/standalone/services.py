"""PostgreSQL and Valkey for whoever needs them: the ones the environment names, or embedded ones."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from doover_web.standalone import postgres, valkey
from doover_web.standalone.errors import CannotStart
from doover_web.standalone.place import Place
from doover_web.standalone.process import Child, birth, kill_group

START_SECONDS = 60


@dataclass
class Services:
    """Where the services are, and the children among them that are ours."""

    database_url: str
    valkey_url: str
    children: list[Child] = field(default_factory=list)
    _questions: list[tuple[Child, Callable[[], bool]]] = field(default_factory=list)

    def environment(self, place: Place) -> dict[str, str]:
        """What any of our programs needs in its environment to work with them."""
        return {
            **os.environ,
            "DATABASE_URL": self.database_url,
            "VALKEY_URL": self.valkey_url,
            "DOOVER_DATA_DIR": str(place.folder),
            "DOOVER_SECRET_KEY": os.environ.get("DOOVER_SECRET_KEY") or place.secret("secret_key"),
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "doover_web.settings"),
        }

    def wait(self, pause: Callable[[float], None] = time.sleep) -> None:
        """Until all of them answer; `pause` may raise to give up early."""
        end = time.monotonic() + START_SECONDS
        for child, answers in self._questions:
            while not answers():
                if child.exit_code() is not None or time.monotonic() > end:
                    raise CannotStart(f"{child.name} does not start. Its log {child.log} ends:\n{child.last_words()}")
                pause(0.05)

    def stop(self) -> None:
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            child.wait_or_kill()


def launch(place: Place, environ: Mapping[str, str] = os.environ) -> Services:
    """Start what the environment does not name; `wait` before use, `stop` after."""
    services = Services(environ.get("DATABASE_URL", ""), environ.get("VALKEY_URL", ""))
    try:
        if not services.valkey_url:
            port = free_port()
            services.valkey_url = valkey.address(place, port)
            _start(services, valkey.make(place, port), partial(valkey.answers, place, port))
        if not services.database_url:
            port = free_port()
            services.database_url = postgres.address(place, port)
            _start(services, postgres.make(place, port), partial(postgres.answers, place, port))
    except BaseException:
        services.stop()
        raise
    return services


def _start(services: Services, child: Child, answers: Callable[[], bool]) -> None:
    child.start()
    services.children.append(child)
    services._questions.append((child, answers))


@contextmanager
def running(data_dir: Path | str, environ: Mapping[str, str] = os.environ) -> Iterator[Services]:
    """Services for the length of a block, in a folder nobody else is using."""
    place = Place(data_dir)
    with place.held() as alone:
        if not alone:
            raise CannotStart(f"{place.folder} is in use by another process.")
        end_left_overs(place)
        services = launch(place, environ)
        try:
            services.wait()
            write_state(place, "services", services)
            yield services
        finally:
            services.stop()
            place.clear_state()


def write_state(place: Place, kind: str, services: Services, children: list[Child] | None = None, **more) -> None:
    """Tell bin/manage and the tests where everything is, and the next start whom to look for after a crash."""
    running_now = [child for child in (children or services.children) if child.pid]
    place.write_state(
        {
            "kind": kind,
            "pid": os.getpid(),
            "database_url": services.database_url,
            "valkey_url": services.valkey_url,
            "pids": {child.name: child.pid for child in running_now},
            "born": {child.name: birth(child.pid or 0) for child in running_now},
            **more,
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
