"""The controls of a device's page with everybody's commands, read for one viewer."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from django.utils import timezone

from .ui.commands import Command
from .ui.controls import Control, control_of
from .ui.element import Element
from .ui.frame import DeviceFrame
from .ui.rows import Desk
from .ui.sending import commands_at
from .ui.tree import Tree
from .viewer.messages import names_of

DISMISSED = "dismissed_commands"
MOST_DISMISSED = 200


def desk_for(request, device: DeviceFrame, tree: Tree) -> Desk:
    """The desk of a page that draws `tree`; every control of it gets its row."""
    return seated(tree.shown(), desk_of(request, device, tree))


def desk_of(request, device: DeviceFrame, tree: Tree) -> Desk:
    """The controls that are shown, and the commands that the viewer may read."""
    commands = commands_at(device.reach)
    return Desk(
        controls=controls_of(tree),
        commands=commands,
        now=timezone.localtime(),
        may_control=device.may_control,
        is_archived=device.agent.archived_at is not None,
        is_away=device.is_offline,
        dismissed=frozenset(request.session.get(DISMISSED, ())),
        names=authors_of(request.caller, commands),
    )


def controls_of(tree: Tree) -> dict[str, Control]:
    """The controls that are shown, by their places."""
    found = [control for element in tree.shown() if (control := control_of(element))]
    called = Counter(one.key for one in found)
    return {one.place: replace(one, is_twin=True) if called[one.key] > 1 else one for one in found}


def seated(elements: Iterable[Element], desk: Desk) -> Desk:
    """Give every control among `elements` its row."""
    for element in elements:
        if element.is_control:
            element.view = desk.row(element.place)
    return desk


def authors_of(caller, commands: Iterable[Command]) -> dict[int, str]:
    """Who gave commands, as far as the viewer may know of them."""
    authors = {one.author_id for one in commands}
    return names_of(caller, authors) if authors else {}


def dismiss(session, message_id: int) -> None:
    """This person need not see how a command ended any more."""
    known = [one for one in session.get(DISMISSED, ()) if one != message_id]
    session[DISMISSED] = [*known, message_id][-MOST_DISMISSED:]
