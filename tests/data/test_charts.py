"""The course of numbers over time, as the API answers it."""

import pytest

from doover_web.data import publish

MARCH = 1_772_600_767_890


@pytest.fixture
def history(itself):
    for n in range(4):
        publish.post_message(reach=itself, name="level", data={"tank": {"level": n}, "on": n > 1}, ts=MARCH + n)


def ask(at, pump, **query):
    asked = {"path": "tank.level", "after": MARCH - 1000, "before": MARCH + 1000} | query
    return at(pump, "series") + "?" + "&".join(f"{name}={value}" for name, value in asked.items() if value is not None)


def test_it_answers_in_columns(api, bob, pump, at, history):
    answer = api(bob).get(ask(at, pump) + "&path=on&path=missing").json()

    level, on, missing = answer["series"]
    assert (level["path"], level["step"], level["is_sampled"]) == ("tank.level", 0, False)
    assert level["times"] == [MARCH, MARCH + 1, MARCH + 2, MARCH + 3]
    assert level["min"] == level["max"] == level["mean"] == [0, 1, 2, 3]
    assert on["last"] == [0, 0, 1, 1]
    assert missing["times"] == []


def test_many_messages_share_points(api, bob, pump, at, history):
    [level] = api(bob).get(ask(at, pump, points=2)).json()["series"]

    assert (sum(level["count"]), level["min"][0], level["max"][-1]) == (4, 0, 3)
    assert len(level["times"]) <= 2


def test_the_span_is_what_was_asked(api, bob, pump, at, history):
    [level] = api(bob).get(ask(at, pump, after=MARCH + 1, before=MARCH + 3)).json()["series"]

    assert level["times"] == [MARCH + 1, MARCH + 2]


@pytest.mark.parametrize(
    "query",
    [
        {"path": None},
        {"path": ""},
        {"path": "%00"},
        {"path": "x" * 501},
        {"after": None},
        {"before": "soon"},
        {"before": "1e9"},
        {"before": MARCH - 2000},
        {"before": "9" * 30},
        {"points": 1},
        {"points": 2001},
        {"points": "-"},
    ],
)
def test_what_cannot_be_answered_is_refused(api, bob, pump, at, history, query):
    assert api(bob).get(ask(at, pump, **query)).status_code == 400


def test_nobody_charts_too_many_paths_at_once(api, bob, pump, at, history):
    assert api(bob).get(ask(at, pump) + "".join(f"&path=p{n}" for n in range(8))).status_code == 400


def test_the_ends_of_time(api, bob, pump, at, history):
    [level] = api(bob).get(ask(at, pump, after=-(10**14), before=10**14)).json()["series"]
    assert sum(level["count"]) == 4
    [level] = api(bob).get(ask(at, pump, after=10**13, before=10**14)).json()["series"]
    assert level["times"] == []


def test_who_may_read_messages_may_chart_them(api, mallory, pump, at, history):
    assert api(mallory).get(ask(at, pump)).status_code == 404
    assert api(pump).get(ask(at, pump).replace("level/series", "nowhere/series")).status_code == 404


def test_a_secret_that_is_a_number_is_not_charted(api, alice, bob, itself, pump, at, reach):
    update = {"lock": {"password": 4711, "hours": 8}}
    publish.update_aggregate(reach=reach(alice, pump), name="deployment_config", data=update, log=True)
    address = at(pump, "series", name="deployment_config") + f"?path=lock.password&after=0&before={10**14}"

    refused = api(bob).get(address)
    assert (refused.status_code, refused.json()["code"]) == (403, "no_configure")
    assert api(alice).get(address).json()["series"][0]["last"] == [4711]
