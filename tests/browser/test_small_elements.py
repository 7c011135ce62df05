"""What small scripts add to pages that stand without them: a drawn fence, suggestions, courses, later plots."""

import re

import pytest
from playwright.sync_api import expect

PLOT = {
    "type": "uiMultiPlot",
    "series": {"level": {"displayString": "Level", "lookup": "$tag.tank_1.level_pct:number", "dataType": "number"}},
}
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c6368"
    "00000082008177cd72b60000000049454e44ae426082"
)


def test_a_fence_is_drawn_and_a_step_taken_back(sits, portal):
    page = sits("alice")
    page.goto("/map/fences/new/")
    drawing = page.locator("fence-editor [data-map]")
    expect(drawing).to_have_class(re.compile("leaflet-container"))
    undo, middle, radius = (
        page.get_by_role("button", name="Undo"),
        page.get_by_label("Latitude"),
        page.get_by_label("Radius"),
    )
    expect(undo).to_be_disabled()

    drawing.click(position={"x": 300, "y": 150})
    expect(middle).to_have_value(re.compile(r"^-?\d+\.\d+$"))
    first = radius.input_value()
    drawing.click(position={"x": 420, "y": 150})
    expect(radius).not_to_have_value(first)
    undo.click()
    expect(radius).to_have_value(first)

    page.get_by_label("Shape").select_option("polygon")
    corners = page.get_by_label("Corners")
    for x, y in ((250, 100), (400, 110), (380, 220)):
        drawing.click(position={"x": x, "y": y})
    expect(corners).to_have_value(re.compile(r"^[^\n]+\n[^\n]+\n[^\n]+$"))
    three = corners.input_value()
    drawing.click(position={"x": 260, "y": 210})
    expect(corners).not_to_have_value(three)
    undo.press("Control+z")
    expect(corners).to_have_value(three)
    page.locator(".dv-corner:not(.is-between)").first.click(button="right")  # as a long press
    expect(corners).to_have_value(re.compile(r"^[^\n]+\n[^\n]+$"))
    undo.click()
    expect(corners).to_have_value(three)

    page.get_by_label("Name").fill("Dam wall")
    page.get_by_label("Watches over").select_option(index=1)
    page.get_by_role("button", name="Save the fence").click()
    expect(page.get_by_role("heading", name="Dam wall")).to_be_visible()
    assert page.get_by_label("Corners").input_value().count("\n") == 2
    page.goto("/map/")
    expect(page.locator(".dv-map-name.is-fence", has_text="Dam wall")).to_have_count(1)


def test_suggestions_are_chosen_by_keyboard(sits, portal):
    page = sits("alice")
    page.goto("/")
    field = page.get_by_role("combobox", name="Search everything")
    page.keyboard.press("/")
    expect(field).to_be_focused()
    field.press_sequentially("pump")
    options = page.get_by_role("listbox", name="Search everything").get_by_role("option")
    found = options.filter(has_text="Pump 7")
    expect(found).to_be_visible()

    for _ in range(options.count()):
        field.press("ArrowDown")
        if found.get_attribute("aria-selected") == "true":
            break
    expect(field).to_have_attribute("aria-activedescendant", found.get_attribute("id"))
    field.press("Escape")
    expect(found).to_be_hidden()
    field.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    while found.get_attribute("aria-selected") != "true":
        field.press("ArrowDown")
    field.press("Enter")

    page.wait_for_url(f"**/device/{portal.pump}**")
    expect(page.get_by_role("heading", name="Pump 7")).to_be_visible()


def test_courses_come_to_the_list_after_the_page(sits, portal, device):
    level = {"type": "uiVariable", "varType": "float", "displayString": "Level", "currentValue": "$tag.app().level_pct"}
    app = {"type": "uiApplication", "children": {"level": level}}
    device.call("PUT", "ui_state/aggregate", {"state": {"children": {"tank_1": app}}})
    try:
        page = sits("alice")
        held = []
        page.route("**/home/sparks/**", lambda route: held.append(route))
        with page.expect_request("**/home/sparks/**"):
            page.goto("/?view=list&search=pump-7")
        place = page.locator(f'[data-agent="{portal.pump}"] [data-spark]')
        expect(place).to_be_empty()
        high = place.bounding_box()["height"]
        row = page.locator(f'[data-agent="{portal.pump}"]')
        expect(row.get_by_role("link", name="Pump 7")).to_be_visible()

        held[0].continue_()

        expect(place.get_by_role("img", name=re.compile("Level, last 24 hours"))).to_be_visible()
        assert place.bounding_box()["height"] == high
    finally:
        device.call("PUT", "ui_state/aggregate", {})


@pytest.mark.parametrize("address", ["/activity/", "/cameras/"])
def test_pages_on_which_little_moves_say_how_they_are_connected(sits, portal, address):
    page = sits("alice")
    page.goto(address)

    expect(page.locator("live-status")).to_have_text("Live")
    page.context.set_offline(True)
    expect(page.locator("live-status")).not_to_have_text("Live", timeout=60_000)
    page.context.set_offline(False)
    expect(page.locator("live-status")).to_have_text("Live", timeout=60_000)


def test_plots_further_down_are_drawn_as_one_comes_near(sits, portal, device, sees):
    plots = {f"plot_{n}": {**PLOT, "displayString": f"Plot {n}"} for n in range(12)}
    app = {"type": "uiApplication", "displayString": "Plots", "children": plots}
    device.call("PUT", "ui_state/aggregate", {"state": {"children": {"tank_1": app}}})
    try:
        page = sits("alice")
        page.goto(f"/device/{portal.pump}/")
        last = page.locator("[data-plot-of$=plot_11]")
        expect(page.locator("[data-plot-of$=plot_1] canvas")).to_be_visible()
        expect(last.get_by_role("link", name="Plot 11")).to_be_attached()
        expect(page.locator("[data-plot-of$=plot_10] plot-later")).to_have_count(1)
        high = last.bounding_box()["height"]

        last.scroll_into_view_if_needed()

        expect(last.locator("canvas")).to_be_visible()
        # The legend may name marks of alarms that others made.
        assert abs(last.bounding_box()["height"] - high) <= 72
        sees(page, "plots-further-down")
        assert page.locator("device-chart").count() < 12, "those that were passed by are not drawn"
        device.state({"tank_1": {"level_pct": 42.5}})
        expect(last.locator("[data-last]")).to_contain_text("42.5")

        page.route("**part=plot**", lambda route: route.abort())
        page.reload()
        last.scroll_into_view_if_needed()
        expect(last.get_by_role("status")).to_contain_text("could not be read")
        expect(page.locator("live-status")).to_have_text("Live")  # or it tries by itself, while one clicks
        page.unroute("**part=plot**")
        last.get_by_role("button", name="Try again").click()
        expect(last.locator("canvas")).to_be_visible()
    finally:
        device.call("PUT", "ui_state/aggregate", {})


def test_a_picture_that_is_none_says_so(sits, portal, device):
    camera = {"type": "uiCameraHistory", "cameraName": "gate", "displayString": "Main gate"}
    app = {"type": "uiApplication", "displayString": "Yard", "children": {"gate": camera}}
    device.call("PUT", "ui_state/aggregate", {"state": {"children": {"yard": app}}})
    for name, content in (("good.png", PIXEL), ("drawn.png", b'<svg xmlns="http://www.w3.org/2000/svg"/>')):
        kept = device.client.post(
            "gate/messages", data={"json_payload": '{"data": {}}'}, files={"attachment-1": (name, content, "image/png")}
        )
        kept.raise_for_status()
    try:
        page = sits("alice")
        page.goto(f"/cameras/{portal.pump}/gate")
        good, drawn = (page.locator(".dv-still").nth(place) for place in (1, 0))
        expect(drawn.get_by_text("No picture in it")).to_be_visible()
        expect(drawn.locator("img")).to_have_count(0)
        expect(good.locator("img")).to_be_visible()
        expect(good.get_by_text("No picture in it")).to_be_hidden()

        drawn.click()
        expect(page.locator(".dv-large").get_by_text("No picture in it")).to_be_visible()
        for address in ("/cameras/", f"/device/{portal.pump}/"):
            page.goto(address)
            expect(page.get_by_text("No picture in it")).to_be_visible()
    finally:
        device.call("PUT", "ui_state/aggregate", {})
