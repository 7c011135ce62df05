"""What a telephone must leave whole: the values in the list of devices, and the scale of a map."""

from playwright.sync_api import expect

PHONE = {"width": 390, "height": 844}
BELOW_THE_SCALE = """() => {
  const scale = document.querySelector('.leaflet-control-scale').getBoundingClientRect();
  return [...document.querySelectorAll('.dv-map-degrees span')].map((label) => label.getBoundingClientRect())
    .filter((one) => one.left < scale.right && one.right > scale.left)
    .filter((one) => one.top < scale.bottom && one.bottom > scale.top).length;
}"""

# How many names meet a mark or another name, and at which sides of their marks they are.
NAMES = """() => {
  const names = [...document.querySelectorAll('.dv-map-name:not(.is-covered)')];
  const marks = [...document.querySelectorAll('.dv-pin svg, .dv-pins')], boxOf = (one) => one.getBoundingClientRect();
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const meets = (name) => [...marks, ...names].some((other) => other !== name && meet(boxOf(name), boxOf(other)));
  const sides = names.map((name) => /leaflet-tooltip-(\\w+)/.exec(name.className)[1]);
  return { over: names.filter(meets).length, sides };
}"""

PAST_THE_NAME = """all => all.map((row) => {
  const [name, state] = ['.dv-who-cell', '.dv-state > *'].map((one) => row.querySelector(one).getBoundingClientRect());
  return name.right - state.left;
})"""

# What the bar holds and where it begins, and whether anything of the name is cut.
BAR = """() => {
  const bar = document.querySelector('.dv-bar'), name = bar.querySelector('.dv-brand-name b');
  const held = ['.dv-menu-button', '.dv-brand-mark', '.dv-brand-name', 'live-status', '.dv-search-button'];
  const places = held.map((one) => bar.querySelector(one).getBoundingClientRect()).map(({ x, width }) => [x, width]);
  return { places, cut: name.scrollWidth > name.clientWidth || name.scrollHeight > name.clientHeight };
}"""


def test_the_bar_is_the_same_on_every_page(sits):
    """Whether a page hears of changes or was only read takes no room from the name of the organisation."""
    page = sits("alice", viewport=PHONE, has_touch=True)
    page.goto("/")
    expect(page.locator("live-status")).to_have_text("Live")
    lives = page.evaluate(BAR)

    page.goto("/help/")
    expect(page.locator("live-status.is-read")).to_contain_text("Read at")
    assert page.evaluate(BAR) == lives
    assert not lives["cut"]
    assert all(width > 8 for _x, width in lives["places"])


def test_a_device_page_says_the_zone_of_its_times(sits, portal):
    page = sits("alice", viewport=PHONE)
    page.goto(f"/device/{portal.pump}/")
    expect(page.get_by_text("Times in Brisbane, UTC+10")).to_be_visible()


def test_the_device_of_an_alarm_has_the_room_beside_its_time(sits, portal):
    page = sits("alice", viewport=PHONE)
    page.goto("/alarms/")
    row = page.locator(".dv-alarms tbody tr").first
    name, time = row.locator("td > .dv-clip"), row.locator(".dv-seen")
    expect(name).to_be_visible()

    assert name.bounding_box()["width"] + time.bounding_box()["width"] > 290


def test_the_reason_of_an_open_alarm_is_whole(sits):
    page = sits("alice", viewport=PHONE)
    page.goto("/")
    reason = page.locator(".dv-open-alarms .dv-sub.dv-clip").first
    expect(reason).to_contain_text("·")
    expect(reason).to_have_css("white-space", "normal")
    assert reason.bounding_box()["height"] > 20  # more than a line

    page.goto("/?search=nothing+is+called+so")  # a number that is none takes no room
    expect(page.locator(".dv-chip fresh-part")).to_have_css("display", "none")


def test_names_on_a_map_lie_over_no_mark(sits, device, tank):
    """Of three devices in a row the one in the middle has its name above it."""
    device.state({"lat": -27.5, "long": 153.5}, "location")
    tank.state({"lat": -27.5, "long": 153.2}, "location")
    page = sits("alice", viewport=PHONE)
    page.goto("/map/")
    try:
        expect(page.locator(".dv-pin")).to_have_count(3)
        expect(page.locator(".dv-map-name:not(.is-fence, .is-covered)")).to_have_count(2)
        names = page.evaluate(NAMES)
        assert names["over"] == 0
        assert "top" in names["sides"]  # it has no room between the two
    finally:
        device.state({"lat": -27.5, "long": 152.9}, "location")
        tank.call("PUT", "location/aggregate", {})


def test_values_of_devices_have_the_whole_width(sits, portal):
    page = sits("alice", viewport=PHONE)
    page.goto("/")
    cells = page.locator(".dv-fleet tbody tr td:nth-child(3)")
    expect(cells.first).to_be_visible()

    assert min(cells.evaluate_all("all => all.map((one) => one.getBoundingClientRect().width)")) > 90
    over = page.locator(".dv-fleet tbody tr:has(.dv-state > *)").evaluate_all(PAST_THE_NAME)
    assert over
    assert max(over) <= 0  # a state stands beside the name, not on it


def test_no_degrees_lie_below_the_scale(sits, tank):
    page = sits("alice", viewport=PHONE, reduced_motion="reduce")
    page.goto(f"/device/{tank.id}/location/")  # it says of no place, so the map begins wide
    expect(page.locator(".leaflet-control-scale")).to_be_visible()

    for _step in range(8):
        expect(page.locator(".dv-map-degrees").first).to_be_attached()
        assert page.evaluate(BELOW_THE_SCALE) == 0
        page.locator(".leaflet-control-zoom-in").click()


def test_where_one_began_and_where_one_is_stay_whole(sits, portal):
    """Of a long way what is in between gives way."""
    page = sits("alice", viewport=PHONE)
    page.goto(f"/group/{portal.names['group']}/people/")
    crumbs = page.locator(".dv-crumbs li > *")
    crumbs.nth(1).evaluate("(one) => { one.textContent = 'A district of many letters '.repeat(4); }")

    cut = crumbs.evaluate_all("all => all.map((one) => one.scrollWidth > one.clientWidth + 1)")
    assert [cut[0], cut[1], cut[-1]] == [False, True, False]


def test_what_one_does_with_a_chart_stands_in_a_row(sits, portal):
    page = sits("alice", viewport=PHONE)
    page.goto(f"/device/{portal.pump}/chart/?s=tank_1.level_pct")
    deeds = page.locator(".dv-chart-tools .btn")
    expect(deeds).to_have_count(4)
    expect(deeds.last).to_be_visible()
    assert len({round(one.bounding_box()["y"]) for one in deeds.all()}) == 1
    spans = page.locator(".dv-chart-tools .dv-chip").evaluate_all(
        "all => all.map((one) => Math.round(one.getBoundingClientRect().width))"
    )
    assert max(spans) - min(spans) <= 1
