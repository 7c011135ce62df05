"""What the server says of a device: the rule as a table, without a database or a clock."""

import pytest

from doover_web.common.presence import after_link, by_word, while_open

NOW = 1_772_600_000_000
SECOND = 1000
ONLINE = {"status": "ContinuousOnline", "last_online": NOW - 5 * SECOND}
CONTINUOUS = {"connection_type": "Continuous"}
PERIODIC = {"connection_type": "Periodic", "expected_interval": 1800}
PENDING = {"status": {"status": "ContinuousPending"}}


def gone(status):
    return {"status": {"status": status}, "determination": "Offline"}


def document(ago_s, status="ContinuousOnline", **config):
    status = {"status": status, "last_online": NOW - ago_s * SECOND}
    return {"status": status, "determination": "Online", "config": config}


@pytest.mark.parametrize(
    ("known", "ended_ago_s", "said"),
    [
        # Its own link just ended: pending, then offline; with a promise only when that is broken.
        (document(20), 1, PENDING),
        (document(20, "ContinuousOnlineNoPing"), 1, PENDING),
        (document(20, "ContinuousPending"), 1, None),
        (document(20, "ContinuousPending"), 11, gone("ContinuousOffline")),
        (document(100, **CONTINUOUS), 90, PENDING),
        (document(121, "ContinuousPending", **CONTINUOUS), 100, gone("ContinuousOffline")),
        (document(40, "ContinuousPending", offline_after=60), 40, None),
        (document(61, "ContinuousPending", offline_after=60), 40, gone("ContinuousOffline")),
        # It said that it would sleep: nothing is wrong until then.
        (document(5000, **PERIODIC, next_wake_time=NOW + 1), 4000, {"status": {"status": "PeriodicUnknown"}}),
        (document(5000, "PeriodicUnknown", **PERIODIC, next_wake_time=NOW + 1), 4000, None),
        (document(5000, "PeriodicUnknown", **PERIODIC, next_wake_time=NOW - 1), 4000, gone("PeriodicUnknown")),
        # It never had a link: a processor speaks for it.
        (document(3599, "PeriodicUnknown", **PERIODIC), None, None),
        (document(3601, "PeriodicUnknown", **PERIODIC), None, gone("PeriodicUnknown")),
        (document(3601, "Unknown"), None, gone("Unknown")),
        (document(3599), None, None),
        (document(3601), None, gone("ContinuousOffline")),
        # Somebody vouched for it after its link had ended.
        (document(30), 900, None),
        # Said already, or nothing known at all.
        ({**document(9999), "determination": "Offline"}, 11, None),
        ({"config": CONTINUOUS}, 11, None),
        ({}, None, None),
    ],
)
def test_without_a_link(known, ended_ago_s, said):
    ended = None if ended_ago_s is None else NOW - ended_ago_s * SECOND

    assert after_link(known, NOW, ended) == said


def test_a_badge_that_is_told_twice_does_not_change():
    known, ended = document(20), NOW - SECOND
    status = {**known["status"], **after_link(known, NOW, ended)["status"]}

    assert after_link({**known, "status": status}, NOW, ended) is None


def test_while_the_link_is_open():
    seen = {"ip": "203.0.113.7", "last_ping": NOW - SECOND}

    said = while_open({}, NOW, seen=seen, pongs=True)

    status = {"status": "ContinuousOnline", "last_online": NOW, "ip": "203.0.113.7", "last_ping": NOW - SECOND}
    assert said == {"status": status, "determination": "Online"}


def test_when_the_pongs_stop_the_last_sign_of_life_stays():
    status = while_open(document(40), NOW, seen={}, pongs=False)["status"]

    assert status == {"status": "ContinuousOnlineNoPing"}


@pytest.mark.parametrize("odd", [None, [], "x", 5, {"status": []}, {"status": {"last_online": "soon"}, "config": 3}])
def test_any_document_gets_an_answer(odd):
    after_link(odd, NOW, NOW)
    assert while_open(odd, NOW, seen={}, pongs=False)["status"]["last_online"] == NOW


def there(status="Unknown"):
    return {"status": {"status": status, "last_online": NOW, "last_ping": NOW}, "determination": "Online"}


def away(ago_s, **config):
    return {**document(ago_s, "ContinuousOffline", **config), "determination": "Offline"}


@pytest.mark.parametrize(
    ("known", "written_ago_s", "said"),
    [
        ({}, None, there()),
        ({"config": PERIODIC}, 60, there("PeriodicUnknown")),
        (document(29, "Unknown"), 29, None),
        (document(31, "Unknown"), 31, there()),
        # A promise that is shorter is asked for sooner.
        (document(5, "Unknown", offline_after=30), 5, None),
        (document(11, "Unknown", offline_after=30), 11, there()),
        (away(7200), 7200, there()),
        (away(1), 1, there()),
        # Somebody wrote after its words that it is gone.
        (away(7200), -1, None),
        ({"status": {"status": "Unknown"}, "determination": "Online"}, 1, there()),
        ({"status": [], "determination": 5, "config": "x"}, 1, there()),
    ],
)
def test_a_word_of_its_own_is_a_sign_of_life(known, written_ago_s, said):
    written = None if written_ago_s is None else NOW - written_ago_s * SECOND
    assert by_word(known, NOW, written, 30) == said
