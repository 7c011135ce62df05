"""One child process: started in a group of its own, logged, stopped in bounded time, never left behind."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from doover_web.standalone.errors import CannotStart
from doover_web.standalone.place import ROOT
from doover_web.standalone.privileges import Privileges

PR_SET_PDEATHSIG = 1
# Looked up before any fork: loading a library between fork and exec is not safe.
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

LOG_BYTES = 5_000_000


class Child:
    """A process we answer for; `start` may be called again after it died."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        log: Path,
        stop_signal: signal.Signals = signal.SIGTERM,
        death_signal: signal.Signals = signal.SIGKILL,
        stop_seconds: float = 8,
        privileges: Privileges | None = None,
        pass_fds: Sequence[int] = (),
    ):
        self.name, self.log, self.env = name, log, dict(env)
        self.privileges = privileges or Privileges()
        self.argv = [*self.privileges.prefix, *argv]
        self.stop_signal, self.death_signal, self.stop_seconds = stop_signal, death_signal, stop_seconds
        self.pass_fds = pass_fds
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        trim_log(self.log)
        try:
            self._start()
        except PermissionError as error:
            raise CannotStart(f"{self.name} may not start {error.filename}. {self.privileges.advice}") from None

    def _start(self) -> None:
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.argv,
                env=self.env,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=self.pass_fds,
                preexec_fn=before_exec(self.death_signal, self.privileges),
            )

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None

    def exit_code(self) -> int | None:
        """None while it runs or was never started; a negative number is the signal that ended it."""
        return self.process.poll() if self.process else None

    def ask_to_stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)

    def wait_or_kill(self) -> None:
        """Give it its time to stop, then end it and whatever it started."""
        if not self.process:
            return
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(self.stop_seconds)
        kill_group(self.process.pid)
        self.process.wait()

    def stop(self) -> None:
        self.ask_to_stop()
        self.wait_or_kill()

    def last_words(self, lines: int = 12) -> str:
        """The end of its log, for the message that says it would not start."""
        with suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        return ""


def before_exec(death_signal: signal.Signals, privileges: Privileges) -> Callable[[], None]:
    """What the new process does to itself: give up rights, and ask to be told when its parent is killed."""
    parent = os.getpid()

    def prepare() -> None:
        privileges.drop()
        if _prctl:
            # After dropping rights, which would clear it again.
            _prctl(PR_SET_PDEATHSIG, int(death_signal))
            if os.getppid() != parent:
                os.kill(os.getpid(), signal.SIGKILL)

    return prepare


def kill_group(pid: int) -> None:
    """End every process of the group `pid` leads; a group that is gone is fine (macOS says so with EPERM)."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def trim_log(path: Path, limit: int = LOG_BYTES) -> None:
    """Keep one old log beside the current one. Children append, so cutting the file under them is safe."""
    with suppress(OSError):
        if path.stat().st_size <= limit:
            return
        path.with_suffix(path.suffix + ".1").write_bytes(path.read_bytes())
        os.truncate(path, 0)


def birth(pid: int) -> str:
    """Tells a process from a later one with the same number; empty when there is none, or only its remains."""
    if sys.platform == "linux":
        with suppress(OSError, IndexError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            return "" if fields[0] == "Z" else fields[19]
        return ""
    return subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()


def command_of(pid: int) -> str:
    """The command line of a running process; empty when there is none."""
    if sys.platform == "linux":
        with suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        return ""
    return subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
