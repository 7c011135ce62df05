"""PostgreSQL refuses to run as root, so a root start gives the services an unprivileged identity of their own."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

NOBODY = 65534


@dataclass(frozen=True)
class Privileges:
    """How to start a service: a command in front, or an account to change to; by default neither."""

    prefix: tuple[str, ...] = ()
    account: int | None = None

    @property
    def advice(self) -> str:
        """For the message that something could not be read or started."""
        if self.account is None:
            return "Look at the permissions of that file and of the data directory."
        return "As root it runs as “nobody”, who cannot get there: start as an ordinary user, or move it to /opt."

    def drop(self) -> None:
        """Runs in the child, between fork and exec."""
        if self.account is not None:
            os.setgroups([])
            os.setgid(self.account)
            os.setuid(self.account)

    def own(self, folder: Path) -> None:
        """Make `folder` belong to the account, which may differ from the one of an earlier start."""
        if os.geteuid() != 0:
            return
        account = self.account or 0
        if folder.stat().st_uid == account:
            return
        for path in (folder, *folder.rglob("*")):
            os.chown(path, account, account, follow_symlinks=False)


@cache
def for_services() -> Privileges:
    """A user namespace needs no account and no change of permissions; where it is forbidden, `nobody` has to do."""
    if os.geteuid() != 0:
        return Privileges()
    unshare = shutil.which("unshare")
    if sys.platform == "linux" and unshare:
        prefix = (unshare, "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")
        if subprocess.run([*prefix, "true"], capture_output=True).returncode == 0:
            return Privileges(prefix=prefix)
    return Privileges(account=NOBODY)
