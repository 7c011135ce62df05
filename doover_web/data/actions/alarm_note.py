"""Saying that an alarm has been seen."""

from django.db import transaction

from doover_web.common.wire import BadRequest, Forbidden, NotFound
from doover_web.identity.permissions import Rights

from ..access import Reach, channel_to_watch, check_sees_alarms, ref_of
from ..events import AlarmNoted, announce
from ..ids import new_message_id
from ..models import Alarm, AlarmNote

LONGEST_NOTE = 2000


def acknowledge_alarm(*, reach: Reach, name: str, alarm_id: int, text: str = "") -> AlarmNote:
    """Say that the alarm of channel `name`, as it stands now, has been seen; those who watch hear of it."""
    channel = channel_to_watch(reach, name)
    check_sees_alarms(reach)
    if not reach.rights & (Rights.CONTROL | Rights.ALARMS_MANAGE):
        raise Forbidden(
            "You may not acknowledge the alarms of this agent (device_control or alarms_manage)", code="no_alarms"
        )
    text = text.replace("\x00", "").strip()
    if len(text) > LONGEST_NOTE:
        raise BadRequest(f"A note has {LONGEST_NOTE} characters at most", code="bad_note")
    with transaction.atomic():
        known = {"agent_id": reach.agent_id, "channel_id": channel.id}
        alarm = Alarm.objects.filter(**known, id=alarm_id).select_for_update(of=("self",)).first()
        if alarm is None:
            raise NotFound("Alarm not found")
        note = AlarmNote.objects.create(
            **known,
            id=new_message_id(),
            alarm_id=alarm_id,
            author_id=reach.caller.agent_id,
            since=alarm.entered_state_ts,
            text=text,
        )
        event = AlarmNoted(ref_of(reach, channel), alarm_id, note.id, reach.caller.agent_id)
        transaction.on_commit(lambda: announce([event]))
    return note
