"""Runs inside the environment of the published client: a function of somebody's, started with the event on standard
input. It counts its runs in a message, and in a tag."""

import json
import sys

from pydoover.processor import Application, run_app


class Counter(Application):
    async def _say(self, event):
        gain = self.received_deployment_config["gain"]
        await self.api.create_message("out", {"gain": gain, "by": self.app_key})
        await self.tag_manager.set_tag("ran", True)

    async def on_schedule(self, event):
        await self._say(event)

    async def on_message_create(self, event):
        await self._say(event)


run_app(Counter(), json.loads(sys.stdin.read()), None)
