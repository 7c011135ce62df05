"""Charts, alarms and what happened, before one's eyes: Alice zooms, makes an alarm by rehearsal, and looks back."""

import base64
import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.judge import OF_COLOURS, VIEWS, serious

PAGES = {
    "chart": "/device/{pump}/chart/?s=tank_1.level_pct&s=pump_1.rpm&range=6h",
    "no-data": "/device/{pump}/chart/?s=tank_1.level_pct&from=2026-01-01T00:00&to=2026-01-02T00:00",
    "device-alarms": "/device/{pump}/alarms/?alarm=new&key=tank_1.level_pct",
    "alarms": "/alarms/",
    "device-activity": "/device/{pump}/activity/",
    "activity": "/activity/",
    "past": "/device/{pump}/past/",
    "then": "/device/{pump}/past/?at=2026-01-01T00:00",
}


# A line of four values, and one that was told at the first and the last of these moments alone.
TWO_LINES = """(([chart]) => {
  const [one] = chart.data.lines, span = chart.before - chart.after;
  const times = [0.2, 0.45, 0.6, 0.8].map((part) => chart.after + part * span);
  const line = (times, value) => {
    const values = times.map(() => value);
    return { ...one, step: 0, breaks: [], times, mean: values, min: values, max: values };
  };
  chart.live = false;
  chart.data.lines = [line(times, 60), line([times[0], times[3]], 1)];
  chart.draw(true);
})"""


# How many points above the box of a saved picture have the colour of each line of the chart.
INKS_ABOVE = """async (told) => {
  const bytes = Uint8Array.from(atob(told), (one) => one.charCodeAt(0));
  const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const { plot, data } = document.querySelector("device-chart");
  const { width } = picture, height = picture.height - plot.ctx.canvas.height;
  const ctx = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  const points = () => [...new Uint32Array(ctx.getImageData(0, 0, width, height).data.buffer)];
  return data.lines.map((_line, at) => {
    ctx.fillStyle = plot.series[3 * at + 1]._stroke;
    ctx.fillRect(0, 0, 1, 1);
    const [ink] = points();
    ctx.drawImage(picture, 0, 0);
    return points().filter((one) => one === ink).length;
  });
}"""


def box(page):
    return page.locator("device-chart .u-over")


def test_a_chart_zooms_moves_and_follows(sits, portal, device, sees):
    page = sits("alice")
    page.goto(PAGES["chart"].format(pump=portal.pump))
    expect(box(page)).to_be_visible()
    expect(page.get_by_role("button", name="6 hours")).to_have_attribute("aria-pressed", "true")
    sees(page, "chart")

    device.state({"tank_1": {"level_pct": 42.5}})
    expect(page.locator('[data-path="tank_1.level_pct"] [data-last]')).to_contain_text("42.5")

    place = box(page).bounding_box()
    page.mouse.move(place["x"] + place["width"] * 0.6, place["y"] + 60)
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] * 0.8, place["y"] + 60, steps=5)
    page.mouse.up()
    expect(page.get_by_role("button", name="6 hours")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("[data-chart-csv]")).to_have_attribute("href", re.compile("from="))
    assert page.request.get(page.locator("[data-chart-csv]").get_attribute("href")).status == 200
    span = page.evaluate("(([one]) => one.before - one.after)(document.querySelectorAll('device-chart'))")
    assert 3_600_000 < span < 2 * 3_600_000
    sees(page, "chart-zoomed")
    expect(page).to_have_url(re.compile(r"\?s=tank_1.level_pct&s=pump_1.rpm.*&from=\d+&to=\d+$"))

    page.locator("device-chart").focus()
    page.keyboard.press("Home")
    expect(page.get_by_role("button", name="6 hours")).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile(r"range=6h$"))
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_role("button", name="6 hours")).to_have_attribute("aria-pressed", "false")
    with page.expect_download() as picture:
        page.get_by_role("button", name="PNG").click()
    assert re.fullmatch(r"[a-z0-9-]+-20\d\d-\d\d-\d\d\.png", picture.value.suggested_filename)


def test_a_picture_has_a_legend_in_the_colours_of_its_lines(sits, portal):
    page = sits("alice")
    page.goto(PAGES["chart"].format(pump=portal.pump))
    expect(box(page)).to_be_visible()
    with page.expect_download() as picture:
        page.get_by_role("button", name="PNG").click()
    told = base64.b64encode(picture.value.path().read_bytes()).decode()
    if folder := os.environ.get("DOOVER_PICTURES"):
        picture.value.save_as(Path(folder) / "chart-saved.png")
    found = page.evaluate(INKS_ABOVE, told)
    assert len(found) == 2
    assert all(count >= 20 for count in found), found


def test_a_past_span_stays_as_it_was_whatever_is_heard(sits, portal, device):
    page = sits("alice")
    page.goto(PAGES["chart"].format(pump=portal.pump))
    expect(box(page)).to_be_visible()
    device.state({"tank_1": {"level_pct": 41.25}})
    expect(page.locator('[data-path="tank_1.level_pct"] [data-last]')).to_contain_text("41.2")

    page.locator("device-chart").focus()
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"from=\d+&to=\d+$"))
    device.state({"tank_1": {"level_pct": 99}})
    page.wait_for_timeout(500)
    beyond = "(([one]) => one.plot.data[0].filter((at) => at * 1000 > one.before).length)"
    assert page.evaluate(f"{beyond}(document.querySelectorAll('device-chart'))") == 0


def test_strips_share_the_time_of_the_box_and_the_pointer_tells_every_line(sits, portal):
    page = sits("alice")
    page.goto(f"/device/{portal.pump}/chart/?s=tank_1.level_pct&s=pump_1.rpm&s=pump_1.running&range=6h")
    expect(box(page)).to_be_visible()
    place, strip = box(page).bounding_box(), page.locator(".dv-chart-strip svg").bounding_box()
    assert [round(strip[key]) for key in ("x", "width")] == [round(place[key]) for key in ("x", "width")]

    page.evaluate(TWO_LINES + "(document.querySelectorAll('device-chart'))")
    place = box(page).bounding_box()
    page.mouse.move(place["x"] + place["width"] * 0.46, place["y"] + 60)
    _moment, first, second = page.locator(".dv-chart-says").inner_text().splitlines()
    assert re.search(r"60( \S+)?$", first)
    assert re.search(r" 1( \S+)?, \d\d:\d\d:\d\d$", second)  # told at another moment
    crosshair = page.locator(".u-cursor-x").bounding_box()["x"]
    assert abs(crosshair - (place["x"] + place["width"] * 0.45)) <= 2
    dots = [dot.bounding_box() for dot in page.locator(".u-cursor-pt:visible").all()]
    shown = [dot["x"] + dot["width"] / 2 for dot in dots if dot["x"] >= place["x"]]
    assert shown
    assert all(abs(x - crosshair) <= 4 for x in shown)


def test_a_reading_opens_its_chart_beside_the_page(sits, portal):
    page = sits("alice")
    page.goto(f"/device/{portal.drawn['04']['id']}/")
    page.locator("a[data-chart]").first.click()

    expect(page.locator("chart-drawer dialog device-chart")).to_be_visible()
    assert page.url.rstrip("/").endswith(f"/device/{portal.drawn['04']['id']}")


def test_an_alarm_is_made_by_rehearsal_and_seen(sits, portal, device, sees):
    page = sits("alice")
    page.goto(f"/device/{portal.pump}/alarms/?alarm=new&key=tank_1.level_pct")
    page.get_by_label("Name", exact=True).fill("Nearly full")
    page.get_by_label("Value", exact=True).first.fill("90")
    page.get_by_text("Who is told, and in which words").click()
    page.get_by_label("Message when: It goes on").fill("Look at the tank")
    page.get_by_role("button", name="Rehearse over 30 days").click()
    expect(page.get_by_text("It would have gone on")).to_be_visible()
    expect(page.get_by_label("Message when: It goes on")).to_have_value("Look at the tank")
    expect(page.get_by_label("Message when: It goes on")).to_be_visible()
    expect(page.get_by_label("Name in topics")).to_be_hidden()
    expect(page.locator("[data-times]")).to_have_attribute("data-times", re.compile("[1-9]"))
    expect(page.get_by_label("Name", exact=True)).to_have_value("Nearly full")
    sees(page, "rehearsal")

    page.get_by_role("button", name="Make alarm").click()
    row = page.locator("tr", has_text="Nearly full")
    expect(row).to_be_visible()
    device.state({"tank_1": {"level_pct": 95}})
    expect(row.locator(".dv-badge")).to_have_text("Alarm")
    row.get_by_text("I have seen it").click()
    row.get_by_placeholder("Note, if you like").fill("On my way")
    row.get_by_role("button", name="Note it").click()
    expect(page.locator("tr", has_text="Nearly full")).to_contain_text("Seen by Alice Moreau")
    expect(page.locator("tr", has_text="Nearly full")).to_contain_text("On my way")
    sees(page, "alarm-seen")

    page.goto("/alarms/")
    expect(page.locator("tr", has_text="Nearly full")).to_contain_text("On my way")
    device.state({"tank_1": {"level_pct": 10}})
    expect(page.locator("tr", has_text="Nearly full").locator(".dv-badge")).to_have_text("OK")


def test_what_happens_is_counted_and_looked_back_at(sits, portal, device, sees):
    page = sits("alice")
    page.goto(f"/device/{portal.pump}/activity/")
    expect(page.locator("live-status")).to_have_text("Live")
    device.says({"message": "The gate is open", "severity": "Warn"}, "notifications")
    page.get_by_role("link", name="1 new line").click()
    expect(page.get_by_text("The gate is open")).to_be_visible()
    sees(page, "activity")

    page.goto(f"/device/{portal.pump}/past/")
    page.get_by_role("link", name="Change before").click()
    expect(page.get_by_role("heading", name=re.compile("As it was on"))).to_be_visible()
    expect(page.locator(".dv-past-values")).to_contain_text("Alice Moreau")
    sees(page, "past")


def test_all_of_it_without_scripts(sits, portal):
    page = sits("alice", java_script_enabled=False)
    for address in PAGES.values():
        page.goto(address.format(pump=portal.pump))
        expect(page.locator("main")).to_be_visible()
    page.goto(PAGES["chart"].format(pump=portal.pump))
    expect(page.locator("device-chart [data-drawn] path.series").first).to_be_visible()
    page.get_by_role("button", name="1 hour", exact=True).click()
    assert "range=1h" in page.url


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("width", "theme"), VIEWS)
def test_axe_finds_nothing_serious(sits, portal, sees, width, theme):
    page = sits("alice", color_scheme=theme, viewport={"width": width, "height": 900}, reduced_motion="reduce")
    found = {}
    for name, address in PAGES.items():
        page.goto(address.format(pump=portal.pump))
        page.wait_for_timeout(400)
        sees(page, f"{name}-{width}-{theme}")
        if wrong := serious(page, OF_COLOURS if theme == "dark" else None):
            found[name] = wrong
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found[name, "sideways"] = page.url
    assert found == {}
