"""Files and logs of messages and states, under /api/."""

from django.core.files.uploadedfile import SimpleUploadedFile

from doover_web.data.access import reach_agent
from doover_web.data.attached import attached_out
from doover_web.data.logs import store_log
from doover_web.data.publish import apply_with
from doover_web.data.writes import ChangeAggregate, ChangeMessage
from doover_web.identity.auth import caller_of_token

from ..lines import READS, Lines, everybody

line = Lines()
HERE = "/api/agents/{pump}/channels"


def seed(world):
    """A file on the states and messages that there are, and the log of a message."""
    reach = reach_agent(caller_of_token(world.tokens["own"]), world.things["pump"].id)
    for name, message in (("level", "message"), ("hidden", "hidden_message")):
        number, file = int(world.names[message]), SimpleUploadedFile("photo.png", b"amber-8841", "image/png")
        state = apply_with(ChangeAggregate(reach, name, {}), [file]).the_aggregate
        kept = apply_with(ChangeMessage(reach, name, number, {}), [file]).the_message
        store_log(ref=kept.channel, message_id=number, entries=[{"timestamp": 1, "type": "user.log"}])
        if name == "level":
            world.add("photo", attached_out(reach.agent_id, state.attached)[0]["url"].partition("/attachments/")[2])


for file in ("level/aggregate", "level/messages/{message}"):
    for method in ("GET", "HEAD"):
        line(method, f"{HERE}/{file}/attachments/photo.png", READS)
line("GET", HERE + "/{hidden}/aggregate/attachments/photo.png", READS, looker=404)
line("GET", HERE + "/{hidden}/messages/{hidden_message}/attachments/photo.png", READS, looker=404)
line("GET", HERE + "/level/messages/{message}/logs", READS)
line("GET", HERE + "/{hidden}/messages/{hidden_message}/logs", READS, looker=404)
# The link itself is the permission.
for method in ("GET", "HEAD", "OPTIONS"):
    line(method, "/api/attachments/{photo}", everybody(200, by_token=True), public=True)
