"""Warnings of a device that a person has put away: hidden for that person until something about them changes."""

from collections.abc import MutableMapping
from typing import Any

from .ui.controls import Control, flag
from .ui.element import Element
from .ui.tree import Tree

PUT_AWAY, MOST = "warnings_put_away", 200
KIND = "uiWarningIndicator"


def may_be_put_away(element: Element) -> bool:
    """As the device declares it (`can_cancel`); it may unless that is denied (`ui-schema §5.1`)."""
    return element.type == KIND and flag(element.props.get("can_cancel"), absent=True)


def press_of(element: Element) -> Control:
    """What is told to the device: a press that nobody waits for an answer to."""
    return Control(element.app_key, element.name, "button", element.label, is_direct=True, is_old=element.old)


def put_away(session: MutableMapping[str, Any], agent_id: int, element: Element) -> None:
    key = _key(agent_id, element)
    others = [(one, words) for one, words in session.get(PUT_AWAY, {}).items() if one != key]
    session[PUT_AWAY] = dict([*others, (key, element.label)][-MOST:])


def hide_put_away(session: MutableMapping[str, Any], agent_id: int, tree: Tree) -> None:
    """Hide what this person put away. What was hidden by the device meanwhile, or says something else by now, comes
    back."""
    known = session.get(PUT_AWAY, {})
    back = []
    for element in tree.walk() if known else ():
        key = _key(agent_id, element)
        if element.type != KIND or key not in known:
            continue
        if element.hidden or element.label != known[key]:
            back.append(key)
        else:
            element.hidden = True
    if back:
        session[PUT_AWAY] = {key: words for key, words in known.items() if key not in back}


def _key(agent_id: int, element: Element) -> str:
    return f"{agent_id}/{element.place}"
