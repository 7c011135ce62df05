"""Saying that an alarm has been seen, and trying out whom it reaches."""

from django.db import connection, transaction
from django.utils.translation import gettext as _

from doover_web.common.wire import BadRequest, Forbidden, NotFound
from doover_web.identity.guard import check_in_use
from doover_web.identity.permissions import Rights

from .. import outbox
from ..access import Reach, channel_to_watch, check_manages_alarms, check_sees_alarms, ref_of
from ..alarm_lists import find_alarm
from ..alarm_words import INFO
from ..events import AlarmNoted, announce
from ..ids import new_message_id
from ..models import Alarm, AlarmNote

LONGEST_NOTE = 2000


def may_acknowledge(reach: Reach) -> bool:
    """Whether the caller acts on this agent's alarms: by controlling it, or by managing them."""
    return reach.archived_at is None and bool(reach.rights & (Rights.CONTROL | Rights.ALARMS_MANAGE))


def acknowledge_alarm(*, reach: Reach, name: str, alarm_id: int, text: str = "") -> AlarmNote:
    """Say that the alarm of channel `name`, as it stands now, has been seen; those who watch hear of it."""
    channel = channel_to_watch(reach, name)
    check_sees_alarms(reach)
    check_in_use(reach.archived_at)
    if not may_acknowledge(reach):
        raise Forbidden(
            _("You may not acknowledge the alarms of this agent (device_control or alarms_manage)"), code="no_alarms"
        )
    text = text.replace("\x00", "").strip()
    if len(text) > LONGEST_NOTE:
        raise BadRequest(_("A note has %(most)s characters at most") % {"most": LONGEST_NOTE}, code="bad_note")
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


@transaction.atomic
def send_test(*, reach: Reach, name: str, alarm_id: int) -> int:
    """Tell whoever hears of this alarm that it is being tried out; it does not move. Returns the message's id."""
    channel = channel_to_watch(reach, name)
    check_manages_alarms(reach)
    alarm, message_id = find_alarm(channel, alarm_id), new_message_id()
    data = {
        "message": f"Test of {alarm['name']}: {alarm['condition_summary']}. Nothing has happened",
        "severity": INFO,
        "topic": f"dev/alarms/{alarm['notification_policy']}/{alarm['topic_name']}/triggered",
    }
    payload = {"message_id": message_id, "data": data}
    connection.ensure_connection()
    outbox.add(connection.connection, [outbox.Entry(reach.agent_id, outbox.Kind.ALARM, str(message_id), payload)])
    return message_id
