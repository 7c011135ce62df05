"""The list of devices keeps its columns and rows, whatever its devices say."""

import pytest
from playwright.sync_api import expect

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 360, "height": 740}
BOXES = """() => [...document.querySelectorAll('.dv-fleet tbody tr')].map((row) =>
  [row, ...row.children].map((one) => one.getBoundingClientRect()).map(({ x, width, height }) => [x, width, height]))"""
# What a device may be said to be at the worst, and names and values that are longer than their columns.
GROWN = """() => {
  for (const row of document.querySelectorAll('.dv-fleet tbody tr')) {
    const badge = row.querySelector('.dv-state span:last-child'), seen = row.querySelector('.dv-seen');
    if (badge) badge.textContent = 'Offline 23 h 59 min';
    seen.textContent = '23 h 59 min ago';
    for (const label of row.querySelectorAll('.dv-kv > .dv-clip')) label.textContent = 'Temperature inside the housing';
    for (const unit of row.querySelectorAll('.dv-kv small')) unit.textContent = 'm'.repeat(60);
  }
}"""
WORDS_CUT = """() => [...document.querySelectorAll('.dv-fleet tbody .dv-state, .dv-fleet tbody .dv-seen')]
  .filter((one) => one.scrollWidth > one.clientWidth).length"""
LINES = """() => [...document.querySelectorAll('.dv-brand-name > *')].map((one) =>
  Math.round(one.getBoundingClientRect().height / parseFloat(getComputedStyle(one).lineHeight)))"""


def test_columns_keep_their_widths(sits):
    page = sits("alice", viewport=WIDE)
    page.goto("/")
    expect(page.locator("live-status")).to_have_text("Live")
    expect(page.locator(".dv-fleet .dv-kv small").first).to_be_visible()
    before = page.evaluate(BOXES)

    page.evaluate(GROWN)
    assert page.evaluate(BOXES) == before
    assert page.evaluate(WORDS_CUT) == 0


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["1440", "360"])
def test_a_long_unit_is_cut(sits, viewport):
    page = sits("alice", viewport=viewport)
    page.goto("/")
    expect(page.locator("live-status")).to_have_text("Live")
    page.evaluate(GROWN)
    past = "all => all.filter((one) => one.scrollWidth > one.clientWidth).length"
    assert page.eval_on_selector_all(".dv-fleet, .dv-fleet tr, .dv-fleet td, .dv-kv", past) == 0


@pytest.mark.parametrize("width", [1440, 390])
def test_the_organisation_takes_a_line(sits, width):
    page = sits("alice", viewport={"width": width, "height": 844})
    page.goto("/")
    page.evaluate("""() => {
      const name = document.querySelector('.dv-brand-name');
      name.classList.add('is-acting');
      name.querySelector('b').textContent = 'Alle Organisationen';
      name.querySelector('span').textContent = 'Sie handeln für Tallow Creek Water and Power';
    }""")
    assert page.evaluate(LINES) == [1, 1]
