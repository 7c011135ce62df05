"""Chromium for the browser tests: found, or on Debian installed when we may."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ON_MACOS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
MISSING = """\
*** THE BROWSER TESTS DO NOT RUN: there is no Chromium here. ***
*** Debian: apt-get install chromium. macOS: brew install --cask chromium. Or set DOOVER_CHROMIUM to its path. ***"""


def find() -> str | None:
    named = os.environ.get("DOOVER_CHROMIUM")
    candidates = [named] if named else [*map(shutil.which, NAMES), *ON_MACOS]
    return next((path for path in candidates if path and Path(path).is_file()), None)


def is_wanted(arguments: Sequence[str]) -> bool:
    """False when the tests were chosen by name and no browser test is among them."""
    paths = [one for one in arguments if one.partition("::")[0].endswith(".py") or Path(one).is_dir()]
    return not paths or any("browser" in path or path.rstrip("/") == "tests" for path in paths)


def find_or_install() -> str | None:
    found = find()
    if found or os.geteuid() != 0 or not shutil.which("apt-get"):
        return found
    print("Installing Chromium for the browser tests.", file=sys.stderr, flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", "chromium"]):
        subprocess.run(["apt-get", *command], env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    return find()
