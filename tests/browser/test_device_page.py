"""A device page in a browser: it reads well everywhere, and what a device says arrives without a reload."""

import re

import pytest
from playwright.sync_api import expect

from doover_web.common.snowflake import now_ms
from tests.browser.conftest import speaking_as
from tests.browser.judge import serious_in_all_views

LEVEL = "el-tank_1__level"
EXTRA = {
    "type": "uiApplication",
    "displayString": "For a while",
    "position": 900,
    "children": {"x": {"type": "uiVariable", "displayString": "Extra", "currentValue": 7}},
}


def open_page(page, agent):
    page.goto(f"/device/{agent}/")
    expect(page.locator("live-status")).to_have_text("Live")


@pytest.mark.timeout(400)
def test_devices_of_every_kind_wide_and_narrow_light_and_dark(sits, portal, sees):
    """Axe finds nothing serious, nothing scrolls sideways, and no script of a label runs."""
    page = sits("alice", reduced_motion="reduce")
    found = {}
    page.on("dialog", lambda dialog: found.update({"dialog": dialog.message}))
    for name, one in portal.drawn.items():
        open_page(page, one["id"])
        found |= serious_in_all_views(page, sees, f"device-{name}")
    assert found == {}


def test_a_value_arrives_and_says_that_it_is_new(sits, tank):
    page = sits("alice")
    open_page(page, tank.id)
    meter = page.get_by_role("meter", name="Tank Level")
    expect(meter).to_have_attribute("aria-valuetext", re.compile("%"))
    other = page.get_by_role("meter", name="Volume").element_handle()

    tank.state({"tank_1": {"level_pct": 12.34}})

    expect(meter).to_have_attribute("aria-valuetext", "12.3 %, Low")
    expect(page.locator(f"[id='{LEVEL}']")).to_have_class(re.compile("is-changed"))
    assert other.evaluate("one => one.isConnected"), "what did not change was drawn anew"
    expect(page.locator(f"[id='{LEVEL}']")).not_to_have_class(re.compile("is-changed"))

    tank.state({"tank_1": {"level_pct": None}})
    expect(meter).to_have_attribute("aria-valuetext", "No value yet")
    tank.state({"tank_1": {"level_pct": 63.27}})
    expect(meter).to_have_attribute("aria-valuetext", "63.3 %, Half")


def test_a_device_that_speaks_by_requests_alone_is_there_with_what_it_says(sits, portal):
    page = sits("alice")
    mute = portal.drawn["mute"]
    open_page(page, mute["id"])
    expect(page.get_by_role("heading", name="This device has never connected")).to_be_visible()

    with speaking_as(portal, mute["id"], mute["token"]) as gauge:
        gauge.state({"metres": 2.5}, "level")
        expect(page.locator("[data-badge]")).to_have_text("Online")
        expect(page.locator("[data-hears=level] dd")).to_have_text("2.5")
        expect(page.get_by_role("heading", name="This device has never connected")).to_have_count(0)
        page.evaluate("for (const one of document.querySelectorAll('live-panel')) clearInterval(one.timer)")
        gauge.state({"metres": 3.5}, "level")
        expect(page.locator("[data-hears=level] dd")).to_have_text("3.5")


def test_a_warning_comes_and_goes_and_so_does_the_device(sits, tank):
    page = sits("alice")
    open_page(page, tank.id)
    strip = page.get_by_role("list", name="Alarms and warnings")
    hides = page.locator("[data-shape]").get_attribute("data-shape")
    [tag] = [one.removeprefix("tag.tank_1.") for one in hides.split() if one.startswith("tag.tank_1.") and "low" in one]

    tank.state({"tank_1": {tag: False}})
    expect(strip).to_contain_text("Level low")
    tank.state({"tank_1": {tag: True}})
    expect(strip).to_have_count(0)

    gone = {"status": {"status": "ContinuousOffline", "last_online": 1767225600000}, "determination": "Offline"}
    tank.state(gone, "doover_connection")
    expect(page.get_by_role("heading", name="Offline since")).to_be_visible()
    expect(page.locator("live-page")).to_have_class(re.compile("is-stale"))
    there = {"status": {"status": "ContinuousOnline", "last_online": now_ms()}, "determination": "Online"}
    tank.state(there, "doover_connection")
    expect(page.get_by_role("heading", name="Offline since")).to_have_count(0)
    expect(page.locator("live-page")).not_to_have_class(re.compile("is-stale"))


def test_an_application_that_is_taken_out_disappears(sits, tank):
    page = sits("alice")
    open_page(page, tank.id)

    tank.state({"state": {"children": {"extra_1": EXTRA}}}, "ui_state")
    expect(page.get_by_role("heading", name="For a while")).to_be_visible()
    tank.state({"state": {"children": {"extra_1": None}}}, "ui_state")
    expect(page.get_by_role("heading", name="For a while")).to_have_count(0)
    expect(page.get_by_role("heading", name="Power & Battery")).to_be_visible()


def test_a_chart_goes_on_when_the_board_is_drawn_anew(sits, portal):
    page, one = sits("alice"), portal.drawn["04"]
    open_page(page, one["id"])
    canvas = page.locator("device-chart").first.locator("canvas")
    expect(canvas).to_be_visible()

    with speaking_as(portal, one["id"], one["token"]) as trend:
        trend.state({"state": {"children": {"extra_1": EXTRA}}}, "ui_state")
        expect(page.get_by_role("heading", name="For a while")).to_be_visible()
        expect(canvas).to_be_visible()
        trend.state({"trend_1": {"flow": 12.5}})
        expect(page.locator('[data-path="trend_1.flow"] [data-last]').first).to_contain_text("12.5")
        trend.state({"state": {"children": {"extra_1": None}}}, "ui_state")
    expect(page.get_by_role("heading", name="For a while")).to_have_count(0)
    expect(canvas).to_be_visible()


def test_a_plot_that_is_new_is_drawn(sits, tank):
    page = sits("alice")
    open_page(page, tank.id)
    plot = {
        "type": "uiMultiPlot",
        "displayString": "New plot",
        "series": {"level": {"lookup": "$tag.tank_1.level_pct"}},
    }
    tank.state({"state": {"children": {"extra_1": {**EXTRA, "children": {"plot": plot}}}}}, "ui_state")

    expect(page.locator("[data-plot-of*=extra_1] device-chart")).to_be_visible()
    expect(page.locator("[data-plot-of*=extra_1] canvas")).to_be_visible()
    tank.state({"state": {"children": {"extra_1": None}}}, "ui_state")
    expect(page.locator("[data-plot-of*=extra_1]")).to_have_count(0)


def test_after_a_cut_it_ends_equal_to_the_server(sits, tank):
    page = sits("alice")
    open_page(page, tank.id)
    page.context.set_offline(True)
    expect(page.locator("live-status")).to_contain_text("Stale since", timeout=40_000)

    tank.state({"tank_1": {"level_pct": 77.7}})
    page.context.set_offline(False)

    expect(page.get_by_role("meter", name="Tank Level")).to_have_attribute(
        "aria-valuetext", "77.7 %, Full", timeout=40_000
    )
    tank.state({"tank_1": {"level_pct": 63.27}})


def test_what_somebody_folds_stays_folded(sits, portal):
    page = sits("alice")
    open_page(page, portal.drawn["03"]["id"])
    fold = page.locator("details[data-fold$='layout_1']")
    expect(fold).to_have_attribute("open", "")

    fold.locator("> summary").press("Enter")
    expect(fold).not_to_have_attribute("open", "")
    page.reload()
    expect(page.locator("details[data-fold$='layout_1']")).not_to_have_attribute("open", "")
    page.locator("details[data-fold$='layout_1'] > summary").press("Enter")


def test_tabs_by_keyboard(sits, portal):
    page = sits("alice")
    open_page(page, portal.drawn["03"]["id"])
    tabs = page.get_by_role("tablist").get_by_role("tab")
    expect(tabs).to_have_count(2)
    expect(tabs.nth(1)).to_have_attribute("aria-selected", "true")

    tabs.nth(1).press("ArrowLeft")

    expect(tabs.nth(0)).to_be_focused()
    expect(page.get_by_role("tabpanel")).to_contain_text("Outside")


def test_without_scripts_everything_is_there(sits, portal):
    page = sits("alice", java_script_enabled=False)
    page.goto(f"/device/{portal.drawn['01']['id']}/")

    expect(page.get_by_role("meter", name="Volume")).to_have_attribute("aria-valuetext", "31,635 L, OK")
    page.goto(f"/device/{portal.drawn['03']['id']}/")
    expect(page.get_by_text("Outside")).to_be_visible()
    expect(page.get_by_text("Zone A Temp")).to_be_attached()


def test_the_past_of_the_first_generation_is_in_the_channel_viewer(sits, portal):
    page = sits("alice")
    page.goto(f"/device/{portal.drawn['10']['id']}/")
    expect(page.locator(".dv-plot a[data-chart]")).to_have_attribute("href", re.compile("panel=chart&path=.*&path="))

    page.locator("a[data-chart][href*='panel=chart']").first.click()

    page.wait_for_url("**/channels/**panel=chart**")
    expect(page.get_by_role("heading", name="Chart")).to_be_visible()
