"""What the page of activity costs for a large fleet: `bin/bench activity [--devices 10000] [--calls 60]`."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from bench.addresses import print_table, read_options
from bench.fleet import fleet, session
from doover_web.common.snowflake import first_id_of, now_ms
from doover_web.data.models import Aggregate, Channel
from doover_web.data.partitions import ensure_ahead

EACH = 40  # notifications of each device
PAGES = {
    "A page without lines": "/help/",
    "The newest": "/activity/",
    "Half a year back": "/activity/?before={old}",
    "Alarms": "/activity/?kind=alarm",
    "Of one application": "/activity/?app=pump_1",
    "Of one person": "/activity/?who=nobody",
    "What is new": "/activity/?part=new&newest={newest}",
    "One group": "/activity/?group={group}",
    "Beside the list of devices": "/home/beside/",
}
FILL = """
INSERT INTO data_message (agent_id, channel_id, id, author_id, received_at, data)
SELECT c.agent_id, c.id, %(newest)s - (n * 86400000::bigint * 9 << 22) - (c.id %% 700000000) * 4096, c.agent_id, 0,
       CASE c.name WHEN 'ui_cmds' THEN jsonb_build_object(
           'type', 'rpc', 'app_key', 'pump_1', 'method', 'speed', 'request', n, 'status', '{"code": "success"}'::jsonb)
       ELSE jsonb_build_object('message', 'pump_1.level is ' || n, 'severity', 6) END
FROM data_channel c CROSS JOIN generate_series(0, %(each)s) AS n WHERE c.name IN ('notifications', 'ui_cmds');
INSERT INTO data_happening (agent_id, kind, id, channel_id, organisation_id)
SELECT m.agent_id, CASE c.name WHEN 'ui_cmds' THEN 1 ELSE 2 END, m.id, m.channel_id, a.organisation_id
FROM data_message m JOIN data_channel c ON c.agent_id = m.agent_id AND c.id = m.channel_id
JOIN identity_agent a ON a.id = m.agent_id
"""


def main() -> None:
    """The pages of one day, of long ago and narrowed down, beside one without any lines."""
    asked = read_options("activity")
    user, group = fleet(asked.devices)
    _speak(group.organisation_id)
    now = now_ms()
    known = {"old": first_id_of(now - 180 * 86_400_000), "newest": first_id_of(now - 60_000), "group": group.id}
    by_session = session(user)
    print(f"{asked.devices:,} devices, {2 * (EACH + 1) * asked.devices:,} lines\n")
    print_table("page", [(what, path.format(**known), by_session) for what, path in PAGES.items()], asked.calls)


def _speak(organisation_id: int) -> None:
    """Each device has a page of its own, commands and notifications over a year."""
    reading = {"type": "uiVariable", "units": "%", "decPrecision": 1}
    rows = {
        f"v{n}": {**reading, "displayString": f"Value {n}", "currentValue": f"$tag.app().v{n}:number"}
        for n in range(20)
    }
    rows |= {"level": {**reading, "displayString": "Level", "currentValue": "$tag.app().level:number"}}
    rows |= {"speed": {"type": "uiSlider", "displayString": "Speed", "units": "Hz", "min": 0, "max": 50}}
    page = {"state": {"children": {"pump_1": {"type": "uiApplication", "displayString": "Pump", "children": rows}}}}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM identity_agent WHERE organisation_id = %s AND kind = 'device'", [organisation_id]
        )
        agents = [row[0] for row in cursor.fetchall()]
    channels = [Channel(agent_id=one, name=name) for one in agents for name in ("ui_state", "ui_cmds", "notifications")]
    ensure_ahead(timezone.now(), since=timezone.now() - timedelta(days=400))
    Channel.objects.bulk_create(channels, batch_size=2000)
    states = [
        Aggregate(agent_id=one.agent_id, channel_id=one.id, data=page, revision=1)
        for one in channels
        if one.name == "ui_state"
    ]
    Aggregate.objects.bulk_create(states, batch_size=1000)
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"newest": first_id_of(now_ms()), "each": EACH})
        cursor.execute("VACUUM ANALYZE data_message")
        cursor.execute("VACUUM ANALYZE data_happening")
        cursor.execute("VACUUM ANALYZE data_channel")
