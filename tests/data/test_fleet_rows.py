"""What is kept for lists and maps beside `doover_connection` and `location`: never another answer than theirs."""

from hypothesis import given
from hypothesis import strategies as st

from doover_web.common.presence import turns, verdict
from doover_web.common.snowflake import now_ms
from doover_web.data.models import Badge, OutboxEntry, Position
from doover_web.data.publish import open_channel, update_aggregate
from doover_web.identity.models import Agent

NOW = 1_790_000_000_000
MOMENTS = st.one_of(st.none(), st.integers(NOW - 10**7, NOW + 10**7), st.floats(-1e15, 1e15), st.just("soon"))
SECONDS = st.one_of(st.none(), st.integers(0, 10_000), st.floats(0, 1e6))
CONNECTIONS = st.fixed_dictionaries(
    {
        "status": st.one_of(
            st.none(),
            st.just({}),
            st.fixed_dictionaries(
                {
                    "status": st.sampled_from(["ContinuousOnline", "ContinuousOnlineNoPing", "PeriodicUnknown"]),
                    "last_online": MOMENTS,
                    "last_ping": MOMENTS,
                }
            ),
        ),
        "determination": st.sampled_from(["Online", "Offline", None]),
        "config": st.fixed_dictionaries(
            {
                "connection_type": st.sampled_from(["Continuous", "Periodic", "PeriodicContinuous", None]),
                "offline_after": SECONDS,
                "expected_interval": SECONDS,
                "next_wake_time": MOMENTS,
            }
        ),
    }
)


def by_columns(connection, now):
    found = turns(connection)
    if found is None:
        return "unknown"
    if found.offline_from is not None and found.offline_from <= now:
        return "offline"
    return "overdue" if found.overdue_from is not None and found.overdue_from <= now else "online"


@given(CONNECTIONS, st.integers(-(10**7), 10**7))
def test_the_columns_say_what_the_document_says(connection, later):
    assert by_columns(connection, NOW + later) == verdict(connection, NOW + later).state


def test_a_list_reads_the_same_state_as_the_document(alice, pump, reach):
    def say(data):
        update_aggregate(reach=reach(alice, pump), name="doover_connection", data=data, replace_all=True)
        return Agent.objects.annotate(state=Badge.objects.state_at(now_ms())).get(pk=pump.pk).state

    assert say({}) == "unknown"
    assert say({"status": {"last_online": now_ms()}, "config": {"connection_type": "Continuous"}}) == "online"
    assert (
        say({"status": {"last_online": now_ms() - 300_000}, "config": {"connection_type": "Continuous"}}) == "offline"
    )
    assert say({"status": {"status": "ContinuousOnlineNoPing"}}) == "overdue"
    assert say({"status": "nonsense"}) == "unknown"


def test_a_position_is_kept_and_told_in_the_same_transaction(alice, pump, reach):
    def go(**data):
        update_aggregate(reach=reach(alice, pump), name="location", data=data)

    go(lat=-27.5, long=151.9, accuracy=4)
    kept = Position.objects.get(pk=pump.pk)
    assert (kept.lat, kept.long, kept.accuracy) == (-27.5, 151.9, 4)

    go(long=512.25)  # nowhere: the last position is not shown as if it still held
    assert not Position.objects.exists()
    go(long=181)
    assert Position.objects.get().long == -179
    assert [entry.payload["long"] for entry in OutboxEntry.objects.filter(kind="place").order_by("key")] == [
        151.9,
        -179,
    ]


def test_what_is_private_is_kept_nowhere(alice, pump, reach):
    update_aggregate(reach=reach(alice, pump), name="location", data={"lat": 1, "long": 2})
    open_channel(reach=reach(alice, pump), name="location", settings={"is_private": True}, update=True)
    assert not Position.objects.exists()
    update_aggregate(reach=reach(alice, pump), name="location", data={"lat": 3})

    assert not Position.objects.exists()
    assert OutboxEntry.objects.filter(kind="place").count() == 1
