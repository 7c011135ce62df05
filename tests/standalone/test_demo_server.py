"""The demo as bin/serve runs it: devices come online, outlive a crash of the server, and never say a thing twice."""

import itertools
import os
import signal
import time

import psycopg
import pytest

from doover_web.common.snowflake import now_ms
from doover_web.standalone import server
from doover_web.standalone.fleet.history import LONGEST_MS, STEP_MS
from doover_web.standalone.place import read_json

pytestmark = pytest.mark.server

STATES = """
    SELECT agent.name, state.data FROM data_aggregate state
    JOIN data_channel channel ON channel.agent_id = state.agent_id AND channel.id = state.channel_id
    JOIN identity_agent agent ON agent.id = state.agent_id WHERE channel.name = %s"""
MOMENTS = """
    SELECT agent.name, (message.id >> 22) + 1735689600000 FROM data_message message
    JOIN data_channel channel ON channel.agent_id = message.agent_id AND channel.id = message.channel_id
    JOIN identity_agent agent ON agent.id = message.agent_id WHERE channel.name = 'tag_values' ORDER BY message.id"""


def rows(portal, query, *values):
    with psycopg.connect(portal.database_url, autocommit=True) as connection:
        return connection.execute(query, values).fetchall()


def state(portal, channel):
    return dict(rows(portal, STATES, channel))


def until(holds, seconds=60):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "this did not come true"
        time.sleep(0.1)


def online(portal):
    badges = state(portal, "doover_connection")
    return {name for name, badge in badges.items() if badge.get("determination") == "Online"}


def has_read_since(portal, ms):
    """Whether Pump 7 has told what it read after a moment; False as well while the database is away."""
    try:
        tags = state(portal, "tag_values").get("pump-7", {})
    except psycopg.OperationalError:
        return False
    return tags.get("tank_1", {}).get("last_read", 0) > ms


def assert_each_moment_once(portal):
    """Quarter hours of the last weeks follow each other without a hole, and no moment is there twice."""
    far = now_ms() - LONGEST_MS + STEP_MS  # from before then there is a message an hour
    by_device = {}
    for name, ms in rows(portal, MOMENTS):
        by_device.setdefault(name, []).append(ms)
    for moments in by_device.values():
        assert len(set(moments)) == len(moments)
        past = [ms for ms in moments if ms % STEP_MS == 0 and ms > far]
        assert all(later - earlier == STEP_MS for earlier, later in itertools.pairwise(past))


@pytest.mark.timeout(300)
def test_the_fleet_lives_through_crashes_and_a_restart(tmp_path):
    with server.start(tmp_path / "var", demo=True) as portal:
        file = portal.place.folder / "fleet.json"
        until(lambda: online(portal) >= {"pump-7", "hilltop-solar", "chiller-2", "creek-weather"})
        before = portal.pids
        for victim in ("web", "demo", "postgres"):
            os.kill(before[victim], signal.SIGKILL)
        killed_at = now_ms()
        until(lambda: has_read_since(portal, killed_at))
        assert_each_moment_once(portal)
        first, mode = read_json(file), file.stat().st_mode & 0o777
        badges = state(portal, "doover_connection")

    with server.start(tmp_path / "var", demo=True) as portal:
        started_at = now_ms()
        until(lambda: has_read_since(portal, started_at))
        assert_each_moment_once(portal)
        again = read_json(file)
        [[valid]] = rows(portal, "SELECT count(*) FROM identity_token WHERE kind = 'device' AND revoked_at IS NULL")

    assert mode == 0o600
    assert again["devices"] == first["devices"]
    assert valid == len(first["devices"])
    assert badges["depot-gateway"]["determination"] == "Offline"
    assert "north-paddock-tank" not in badges
