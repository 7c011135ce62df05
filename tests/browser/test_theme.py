"""An organisation that chose colours nobody can read: its pages stay readable, wide and narrow, light and dark."""

import pytest
from playwright.sync_api import expect

from tests.browser.judge import OF_COLOURS, serious, serious_in_all_views

ODD = {
    "accent_colour": "#ffe600",
    "navbar_colour": "#ff00aa",
    "navbar_text_colour": "#ff33bb",
    "sidebar_colour": "#101418",
    "sidebar_text_colour": "#23282d",
}
THEME = """
from doover_web.control.actions.theme import edit_theme
from doover_web.control.models import Theme
from doover_web.control.look import forget_look
from doover_web.identity.models import Organisation
creek = Organisation.objects.get(name="Tallow Creek Water")
"""
PAGES = ("/", "/device/{tank}/", "/device/{pump}/chart/?s=tank_1.level_pct", "/alarms/", "/me/notifications/")

# Of a single letter axe says nothing.
CHANGE = """all => all.map((one) => {
  one.classList.add('is-changed');
  for (const unit of one.querySelectorAll('small, .dv-unit')) unit.textContent = 'kPa';
}).length"""


@pytest.fixture
def odd_colours(portal):
    portal.manage("shell", text=f"{THEME}\nedit_theme(organisation=creek, fields={ODD!r}, by=None)")
    yield
    portal.manage("shell", text=f"{THEME}\nTheme.objects.filter(organisation=creek).delete()\nforget_look(creek.id)")


@pytest.mark.timeout(300)
def test_colours_of_an_organisation_stay_readable(sits, portal, odd_colours, sees):
    page = sits("alice", reduced_motion="reduce")
    page.goto("/")
    expect(page.locator("link[href*='/look/']")).to_have_count(1)
    found = {}
    for number, address in enumerate(PAGES):
        page.goto(address.format(pump=portal.pump, tank=portal.drawn["01"]["id"]))
        found |= serious_in_all_views(page, sees, f"themed-{number}")
    assert found == {}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_just_changed_is_read_on_its_ground(sits, portal, theme):
    """Values and their units, on straw."""
    page = sits("alice", color_scheme=theme, reduced_motion="reduce")
    page.goto(f"/device/{portal.drawn['01']['id']}/")
    values = page.locator(":is(.dv-reading, .dv-tile, .dv-linear):has(small, .dv-unit)")
    expect(values.first).to_be_visible()
    assert values.evaluate_all(CHANGE) > 1
    assert serious(page, OF_COLOURS) == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_opens_over_the_page_is_of_its_scheme(sits, portal, theme):
    """A dark header lends its ground to no menu, and to nothing that the search finds."""
    page = sits("alice", color_scheme=theme)
    page.goto("/")
    grounds = "all => all.map((one) => getComputedStyle(one).backgroundColor)"
    opened = page.locator("#account, .dv-suggest")
    expect(page.locator(".dv-suggest")).to_have_count(1)
    before = opened.evaluate_all(grounds)
    for scheme in ("dark", "light"):
        page.evaluate("scheme => document.documentElement.style.setProperty('--dv-org-bar-scheme', scheme)", scheme)
        expect(page.locator(".dv-bar")).to_have_css("color-scheme", scheme)
        assert opened.evaluate_all(grounds) == before
