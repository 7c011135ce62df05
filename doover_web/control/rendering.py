"""Templates that people write, rendered where they can harm nothing: in a process without secrets, with little time
and memory."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson

from doover_web.common.wire import BadRequest

SCRIPT = Path(__file__).with_name("_render.py")
SECONDS = 10
LARGEST = 256 * 1024  # characters of a template


def render(template: str, values: dict[str, Any], what: str) -> str:
    """The text that `template` makes of `values`. BadRequest says what is wrong with it."""
    if len(template) > LARGEST:
        raise BadRequest(f"{what} is longer than {LARGEST} characters", code="bad_template")
    if "{{" not in template and "{%" not in template and "{#" not in template:
        return template
    asked = orjson.dumps({"template": template, "values": values})
    try:
        done = subprocess.run(  # noqa: S603  our own script
            [sys.executable, "-I", str(SCRIPT)], input=asked, capture_output=True, timeout=SECONDS, env={}, check=False
        )
    except subprocess.TimeoutExpired as problem:
        raise BadRequest(f"{what} takes too long to render", code="bad_template") from problem
    if done.returncode == 0:
        return done.stdout.decode()
    if done.returncode == 2:
        reason = done.stderr.decode(errors="replace").strip().rpartition("\n")[2][:300]
        raise BadRequest(f"{what} cannot be rendered: {reason}", code="bad_template")
    raise BadRequest(f"{what} takes too much time or memory to render", code="bad_template")
