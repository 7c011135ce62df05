from ninja import Router

from ..access import channel_to_read, parse_id, reach_agent, ref_of
from ..history import find_message
from ..logs import read_log
from .answers import answer
from .schemas import LogEntryOut

router = Router(tags=["messages"])


@router.get("/agents/{agent_id}/channels/{name}/messages/{message_id}/logs", response=list[LogEntryOut])
def get_message_logs(request, agent_id: str, name: str, message_id: str):
    """What a processor wrote during the invocation that the message sums up (`data-api §7.7`)."""
    reach = reach_agent(request.auth, agent_id)
    channel = channel_to_read(reach, name)
    message = find_message(channel, ref_of(reach, channel), parse_id(message_id))
    return answer(read_log(message.channel, message.id))
