"""One channel of many agents: messages with a cursor for each agent, and states."""

from collections import Counter
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from doover_web.common.snowflake import first_id_of
from doover_web.common.window import Window
from doover_web.data import many_agents, publish
from doover_web.data.access import Reach, reach_agent
from doover_web.data.history import PATIENCE
from doover_web.data.many_agents import IDS, list_messages_of_many
from doover_web.data.models import Channel, Message
from doover_web.identity.auth import caller_of_user
from doover_web.identity.flags import EVERYTHING
from doover_web.identity.models import Agent, GroupRole, Organisation

NOON = 1_772_600_400_000
PORTAL = {"x-doover-sharing": "internal"}


@pytest.fixture
def fleet(creek):
    """Three pumps."""
    return [Agent.objects.create(kind="device", organisation=creek, name=f"p{n}") for n in range(3)]


@pytest.fixture
def post(alice):
    def one(agent, data, ts=None, name="level", **more):
        reach = reach_agent(caller_of_user(alice), agent.id)
        return publish.post_message(reach=reach, name=name, data=data, ts=ts, **more).id

    return one


@pytest.fixture
def ask(api, alice):
    """`ask(fleet, limit=…)`: the channel `level` of these agents, as the portal's browser asks."""

    def asked(agents, *, who=None, tail="messages", name="level", headers=PORTAL, **query):
        ids = [one.id if isinstance(one, Agent) else one for one in agents]
        query = urlencode({"agent_id": ids, **query}, doseq=True)
        response = api(who or alice).get(f"/api/agents/channels/{name}/{tail}?{query}", **headers)
        assert response.status_code == 200, response.content
        return response.json()

    return asked


def data(found):
    return [message["data"] for message in found["results"]]


def test_the_newest_of_all_come_first(fleet, post, ask):
    for n in range(9):
        post(fleet[n % 3], n, NOON + n)

    found = ask(fleet, limit=4)

    assert data(found) == [8, 7, 6, 5]
    assert found["count"] == 4
    assert {one["channel"]["agent_id"] for one in found["results"]} == {str(one.id) for one in fleet}
    assert set(found["next_cursors"]) == {str(one.id) for one in fleet}
    assert found["next"] == max(found["next_cursors"].values(), key=int)
    assert found["at_limit_agent_ids"] == list(found["next_cursors"])


def test_with_everything_told_there_are_no_cursors(fleet, post, ask):
    post(fleet[0], 1)

    found = ask(fleet)

    assert (found["next_cursors"], found["next"], found["at_limit_agent_ids"]) == ({}, None, [])


def test_cursors_lead_to_the_rest(fleet, post, ask):
    for n in range(30):
        post(fleet[0 if n > 20 else n % 3], n, NOON + n)
    seen, cursors = [], {str(one.id): "" for one in fleet}

    for _ in range(20):
        found = ask(list(cursors), limit=4, agent_before=list(cursors.values()))
        seen += data(found)
        cursors = found["next_cursors"]
        if not cursors:
            break

    assert sorted(seen) == list(range(30))


def test_an_agent_that_found_no_room_is_not_lost(fleet, post, ask):
    post(fleet[0], "old", NOON)
    for n in range(3):
        post(fleet[1], n, NOON + 10 + n)

    found = ask(fleet, limit=2)
    bounded = ask(fleet, limit=2, before=first_id_of(NOON + 100))

    assert data(found) == [2, 1]
    cursor = found["next_cursors"][str(fleet[0].id)]
    assert data(ask([fleet[0]], before=cursor)) == ["old"]
    assert bounded["next_cursors"][str(fleet[0].id)] == str(first_id_of(NOON + 100))


def test_a_cap_for_each_agent(fleet, post, ask):
    for n in range(12):
        post(fleet[n % 2], n, NOON + n)

    found = ask(fleet, agent_message_limit=2)

    assert data(found) == [11, 10, 9, 8]
    assert set(found["next_cursors"]) == {str(fleet[0].id), str(fleet[1].id)}
    assert len(data(ask(fleet, agent_message_limit=50))) == 12
    assert len(data(ask(fleet, agent_message_limit=5, limit=3))) == 3


def test_after_alone_is_a_floor_and_the_newest_come(fleet, post, ask):
    ids = [post(fleet[n % 3], n, NOON + n) for n in range(9)]

    found = ask(fleet, after=ids[2], limit=3)

    assert data(found) == [8, 7, 6]
    rest = ask(list(found["next_cursors"]), after=ids[2], limit=9, agent_before=list(found["next_cursors"].values()))
    assert data(rest) == [5, 4, 3]


def test_the_library_that_pages_forward(fleet, post, ask):
    """pydoover's iterator: both bounds, a limit, and never the header of the browser's library."""
    ids = [post(fleet[n % 3], n, NOON + n) for n in range(9)]
    bounds = {"after": ids[1], "before": ids[8], "limit": 4}

    first = ask(fleet, headers={}, **bounds)
    second = ask(fleet, headers={}, **{**bounds, "after": first["results"][-1]["id"]})

    assert data(first) + data(second) == [2, 3, 4, 5, 6, 7]
    assert (first["next_cursors"], first["next"]) == ({}, None)
    assert data(ask(fleet, **bounds)) == [7, 6, 5, 4]
    assert data(ask(fleet, headers={}, after=ids[1], limit=2)) == [8, 7]


def test_forward_a_page_does_not_end_between_twins(fleet, post, ask):
    twin = post(fleet[0], "a", NOON)
    post(fleet[1], "b", message_id=twin)
    post(fleet[2], "c", NOON + 5)

    first = ask(fleet, headers={}, after=0, before=2**62, limit=1)

    assert sorted(data(first)) == ["a", "b"]
    assert data(ask(fleet, headers={}, after=twin, before=2**62, limit=1)) == ["c"]


def test_field_names_choose_and_cut_down(fleet, post, ask):
    post(fleet[0], {"a": 1, "b": 2}, NOON)
    post(fleet[1], {"b": 3}, NOON + 1)
    for n in range(20):
        post(fleet[1], {"c": n}, NOON + 2 + n)

    assert data(ask(fleet, field_name=["a", "b"], limit=2)) == [{"b": 3}, {"a": 1, "b": 2}]
    assert data(ask(fleet, field_name="a")) == [{"a": 1}]
    assert data(ask(fleet, field_name="\x00")) == []


def test_who_may_not_read_an_agent_is_not_told_of_it(fleet, post, ask, mallory, bob, creek):
    post(fleet[0], "seen")
    post(fleet[1], "hidden")
    Channel.objects.filter(agent=fleet[1]).update(is_private=True)

    assert data(ask([fleet[0], fleet[1], 5, "nonsense", "9" * 30], who=bob)) == ["seen"]
    assert sorted(data(ask(fleet))) == ["hidden", "seen"]
    assert ask(fleet, who=mallory) == {
        "results": [], "count": 0, "next_cursors": {}, "next": None, "at_limit_agent_ids": []
    }  # fmt: skip
    assert ask(fleet, who=mallory, tail="aggregates") == {"results": [], "count": 0}
    bob.grants.update(role=GroupRole.objects.create(organisation=creek, name="Onlooker", flags=["device_view"]))
    assert data(ask(fleet, who=bob)) == []
    assert len(ask(fleet, who=bob, tail="aggregates")["results"]) == 1


def test_what_is_hidden_stays_hidden(fleet, post, ask):
    post(fleet[0], "early", NOON)
    post(fleet[0], "late", NOON + 10)
    post(fleet[1], "expired", NOON + 20, ttl=5)
    Message.objects.filter(expires_at__gt=0).update(expires_at=1)
    Channel.objects.filter(agent=fleet[0]).update(history_since=NOON + 10)

    assert data(ask(fleet)) == ["late"]
    Channel.objects.filter(agent=fleet[0]).update(history_since=10**14)
    assert data(ask(fleet)) == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "bad_agents"),
        ("agent_id=1&agent_before=2&agent_before=3", "bad_cursor"),
        ("agent_id=1&agent_before=now", "bad_cursor"),
        ("agent_id=1&before=now", "bad_cursor"),
        ("agent_id=1&limit=0", "bad_limit"),
        ("agent_id=1&limit=1501", "bad_limit"),
        ("agent_id=1&agent_message_limit=0", "bad_limit"),
        ("agent_id=1&agent_message_limit=x", "bad_limit"),
        ("&".join(f"agent_id={n}" for n in range(1001)), "bad_agents"),
        ("&".join(f"agent_id={n}" for n in range(3000)), "bad_request"),
    ],
)
def test_what_cannot_be_asked(api, alice, query, code):
    response = api(alice).get(f"/api/agents/channels/level/messages?{query}")

    assert (response.status_code, response.json()["code"]) == (400, code)


def test_empty_windows_and_odd_names(fleet, post, ask):
    post(fleet[0], 1)

    assert data(ask(fleet, after=10, before=5)) == []
    assert data(ask(fleet, headers={}, after=10, before=5, limit=5)) == []
    assert data(ask(fleet, before=-(2**63))) == []
    assert data(ask(fleet, name="%00")) == []
    assert data(ask(fleet, name="none")) == []
    assert data(ask([fleet[0], fleet[0]])) == [1]
    assert data(ask(["me"], who=fleet[0])) == [1]
    assert ask(["me"], who=fleet[0], tail="aggregates")["count"] == 1


def test_the_states_of_many(fleet, ask, alice):
    for number, agent in enumerate(fleet[:2]):
        reach = reach_agent(caller_of_user(alice), agent.id)
        publish.update_aggregate(reach=reach, name="level", data={"n": number, "m": {"z": 1, "a": 2}})

    found = ask(fleet[::-1], tail="aggregates")

    assert found["count"] == 2
    assert [one["agent_id"] for one in found["results"]] == [str(fleet[1].id), str(fleet[0].id)]
    assert list(found["results"][0]["data"]["m"]) == ["z", "a"]
    assert set(found["results"][0]) == {"agent_id", "data", "attachments", "last_updated"}
    assert [one["data"] for one in ask(fleet, tail="aggregates", field_name="n")["results"]] == [{"n": 0}, {"n": 1}]


def test_its_queries_stay_level(fleet, creek, post, ask, statements):
    post(fleet[0], 0)
    ask(fleet)
    few = statements(lambda: ask(fleet))
    few_states = statements(lambda: ask(fleet, tail="aggregates"))

    more = [Agent.objects.create(kind="device", organisation=creek, name=f"q{n}") for n in range(40)]
    for n, agent in enumerate(more):
        post(agent, n)

    assert statements(lambda: ask(more)) <= few + 5  # of one agent more may be looked up, once or twice
    assert statements(lambda: ask(more, tail="aggregates")) == few_states


class TestPaging(TestCase):
    """Whatever the spread of the messages and the size of the pages, each message comes once."""

    @classmethod
    def setUpTestData(cls):
        creek = Organisation.objects.found("Tallow Creek Water")
        cls.places = []
        for n in range(4):
            agent = Agent.objects.create(kind="device", organisation=creek, name=f"p{n}")
            reach = Reach(SimpleNamespace(agent_id=agent.id), agent.id, creek.id, EVERYTHING)
            cls.places.append((reach, Channel.objects.create(agent=agent, name="level")))

    @settings(max_examples=30)
    @given(
        owners=st.lists(st.integers(0, 3), max_size=40),
        limit=st.integers(1, 9),
        each=st.none() | st.integers(1, 5),
        fewest=st.integers(1, 3),
    )
    def test_each_message_comes_once(self, owners, limit, each, fewest):
        known = {(first_id_of(NOON) + n // 2, self.places[owner][1]) for n, owner in enumerate(owners)}
        Message.objects.bulk_create(
            Message(agent_id=one.agent_id, channel_id=one.id, id=id_, data=1, author_id=1, received_at=1)
            for id_, one in known
        )
        seen, befores, left = [], {}, self.places
        while left:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(many_agents, "FEWEST", fewest)
                page = list_messages_of_many(left, Window(limit=limit), befores=befores, each=each, fields=[])
            got = [(one.id, one.channel.agent_id) for one in page.messages]
            assert len(got) == len(known) - len(seen) or got, "a page that leads nowhere"
            assert [id_ for id_, _ in got] == sorted((id_ for id_, _ in got), reverse=True)
            assert len(got) <= limit
            assert each is None or max(Counter(agent for _, agent in got).values(), default=0) <= each
            seen += got
            befores, left = page.cursors, [place for place in self.places if place[0].agent_id in page.cursors]
        assert sorted(seen) == sorted((id_, one.agent_id) for id_, one in known)


def test_the_plan_reads_only_the_page(fleet, post):
    """Each agent's messages are walked from the cursor along the primary key; no history is fetched to be sorted."""
    for agent in fleet:
        post(agent, 1)
    places = [(agent.id, Channel.objects.get(agent=agent, name="level").id) for agent in fleet]
    parameters = {
        "agents": [agent for agent, _ in places],
        "channels": [channel for _, channel in places],
        "afters": [-(2**63)] * 3,
        "befores": [2**63 - 1] * 3,
        "now": 0,
        "limit": 9,
    }
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)
        cursor.execute("EXPLAIN " + IDS.format(extra="", order="DESC"), parameters)
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "Sort" not in plan, plan
    assert "Index Scan Backward" in plan, plan
