"""Endpoints, subscriptions and subscribers over HTTP."""

import pytest
from django.core import mail as outbox

from doover_web.identity.actions.token import create_personal_token
from doover_web.identity.auth import caller_of_user
from doover_web.notifications.actions import endpoint as endpoints
from doover_web.notifications.actions import subscription as subscriptions
from doover_web.notifications.kinds import Kind
from doover_web.notifications.models import Delivery, Endpoint, Subscription
from tests.conftest import Api

from .conftest import endpoint_of
from .test_transports import Browser

HERE = "/api/agents/me/notifications"
MAIL = {"name": "Work mail", "type": "Email", "extra_data": {"email": "alice@example.com"}, "default": True}


@pytest.fixture
def made(api, alice):
    """`made(MAIL)`: an endpoint of Alice's, as the API tells it."""
    return lambda body=MAIL, **more: api(alice).post(f"{HERE}/endpoints", {**body, **more}).json()


def subscribe(api, who, to, **more):
    body = {"subscribe_to": str(to.id), "severity": 5, "topic_filter": [], **more}
    return api(who).post(f"{HERE}/subscriptions", body)


def kept(api, who, tail=""):
    return api(who).get(f"{HERE}/subscriptions{tail}").json()["subscriptions"]


def test_the_life_of_an_endpoint(api, alice, made):
    one = made()
    assert one == {**MAIL, "id": one["id"], "agent_id": str(alice.agent_id), "priority": None}
    second = made(name="Phone", type=2, extra_data={"number": "+61400000000"}, default=False, priority=1)

    def names(query=""):
        return [found["name"] for found in api(alice).get(f"{HERE}/endpoints{query}").json()["endpoints"]]

    assert names() == ["Phone", "Work mail"]  # by priority
    assert names("?name=Phone") == ["Phone"]
    assert names("?name=%00") == []
    at = f"{HERE}/endpoints/{second['id']}"
    changed = api(alice).patch(at, {"name": "Mobile", "priority": None}).json()
    assert (changed["name"], changed["priority"], changed["extra_data"]) == ("Mobile", None, {"number": "+61400000000"})
    assert api(alice).delete(at).json() == {}
    assert names() == ["Work mail"]
    assert api(alice).delete(at).status_code == 404


def test_the_summary_tells_no_address(api, alice, made, settings):
    made()
    made(name="Phone", type="Sms", extra_data={"number": "+61400000000"}, default=False)

    answer = api(alice).get(f"{HERE}/endpoints/summary")

    assert [(one["name"], one["type"], one["ready"]) for one in answer.json()["endpoints"]] == [
        ("Work mail", "Email", True),
        ("Phone", "Sms", False),
    ]
    assert b"alice@" not in answer.content
    assert b"+61" not in answer.content


def test_a_webhooks_secret_is_told_once(api, alice, made):
    one = made(name="Hook", type="Http", extra_data={"url": "https://example.com/"}, default=False)
    assert one["extra_data"]["secret"].startswith("whsec_")

    api(alice).patch(f"{HERE}/endpoints/{one['id']}", {"extra_data": {"url": "https://example.com/2"}})

    [told] = api(alice).get(HERE).json()["endpoints"]
    assert told["extra_data"] == {"url": "https://example.com/2"}
    stored = Endpoint.objects.get()
    assert stored.sealed_secret
    assert "whsec" not in stored.sealed_secret
    own = "whsec_" + "A" * 44
    one = made(name="Own", type="Http", extra_data={"url": "https://example.com/", "secret": own}, default=False)
    assert one["extra_data"] == {"url": "https://example.com/"}


def test_a_test_really_sends(api, alice, made, settings):
    one = made()
    answer = api(alice).post(f"{HERE}/endpoints/{one['id']}/test")
    assert answer.json() == {"success": True}
    assert (outbox.outbox[0].to, outbox.outbox[0].subject) == (["alice@example.com"], "Test")

    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    answer = api(alice).post(f"{HERE}/endpoints/{one['id']}/test", {})
    assert answer.json()["success"] is False
    assert answer.json()["problem"] == "This server sends no mail"
    assert [row.status for row in Delivery.objects.order_by("id")] == ["sent", "failed"]
    for _ in range(endpoints.TESTS_A_MINUTE - 2):
        api(alice).post(f"{HERE}/endpoints/{one['id']}/test")
    assert api(alice).post(f"{HERE}/endpoints/{one['id']}/test").status_code == 429


def test_the_life_of_a_subscription(api, alice, pump, made):
    mail = made()
    mute = ["dev/alarms/default/x/.*"]
    answer = subscribe(
        api, alice, pump, severity="Warn", topic_filter=["dev/.*"], topic_filter_mode="regex", topic_filter_exclude=mute
    )
    [told] = answer.json()["subscriptions"]
    assert told["endpoint_id"] == mail["id"]

    [one] = kept(api, alice)
    assert one == {
        "id": told["id"],
        "subscriber": str(alice.agent_id),
        "subscribed_to": str(pump.id),
        "severity": "Warn",
        "topic_filter": ["dev/.*"],
        "topic_filter_mode": "regex",
        "topic_filter_exclude": mute,
        "endpoints": [{"id": mail["id"], "name": "Work mail", "default": True}],
    }
    at = f"{HERE}/subscriptions/{told['id']}"
    assert api(alice).patch(at, {"severity": 7}).json() == {}
    assert (kept(api, alice)[0]["severity"], kept(api, alice)[0]["topic_filter_exclude"]) == ("Critical", mute)
    api(alice).patch(at, {"topic_filter_exclude": []})
    assert kept(api, alice)[0]["topic_filter_exclude"] == []
    assert api(alice).delete(at).json() == {}
    assert kept(api, alice) == []


def test_the_check_of_the_contract(api, alice, pump, made, says):
    """`data-api §20`, 23."""
    made()
    mute = ["dev/applications/default/pump_1/.*"]
    [told] = subscribe(
        api, alice, pump, topic_filter=["dev/.*"], topic_filter_mode="regex", topic_filter_exclude=mute
    ).json()["subscriptions"]

    says(pump, "alarm", topic="dev/alarms/default/tank_low/triggered")
    says(pump, "muted", topic="dev/applications/default/pump_1/low_battery")
    assert [row.notification.message for row in Delivery.objects.all()] == ["alarm"]
    api(alice).patch(f"{HERE}/subscriptions/{told['id']}", {"topic_filter_exclude": []})
    says(pump, "heard", topic="dev/applications/default/pump_1/low_battery")
    assert [row.notification.message for row in Delivery.objects.order_by("id")] == ["alarm", "heard"]


def test_subscribing_again_replaces_the_whole(api, alice, pump, made):
    made()
    [first] = subscribe(
        api, alice, pump, severity=7, topic_filter=["a"], topic_filter_mode="regex", topic_filter_exclude=["b"]
    ).json()["subscriptions"]
    [second] = subscribe(api, alice, pump).json()["subscriptions"]

    assert first == second
    [one] = kept(api, alice)
    assert (one["severity"], one["topic_filter"], one["topic_filter_mode"], one["topic_filter_exclude"]) == (
        "Info",
        [],
        "exact",
        [],
    )


def test_through_every_default_endpoint(api, alice, pump, made):
    made()
    made(name="Second")
    other = made(name="Other", default=False)

    assert len(subscribe(api, alice, pump).json()["subscriptions"]) == 2
    assert len(subscribe(api, alice, pump, endpoint_id=other["id"]).json()["subscriptions"]) == 1
    assert len(kept(api, alice)) == 3
    assert len(kept(api, alice, "/default")) == 2
    assert len(kept(api, alice, f"/default?subscribed_to={pump.id}")) == 2
    assert kept(api, alice, "?subscribed_to=5") == []

    default = f"{HERE}/subscriptions/default/{pump.id}"
    api(alice).patch(default, {"severity": 7, "topic_filter_exclude": ["x"]})
    assert sorted(one["severity"] for one in kept(api, alice)) == ["Critical", "Critical", "Info"]
    assert {tuple(one["topic_filter_exclude"]) for one in kept(api, alice, "/default")} == {("x",)}
    assert api(alice).delete(default).json() == {}
    assert [one["endpoints"][0]["id"] for one in kept(api, alice)] == [other["id"]]
    assert api(alice).delete(default).status_code == 404


def test_without_an_endpoint_a_placeholder_keeps_the_wish(api, alice, pump, made):
    [told] = subscribe(api, alice, pump).json()["subscriptions"]
    [stand_in] = api(alice).get(f"{HERE}/endpoints").json()["endpoints"]
    assert (stand_in["type"], stand_in["id"]) == ("Placeholder", told["endpoint_id"])

    mail = made()

    [one] = kept(api, alice)
    assert (one["id"], one["endpoints"][0]["id"]) == (told["id"], mail["id"])
    assert Endpoint.objects.count() == 1


def test_subscribers_of_a_device(api, alice, bob, pump, made, wants):
    endpoint_of(bob)
    wants(bob, pump)

    at = f"/api/agents/{pump.id}/notifications"
    [one] = api(alice).get(f"{at}/subscribers").json()["subscribers"]
    assert (one["subscriber"], one["subscribed_to"]) == (str(bob.agent_id), str(pump.id))
    everything = api(pump).get(at).json()
    assert (len(everything["subscribers"]), everything["subscriptions"], everything["endpoints"]) == (1, [], [])
    assert api(bob).get(f"{at}/subscribers").status_code == 403


def test_managing_somebody_without_seeing_addresses(api, alice, bob, mallory, pump):
    mine = endpoint_of(bob, extra={"email": "secret@example.com"})
    at = f"/api/agents/{bob.agent_id}/notifications"

    body = {"subscribe_to": str(pump.id), "severity": 5, "endpoint_id": str(mine.id)}
    assert api(alice).post(f"{at}/subscriptions", body).status_code == 200
    answers = [api(alice).get(at + tail) for tail in ("/endpoints/summary", "/subscriptions", "/subscriptions/default")]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert not any(b"secret@" in answer.content for answer in answers)
    for tail in ("", "/endpoints", "/subscribers"):
        assert api(alice).get(at + tail).status_code == 403
    for tail in ("", "/endpoints/summary", "/subscriptions"):
        assert api(mallory).get(at + tail).status_code == 404
    assert api(bob).get(f"/api/agents/{alice.agent_id}/notifications/subscriptions").status_code == 404


def test_nobody_is_subscribed_to_what_they_may_not_read(api, alice, bob, mallory, pump, made):
    at = f"/api/agents/{mallory.agent_id}/notifications"
    assert subscribe(api, mallory, pump).status_code == 404
    assert api(mallory).post(f"{at}/subscriptions", {"subscribe_to": "5", "severity": 5}).status_code == 404
    theirs = endpoint_of(bob)
    assert subscribe(api, alice, pump, endpoint_id=str(theirs.id)).status_code == 404
    assert Subscription.objects.count() == 0


def test_a_narrow_token_looks_only(alice, pump, made):
    made()
    by = caller_of_user(alice)
    _, secret = create_personal_token(user=alice, name="x", scope="control", days=7, by=by)
    narrow = Api(secret)

    assert narrow.get(HERE).status_code == 200
    assert narrow.post(f"{HERE}/endpoints", MAIL).status_code == 403
    assert narrow.post(f"{HERE}/subscriptions", {"subscribe_to": str(pump.id), "severity": 5}).status_code == 403


def test_a_browser_gets_another_subscription(api, alice, bob, made):
    old, new = Browser("https://push.example.com/a").subscription, Browser("https://push.example.com/b").subscription
    push = made(name="Laptop", type="WebPush", extra_data=old, default=False)
    Endpoint.objects.update(off_since="2026-01-01T00:00Z", off_because="gone")
    body = {"old_endpoint": old["endpoint"], **new, "expires_at": 1_999_999_999_000}

    assert api(bob).post(f"{HERE}/update_web_push", body).status_code == 404
    assert api(alice).post(f"{HERE}/update_web_push", {**body, "key_auth": "x"}).status_code == 400
    assert api(alice).post(f"{HERE}/update_web_push", body).json() == {}

    [told] = api(alice).get(f"{HERE}/endpoints").json()["endpoints"]
    assert told["id"] == push["id"]
    assert told["extra_data"] == {**new, "expires_at": 1_999_999_999_000}
    assert api(alice).get(f"{HERE}/endpoints/summary").json()["endpoints"][0]["ready"]


def test_the_public_key_needs_no_credential(client, db):
    answer = client.get("/api/notifications/webpush-public-key")

    assert (answer.status_code, len(answer.json()["key"])) == (200, 87)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "email"},
        {"type": 7},
        {"type": True},
        {"type": None},
        {"type": []},
        {"type": {}},
        {"name": ""},
        {"name": 5},
        {"name": "x" * 256},
        {"name": "   "},
        {"default": "yes"},
        {"default": None},
        {"priority": 1.5},
        {"priority": 2**31},
        {"priority": "1"},
        {"extra_data": []},
        {"extra_data": {"email": ["a@example.com"]}},
        {"extra_data": {"email": "a@example.com", "more": "x" * 9000}},
    ],
    ids=str,
)
def test_an_endpoint_that_is_none(api, alice, change):
    answer = api(alice).post(f"{HERE}/endpoints", {**MAIL, **change})

    assert answer.status_code == 400, answer.content
    assert Endpoint.objects.count() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"severity": 2},
        {"severity": "warn"},
        {"severity": None},
        {"severity": True},
        {"severity": [5]},
        {"topic_filter": "dev/.*"},
        {"topic_filter": [5]},
        {"topic_filter": [""]},
        {"topic_filter": ["x" * 501]},
        {"topic_filter": ["x"] * 101},
        {"topic_filter": {"a": 1}},
        {"topic_filter_mode": "glob"},
        {"topic_filter_mode": ["exact"]},
        {"topic_filter": ["("], "topic_filter_mode": "regex"},
        {"topic_filter": ["(?!x)"], "topic_filter_mode": "regex"},
        {"topic_filter_exclude": ["("]},
        {"topic_filter_exclude": ["*"]},
        {"endpoint_id": "no"},
        {"endpoint_id": []},
        {"endpoint_id": True},
        {"subscribe_to": None},
        {"subscribe_to": {}},
        {"subscribe_to": 10**30},
    ],
    ids=str,
)
def test_a_subscription_that_is_none(api, alice, pump, made, change):
    made()
    answer = api(alice).post(f"{HERE}/subscriptions", {"subscribe_to": str(pump.id), "severity": 5, **change})

    assert answer.status_code in (400, 404), answer.content
    assert Subscription.objects.count() == 0


def test_turning_a_filter_into_expressions_checks_them(api, alice, pump, made):
    made()
    [told] = subscribe(api, alice, pump, topic_filter=["("]).json()["subscriptions"]

    at = f"{HERE}/subscriptions/{told['id']}"
    assert api(alice).patch(at, {"topic_filter_mode": "regex"}).status_code == 400
    assert kept(api, alice)[0]["topic_filter_mode"] == "exact"


@pytest.mark.parametrize("raw", [b"[]", b"null", b'"x"', b"{", b"\xff", b"1" * 400])
def test_a_body_that_is_none(api, alice, made, raw):
    one = made()
    for method, tail in (
        ("post", "/endpoints"),
        ("patch", f"/endpoints/{one['id']}"),
        ("post", "/subscriptions"),
        ("post", "/update_web_push"),
    ):
        assert getattr(api(alice), method)(HERE + tail, raw=raw).status_code == 400


def test_bounds(api, alice, pump, made, monkeypatch):
    monkeypatch.setattr(endpoints, "MOST_ENDPOINTS", 1)
    monkeypatch.setattr(subscriptions, "MOST_SUBSCRIPTIONS", 1)
    made()
    assert api(alice).post(f"{HERE}/endpoints", MAIL).status_code == 409
    assert subscribe(api, alice, pump).status_code == 200
    assert subscribe(api, alice, pump, severity=7).status_code == 200  # the same one
    assert subscribe(api, alice, alice.agent).status_code == 409


def test_the_lists_cost_the_same_however_long(api, alice, pump, statements):
    asks = api(alice)
    asks.get(HERE)

    def cost(count):
        for _ in range(count):
            one = endpoint_of(alice, is_default=False)
            Subscription.objects.create(subscriber=alice.agent, subscribed_to=pump, endpoint=one, severity=5)
        return statements(lambda: asks.get(HERE))

    assert cost(1) == cost(5)


def test_numbers_are_as_good_as_names(api, alice, made):
    for kind in Kind:
        extra = {
            Kind.Email: {"email": "a@example.com"},
            Kind.Sms: {"number": "+61400000000"},
            Kind.Http: {"url": "https://example.com"},
            Kind.WebPush: Browser("https://push.example.com").subscription,
        }.get(kind, {"token": "x"})
        assert made(name="x", type=kind.value, extra_data=extra)["type"] == kind.name
        assert made(name="x", type=kind.name, extra_data=extra)["type"] == kind.name
