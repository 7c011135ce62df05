"""Makes `.venv` and installs the locked, hashed requirements into it; does nothing when that was done before.

Runs with whatever Python is there, so it uses the standard library alone.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV_LOCK = ROOT / "requirements" / "uv.txt"
NO_VENV = """\
This Python cannot make virtual environments. Install what is missing and try again:
  Debian, Ubuntu: sudo apt-get install python3-venv
  or any of: uv, virtualenv, pip"""


def main(which: str) -> None:
    lock = ROOT / "requirements" / f"{which}.txt"
    stamp = VENV / f"installed-{which}"
    # The folder itself is the lock: two commands at once must not install into each other.
    folder = os.open(ROOT, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    wanted = hashlib.sha256(lock.read_bytes() + str(ROOT).encode()).hexdigest()
    if is_usable() and stamp.is_file() and stamp.read_text() == wanted:
        return
    say("Installing what doover_web needs into .venv; this happens once.")
    if not is_usable():
        make_environment()
    install(lock)
    stamp.write_text(wanted)


def is_usable() -> bool:
    """An environment that was cut off while it was made has nothing to install with."""
    return runs() and any((VENV / "bin" / tool).exists() for tool in ("uv", "pip"))


def runs() -> bool:
    if not PYTHON.exists():
        return False
    code = "import sys; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([str(PYTHON), "-c", code], capture_output=True).returncode == 0


def make_environment() -> None:
    """Any stamp of an earlier one goes with it, so what is half made is never taken for complete."""
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        VENV.mkdir()
    except OSError as error:
        sys.exit(f"Cannot write to {ROOT}: {error.strerror}. Run this as the owner of that folder.")
    for attempt in (with_venv, with_uv, with_virtualenv, with_pip, with_apt):
        if attempt() and runs():
            return
    shutil.rmtree(VENV, ignore_errors=True)
    sys.exit(NO_VENV)


def with_venv() -> bool:
    return quietly(sys.executable, "-m", "venv", "--clear", str(VENV))


def with_uv() -> bool:
    uv = shutil.which("uv")
    return bool(uv) and quietly(uv, "venv", "--clear", "--python", sys.executable, str(VENV))


def with_virtualenv() -> bool:
    return quietly(sys.executable, "-m", "virtualenv", str(VENV))


def with_pip() -> bool:
    """Debian splits ensurepip off, but a pip of the system can fill an environment that has none."""
    return quietly(sys.executable, "-m", "pip", "--version") and quietly(
        sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)
    )


def with_apt() -> bool:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    say("Installing python3-venv.")
    for command in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", "python3-venv"]):
        quietly("apt-get", *command, DEBIAN_FRONTEND="noninteractive")
    return with_venv()


def install(lock: Path) -> None:
    """uv takes seconds where pip takes minutes; its own hash is checked by pip."""
    uv = VENV / "bin" / "uv"
    cache = VENV / "cache"
    own_cache = {} if "UV_CACHE_DIR" in os.environ else {"UV_CACHE_DIR": str(cache)}
    wanted = UV_LOCK.read_text().partition("==")[2].split()[0]
    if not uv.exists() or wanted not in output_of(str(uv), "--version"):
        get_uv(own_cache)
    arguments = ["pip", "install", "--quiet", "--require-hashes", "--python", str(PYTHON), "-r", str(lock)]
    done = subprocess.run([str(uv), *arguments], env={**os.environ, **own_cache}, stdin=subprocess.DEVNULL)
    shutil.rmtree(cache, ignore_errors=True)
    if done.returncode:
        sys.exit("The requirements could not be installed; the lines above say why. Try again when that is mended.")


def get_uv(own_cache: dict) -> None:
    locked = ["--quiet", "--require-hashes", "-r", str(UV_LOCK)]
    in_venv = [str(PYTHON), "-m", "pip", "install", "--no-cache-dir", "--disable-pip-version-check", *locked]
    from_outside = [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--no-cache-dir", *locked]
    with_other_uv = [shutil.which("uv") or "uv", "pip", "install", "--python", str(PYTHON), *locked]
    for command in (in_venv, from_outside, with_other_uv):
        if quietly(*command, **own_cache) and (VENV / "bin" / "uv").exists():
            return
    done = subprocess.run(in_venv, stdin=subprocess.DEVNULL)
    sys.exit(f"uv could not be installed with pip (exit code {done.returncode}); the lines above say why.")


def quietly(*command: str, **environment: str) -> bool:
    try:
        return not subprocess.run(
            command, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, capture_output=True
        ).returncode
    except OSError:
        return False


def output_of(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True).stdout


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
