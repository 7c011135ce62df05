"""Settings that somebody wrote and did not save are not lost in silence."""

import pytest
from playwright.sync_api import expect


@pytest.mark.timeout(200)
def test_the_browser_asks_before_what_is_written_is_left(sits, portal):
    asked = []
    page = sits("alice")
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    away = page.locator(".dv-crumbs a").first
    settings = f"/admin-portal/device/{portal.pump}/?tab=settings"
    page.goto(settings)
    away.click()
    page.wait_for_url(lambda url: "tab=settings" not in url)
    assert asked == []

    page.goto(settings)
    page.locator("schema-form textarea").fill('{"site": "weir"}')
    away.click(no_wait_after=True)
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    assert page.locator("schema-form textarea").input_value() == '{"site": "weir"}'

    page.locator("schema-form button[value=save]").last.click()
    page.get_by_text("Saved.").first.wait_for()
    assert asked == ["beforeunload"]


def test_what_is_typed_stays_when_there_is_no_network(sits):
    page = sits("alice")
    page.goto("/report/new/")
    page.get_by_label("Name").fill("Week in figures")
    page.context.set_offline(True)
    for _time in range(2):
        page.get_by_role("button", name="Make the report").click()
    said = page.get_by_text("No network. Nothing was sent")
    expect(said).to_have_count(1)
    expect(page.get_by_label("Name")).to_have_value("Week in figures")

    page.context.set_offline(False)
    expect(said).to_have_count(0)
    page.get_by_role("button", name="Make the report").click()
    expect(page.get_by_role("heading", name="Week in figures")).to_be_visible()


def test_what_is_typed_stays_when_a_proxy_finds_no_server(sits, portal):
    """Nothing is sent, and the browser still asks before what is not saved is left."""
    asked, sent = [], []
    page = sits("alice", played=502)
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.route("**/healthz", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
    page.goto(f"/admin-portal/device/{portal.pump}/?tab=settings")
    text, save = page.locator("schema-form textarea"), page.locator("schema-form button[value=save]").last
    text.fill('{"site": "dam"}')

    save.click()
    expect(page.get_by_text("The server could not be reached. Nothing was sent")).to_be_visible()
    expect(text).to_have_value('{"site": "dam"}')
    assert sent == []
    page.locator(".dv-crumbs a").first.click(no_wait_after=True)
    expect(text).to_be_visible()
    assert asked == ["beforeunload"]

    page.unroute("**/healthz")
    save.click()
    expect(page.get_by_text("Saved.").first).to_be_visible()


def test_a_live_page_sends_without_asking(sits, portal):
    page = sits("alice", played=400)  # a form that does not fit is answered so
    page.route("**/healthz", lambda route: route.abort())
    page.goto(f"/device/{portal.pump}/remote/")
    expect(page.locator("live-status")).to_have_text("Live")

    page.get_by_label("Port", exact=True).fill("99999")
    page.get_by_role("button", name="Add tunnel").click()

    expect(page.get_by_text("A whole number from 1 to 65535")).to_be_visible()
