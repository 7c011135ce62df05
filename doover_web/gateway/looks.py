"""What a page says that it shows: the frame `Look` (`gateway.md`). Pure."""

from dataclasses import dataclass
from typing import Any

from doover_web.common.snowflake import ID_MAX

from .frames import BadFrame

MOST_AGENTS, MOST_NAMES, LONGEST_NAME = 100, 200, 255


@dataclass(frozen=True, slots=True)
class Look:
    """The devices on the screen; of the one whose page it is, the applications that are open and the tags that are to
    come live. Nothing at all while the page is hidden."""

    agent_ids: tuple[int, ...] = ()
    is_group: bool = False
    apps: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def look_of(d: dict) -> Look:
    """The look of a frame. BadFrame when it is none."""
    agents = _texts(d, "agents", MOST_AGENTS)
    if not all(one.isascii() and one.isdigit() and len(one) <= 19 and int(one) <= ID_MAX for one in agents):
        raise BadFrame("agents are ids, as text")
    page = d.get("page", "agent")
    if page not in ("agent", "group"):
        raise BadFrame('page is "agent" or "group"')
    if page == "agent" and len(agents) > 1:
        raise BadFrame("A page of one agent names one")
    apps, tags = _texts(d, "apps", MOST_NAMES), _texts(d, "tags", MOST_NAMES)
    return Look(tuple(dict.fromkeys(map(int, agents))), page == "group", apps, tags)


def _texts(d: dict, key: str, most: int) -> tuple[str, ...]:
    found: Any = d.get(key) or []
    if not isinstance(found, list) or len(found) > most:
        raise BadFrame(f"{key} is a list of {most} texts at most")
    if not all(isinstance(one, str) and len(one) <= LONGEST_NAME and "\x00" not in one for one in found):
        raise BadFrame(f"{key} is a list of texts of up to {LONGEST_NAME} characters")
    return tuple(found)
