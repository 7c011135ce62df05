"""Reading history: `GET …/messages` with cursors, limits and filters."""

import pytest

from doover_web.common.snowflake import ID_MIN, first_id_of
from doover_web.data import publish
from doover_web.identity.models import GroupRole

NOON = 1_772_600_400_000


@pytest.fixture
def sixty(itself):
    """The ids of sixty messages, one a second, the oldest first."""
    return [publish.post_message(reach=itself, name="level", data={"n": n}, ts=NOON + n * 1000).id for n in range(60)]


@pytest.fixture
def ids(api, pump, level):
    """`ids(before=…, limit=…)`: the ids a list answers with."""

    def listed(**query):
        address = level.messages + "?" + "&".join(f"{name}={value}" for name, value in query.items())
        response = api(pump).get(address)
        assert response.status_code == 200, response.content
        return [int(message["id"]) for message in response.json()]

    return listed


def test_paging_back_reaches_the_end(sixty, ids):
    first = ids(limit=25)
    second = ids(limit=25, before=first[-1])
    third = ids(limit=25, before=second[-1])

    assert [len(first), len(second), len(third)] == [25, 25, 10]
    assert first + second + third == sixty[::-1]


def test_after_alone_gives_the_oldest_first(sixty, ids):
    assert ids(after=0, limit=25) == sixty[:25]
    assert ids(after=sixty[24], limit=25) == sixty[25:50]


def test_both_bounds_are_outside(sixty, ids):
    assert ids(after=sixty[3], before=sixty[7]) == sixty[6:3:-1]
    assert ids(after=sixty[3], before=sixty[7], limit=2) == [sixty[6], sixty[5]]


def test_without_a_limit_there_are_fifty(sixty, ids):
    assert ids() == sixty[:9:-1]


def test_a_cursor_may_be_a_moment(sixty, ids):
    assert ids(before=first_id_of(NOON + 2000)) == [sixty[1], sixty[0]]


def test_the_lowest_and_the_highest_cursor_are_cursors(sixty, ids):
    assert ids(after=ID_MIN, limit=2) == sixty[:2]
    assert ids(before=2**63 - 1, limit=1) == [sixty[-1]]
    assert ids(before=ID_MIN) == []


def test_the_largest_page_and_no_more(sixty, api, pump, level, ids):
    assert len(ids(limit=1500)) == 60
    response = api(pump).get(level.messages + "?limit=1501")
    assert (response.status_code, response.json()["code"]) == (400, "bad_limit")


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=ten", "limit=1.5", "limit=99999999999999999999999"])
def test_a_limit_that_is_none_is_refused(sixty, api, pump, level, query):
    response = api(pump).get(f"{level.messages}?{query}")

    assert (response.status_code, response.json()["code"]) == (400, "bad_limit")


@pytest.mark.parametrize("name", ["before", "after"])
@pytest.mark.parametrize(
    "cursor", ["now", "1.5", "0x1", "+1", "9223372036854775808", "-9223372036854775809", "%00", "²"]
)
def test_a_cursor_that_is_none_is_refused(sixty, api, pump, level, name, cursor):
    response = api(pump).get(f"{level.messages}?{name}={cursor}")

    assert (response.status_code, response.json()["code"]) == (400, "bad_cursor")


def test_field_names_choose_messages_and_cut_them_down(api, pump, level, itself):
    for data in ({"a": 1, "b": 2}, {"b": 3}, {"c": 4}, "a", ["a"], None, {"nested": {"a": 1}}):
        publish.post_message(reach=itself, name="level", data=data)

    def listed(query):
        return [message["data"] for message in api(pump).get(f"{level.messages}?{query}").json()]

    assert listed("field_name=a") == [{"a": 1}]
    assert listed("field_name=a&field_name=b") == [{"b": 3}, {"a": 1, "b": 2}]
    assert listed("field_name=zz") == []


def test_the_filter_comes_before_the_limit(api, pump, level, itself):
    for n in range(10):
        publish.post_message(reach=itself, name="level", data={"seldom" if n % 5 == 0 else "often": n})

    listed = api(pump).get(f"{level.messages}?field_name=seldom&limit=2").json()

    assert [message["data"] for message in listed] == [{"seldom": 5}, {"seldom": 0}]


def test_each_message_of_a_list_is_whole(sixty, api, alice, pump, level):
    [message] = api(alice).get(level.messages + "?limit=1").json()

    assert message == {
        "id": str(sixty[-1]),
        "author_id": str(pump.id),
        "channel": {"agent_id": str(pump.id), "name": "level"},
        "data": {"n": 59},
        "attachments": [],
    }


def test_without_the_right_to_history_there_is_none(sixty, api, creek, pump, level, bob):
    onlooker = GroupRole.objects.create(organisation=creek, name="Onlooker", flags=["device_view"])
    bob.grants.update(role=onlooker)

    response = api(bob).get(level.messages)

    assert (response.status_code, response.json()["code"]) == (403, "no_history")
    assert api(bob).get(level.aggregate).status_code == 200


def test_its_queries_stay_level(api, pump, level, itself, statements):
    publish.post_message(reach=itself, name="level", data={"n": 0})
    pump_api = api(pump)
    pump_api.get(level.messages)
    few = statements(lambda: pump_api.get(level.messages))

    for n in range(30):
        publish.post_message(reach=itself, name="level", data={"n": n})

    assert statements(lambda: pump_api.get(level.messages)) == few


def test_the_plan_reads_only_the_page(sixty, itself):
    """A list walks the primary key from the cursor; it never sorts a channel's whole history."""
    from django.db import connection

    from doover_web.data.history import LIST
    from doover_web.data.models import Channel

    channel = Channel.objects.get(agent_id=itself.agent_id, name="level")
    bounds = {"agent": itself.agent_id, "channel": channel.id, "after": ID_MIN, "before": 2**63 - 1}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + LIST.format(extra="", order="DESC"), {**bounds, "now": 0, "limit": 50})
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "Sort" not in plan, plan
    assert "Index Scan Backward" in plan, plan
