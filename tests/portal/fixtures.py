"""The documents of real applications, and what a page must make of them (`tests/fixtures/ui`)."""

import functools
import json
from pathlib import Path

from portal.ui.tree import Documents

FOLDER = Path(__file__).parent.parent / "fixtures" / "ui"
WITH_TREE = sorted(
    path.relative_to(FOLDER).with_suffix("").as_posix()
    for path in FOLDER.rglob("*.json")
    if "ui_state" in json.loads(path.read_text()).get("channels", {})
)
SCHEMAS = sorted(
    path.relative_to(FOLDER).with_suffix("").as_posix()
    for path in (FOLDER / "public-apps").glob("*.json")
    if json.loads(path.read_text()).get("ui_schema")
)


@functools.cache
def _text(name: str) -> str:
    return (FOLDER / f"{name}.json").read_text()


def load(name: str) -> dict:
    """A fixture, read afresh."""
    return json.loads(_text(name))


def documents(channels: dict) -> Documents:
    """The states of a fixture, as a tree is read from."""
    return Documents(
        channels.get("ui_state"),
        channels.get("ui_overrides"),
        channels.get("tag_values"),
        channels.get("ui_cmds"),
        channels.get("deployment_config"),
    )
