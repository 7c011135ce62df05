"""The data directory: who uses it, its secrets, and the notes a running server leaves for others."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from doover_web.standalone.errors import CannotStart

ROOT = Path(__file__).resolve().parents[2]


def default_folder() -> Path:
    """What bin/serve and bin/manage use unless told otherwise."""
    return Path(os.environ.get("DOOVER_DATA_DIR") or ROOT / "var")


class Place:
    """Everything `bin/serve` keeps lies under one folder."""

    def __init__(self, folder: Path | str):
        self.folder = Path(folder).resolve()
        self.logs = self.folder / "log"
        self._state = self.folder / "state.json"
        self._secrets = self.folder / "secrets.json"
        self._lock = self.folder / "lock"

    def prepare(self) -> None:
        try:
            self.logs.mkdir(parents=True, exist_ok=True)
            self.logs.chmod(0o700)
        except OSError as error:
            raise CannotStart(f"Cannot write to {self.folder}: {error.strerror}. Choose another --data-dir.") from None

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    @contextmanager
    def held(self) -> Iterator[bool]:
        """True when nobody else works in this folder, and nobody will until the block ends."""
        self.prepare()
        descriptor = self._open_lock()
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True
        finally:
            os.close(descriptor)

    def _open_lock(self) -> int:
        try:
            return os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        except PermissionError:
            message = f"{self.folder} belongs to another user. Run this as that user, or choose another --data-dir."
            raise CannotStart(message) from None

    def secret(self, name: str) -> str:
        """A secret of this installation, made the first time it is asked for."""
        known = read_json(self._secrets)
        if name not in known:
            self.prepare()
            known[name] = secrets.token_urlsafe(48 if name == "secret_key" else 24)
            write_private(self._secrets, json.dumps(known, indent=1))
        return known[name]

    def knows(self, name: str) -> bool:
        return name in read_json(self._secrets)

    def state(self) -> dict[str, Any]:
        """What the process that holds the folder says about itself; empty when none does."""
        return read_json(self._state)

    def write_state(self, state: dict[str, Any]) -> None:
        write_private(self._state, json.dumps(state, indent=1))

    def named(self) -> list[str]:
        """How a command is told to work here; nothing where it does so by itself."""
        return [] if self.folder == ROOT / "var" else ["--data-dir", str(self.folder)]

    def static_root(self) -> Path:
        return Path(os.environ.get("DOOVER_STATIC_ROOT") or self.folder / "static")

    def last_url(self) -> str:
        """The address of the latest bin/serve here: what a command on its own calls the public one."""
        with suppress(OSError):
            return (self.folder / "address").read_text().strip()
        return "http://127.0.0.1:8000"

    def remember_url(self, url: str) -> None:
        (self.folder / "address").write_text(url + "\n")

    def clear_state(self) -> None:
        self._state.unlink(missing_ok=True)


def read_json(path: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError):
        return json.loads(path.read_text())
    return {}


def write_private(path: Path, text: str) -> None:
    """Readable for its owner alone, and never half written."""
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
