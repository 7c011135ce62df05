"""Home: the devices one may see, whether they are there, and no more queries when they are many."""

from doover_web.common.snowflake import now_ms
from doover_web.data.publish import update_aggregate
from doover_web.identity.models import Agent, Organisation


def connected(reach, who, agent, seconds_ago=5, **config):
    status = {"status": "ContinuousOnline", "last_online": now_ms() - seconds_ago * 1000}
    data = {"status": status, "determination": "Online", "config": {"connection_type": "Continuous", **config}}
    update_aggregate(reach=reach(who, agent), name="doover_connection", data=data, replace_all=True)


def make_devices(creek, count):
    return [
        Agent.objects.create(
            kind="device", organisation=creek, name=f"tank-{number}", display_name=f"Tank {number:03d}"
        )
        for number in range(count)
    ]


def test_nobody_is_sent_to_sign_in(browse, db):
    response = browse(None).get("/")

    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/"


def test_it_lists_a_device_with_its_badge(browse, alice, pump, reach):
    connected(reach, alice, pump)

    page = browse(alice).get("/").content.decode()

    assert "Pump 7" in page
    assert "Online" in page
    assert f'href="/device/{pump.id}"' in page


def test_a_stranger_sees_none_of_it(browse, mallory, pump):
    page = browse(mallory).get("/").content.decode()

    assert "Pump 7" not in page
    assert "No devices yet" in page


def test_archived_devices_are_not_listed(browse, alice, pump):
    from django.utils import timezone

    Agent.objects.filter(pk=pump.pk).update(archived_at=timezone.now())

    assert "Pump 7" not in browse(alice).get("/").content.decode()


def test_search_state_and_sort_come_from_the_address(browse, alice, creek, pump, reach):
    tanks = make_devices(creek, 3)
    connected(reach, alice, tanks[0])
    connected(reach, alice, tanks[1], seconds_ago=900)

    def names(query):
        rows = browse(alice).get(f"/{query}").context["page"].object_list
        return [row.title for row in rows]

    assert names("?search=TANK 00") == ["Tank 000", "Tank 001", "Tank 002"]
    assert names("?state=online") == ["Tank 000"]
    assert names("?state=offline") == ["Tank 001"]
    assert names("?sort=seen")[:2] == ["Tank 000", "Tank 001"]
    assert names("?sort=nonsense&page=99&state=nonsense") == ["Pump 7", "Tank 000", "Tank 001", "Tank 002"]
    assert names("?search=%00%25_'") == []


def test_counts_are_of_all_devices_and_pages_hold_fifty(browse, alice, creek):
    make_devices(creek, 60)

    context = browse(alice).get("/?page=2").context

    assert context["total"] == 60
    assert len(context["page"].object_list) == 10


def test_its_queries_stay_level(browse, alice, creek, pump, reach, statements):
    client = browse(alice)
    connected(reach, alice, pump)
    client.get("/")  # the first look fills what is remembered
    few = statements(lambda: client.get("/"))
    for device in make_devices(creek, 20):
        connected(reach, alice, device)

    assert statements(lambda: client.get("/")) == few


def test_hostile_names_are_text(browse, alice, creek):
    Organisation.objects.filter(pk=creek.pk).update(name="<b>Creek</b>")
    Agent.objects.create(
        kind="device", organisation=creek, name="x", display_name="<script>alert(1)</script>" + "y" * 200
    )

    page = browse(alice).get("/").content.decode()

    assert "<script>alert" not in page
    assert "<b>Creek" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
