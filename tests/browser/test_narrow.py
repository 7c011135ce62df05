"""What a telephone must leave whole: the values in the list of devices, and the scale of a map."""

from playwright.sync_api import expect

PHONE = {"width": 390, "height": 844}
BELOW_THE_SCALE = """() => {
  const scale = document.querySelector('.leaflet-control-scale').getBoundingClientRect();
  return [...document.querySelectorAll('.dv-map-degrees span')].map((label) => label.getBoundingClientRect())
    .filter((one) => one.left < scale.right && one.right > scale.left)
    .filter((one) => one.top < scale.bottom && one.bottom > scale.top).length;
}"""

PAST_THE_NAME = """all => all.map((row) => {
  const [name, state] = ['.dv-who-cell', '.dv-state > *'].map((one) => row.querySelector(one).getBoundingClientRect());
  return name.right - state.left;
})"""


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
