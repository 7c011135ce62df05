"""A browser that says nothing for long is signed out, where the setting asks for that."""

import pytest

from doover_web.gateway.credentials import Credential, caller_of
from doover_web.identity import sessions


@pytest.fixture
def clock(monkeypatch):
    """The time; `clock[0]` moves it."""
    now = [1_772_600_000.0]
    monkeypatch.setattr(sessions.time, "time", lambda: now[0])
    return now


def test_an_idle_browser_signs_in_again(browse, alice, clock, settings):
    settings.SESSION_IDLE_SECONDS = 600
    browser = browse(alice)
    for _ in range(3):
        assert browser.get("/me/").status_code == 200
        clock[0] += 590
    key = browser.session.session_key
    assert caller_of(Credential(key, is_session=True)).agent_id == alice.agent_id

    clock[0] += 200
    with pytest.raises(Exception, match="signed out"):
        caller_of(Credential(key, is_session=True))
    assert browser.get("/me/").status_code == 302
    assert browser.get("/me/").status_code == 302


def test_without_the_setting_nobody_is(browse, alice, clock):
    browser = browse(alice)
    assert browser.get("/me/").status_code == 200
    clock[0] += 10 * 24 * 3600

    assert browser.get("/me/").status_code == 200


def test_a_busy_browser_is_noted_once_a_minute(browse, alice, clock, settings, django_assert_max_num_queries):
    settings.SESSION_IDLE_SECONDS = 600
    browser = browse(alice)
    browser.get("/me/")
    before = browser.session[sessions.SEEN]
    clock[0] += 30
    browser.get("/me/")
    assert browser.session[sessions.SEEN] == before
    clock[0] += 31
    browser.get("/me/")
    assert browser.session[sessions.SEEN] == before + 61


def test_what_an_open_page_reads_by_itself_keeps_nobody_in(browse, alice, clock, settings):
    settings.SESSION_IDLE_SECONDS = 600
    browser = browse(alice)
    browser.get("/me/")
    for _ in range(12):
        clock[0] += 55
        last = browser.get("/me/notifications/bell/", headers={"sec-fetch-dest": "empty"})

    assert last.status_code == 302
