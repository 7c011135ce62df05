"""What was set at a device, by the records in `ui_cmds`, and who asked for it when (`ui-schema §11.2`)."""

from collections import deque
from typing import Any

from doover_web.data.rebuild import Origin, Path

from .ui.commands import Command, read_command

LONGEST_WAIT = 200  # commands that wait for their record


class Asked:
    """Reads the messages of `ui_cmds` in their order; called with each, it answers with what a record set. `commands`
    says of each setting which command its newest record is of."""

    def __init__(self):
        self.commands: dict[Path, Command] = {}
        self._waiting: deque[Command] = deque(maxlen=LONGEST_WAIT)

    def __call__(self, origin: Origin, said: Any) -> dict | None:
        command = read_command(origin.message_id, origin.author_id, said, None)
        if command is not None and command.code != "error":
            self._waiting.append(command)
        if not isinstance(said, dict) or said.get("type") != "log" or not isinstance(said.get("key"), str):
            return None
        app = said["app_key"] if isinstance(said.get("app_key"), str) else "global"
        self._settle((app, said["key"]), said.get("value"))
        return {app: {said["key"]: said.get("value")}}

    def _settle(self, path: Path, value: Any) -> None:
        self.commands.pop(path, None)
        mine = [one for one in self._waiting if one.is_for(*path) and one.request == value]
        if mine:
            self.commands[path] = mine[-1]
            self._waiting.remove(mine[-1])
