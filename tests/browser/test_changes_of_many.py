"""A change of many devices, from trying it out to its undoing, on one page that is never loaded again."""

import pytest
from playwright.sync_api import expect

# Less than what the page waits before it looks by itself.
SOON = 25_000


@pytest.mark.timeout(200)
def test_the_page_says_by_itself_how_far_it_is(sits, portal):
    page = sits("alice")
    page.goto(f"/admin-portal/devices/changes/new/?action=tag&devices={portal.pump}")
    page.get_by_label("Tags to put on").fill("wet")
    page.get_by_role("button", name="Try it out").click()
    expect(page.get_by_text("1 would change")).to_be_visible()

    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible(timeout=SOON)

    page.goto(f"/device/{portal.pump}/details/")
    expect(page.get_by_text("wet", exact=True)).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("main").get_by_text("Undone").first).to_be_visible(timeout=SOON)
