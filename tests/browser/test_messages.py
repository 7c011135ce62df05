"""The history of a channel as it grows, changes and shrinks before one's eyes."""

from playwright.sync_api import expect


def open_channel(page, portal, channel="tag_values", query=""):
    page.goto(f"/channels/{portal.pump}/{channel}/{query}")
    expect(page.locator("live-status")).to_have_text("Live")
    expect(page.locator("live-channel[drawn]")).to_have_count(1)


def ids(page):
    return page.evaluate("[...document.querySelectorAll('.dv-message')].map(row => row.dataset.id)")


def test_new_edited_and_deleted_messages_show_at_once(sits, portal, device):
    page = sits("alice")
    open_channel(page, portal)
    message = device.says({"big": 12345678901234567, "hello": "<i>you</i>"})
    row = page.locator(f'[data-id="{message}"]')
    expect(row.locator("[data-line]")).to_have_text('{"big": 12345678901234567, "hello": "<i>you</i>"}')
    expect(row.locator("[data-author]")).to_have_text("Pump 7")
    assert ids(page)[0] == message

    device.call("PATCH", f"tag_values/messages/{message}", {"data": {"more": 1}})
    expect(row.locator("[data-edited]")).to_be_visible()
    expect(row.locator("[data-line]")).to_contain_text('"more": 1')
    device.call("DELETE", f"tag_values/messages/{message}")
    expect(row).to_have_count(0)


def test_older_ones_load_as_one_scrolls(sits, portal):
    page = sits("alice")
    open_channel(page, portal)
    assert len(ids(page)) >= 50
    for _ in range(6):
        page.locator("[data-scroll]").evaluate("box => { box.scrollTop = box.scrollHeight }")
        page.wait_for_timeout(150)
    expect(page.get_by_text("That is all")).to_be_visible()

    shown = [int(one) for one in ids(page)]
    assert len(shown) >= 130
    assert shown == sorted(set(shown), reverse=True)


def test_news_do_not_move_what_one_reads(sits, portal, device):
    page = sits("alice")
    open_channel(page, portal)
    page.locator("[data-scroll]").evaluate("box => { box.scrollTop = 600 }")
    page.wait_for_timeout(200)
    first = page.locator(".dv-message").nth(14)
    before = first.bounding_box()["y"]
    anchor = first.get_attribute("data-id")
    device.says({"news": 1})
    device.says({"news": 2})

    expect(page.locator("[data-new]")).to_have_text("2 new")
    assert abs(page.locator(f'[data-id="{anchor}"]').bounding_box()["y"] - before) < 2
    page.locator("[data-new] button").click()
    expect(page.locator("[data-new]")).to_be_hidden()


def test_filters_hold_for_what_comes_in(sits, portal, device):
    page = sits("alice")
    device.state({}, "filtered")
    open_channel(page, portal, "filtered", "?key=wanted&text=YES")
    device.says({"wanted": "no"}, "filtered")
    device.says({"other": "yes"}, "filtered")
    message = device.says({"wanted": "yes", "other": 1}, "filtered")

    expect(page.locator(f'[data-id="{message}"] [data-line]')).to_have_text('{"wanted": "yes"}')
    assert ids(page) == [message]
    page.reload()
    assert ids(page) == [message]


def test_publish_and_delete_from_the_page(sits, portal, device):
    page = sits("alice")
    open_channel(page, portal)
    page.get_by_role("link", name="Publish").click()
    dialog = page.locator("#publish")
    dialog.get_by_role("textbox").fill('{"from": "page"')
    dialog.get_by_role("button", name="Send message").click()
    expect(dialog.locator("[data-says]")).to_contain_text("Line 1, column 16")
    dialog.get_by_role("textbox").fill('{"from": "page"}')
    dialog.get_by_role("button", name="Send message").click()
    row = page.locator(".dv-message").first
    expect(row.locator("[data-line]")).to_have_text('{"from": "page"}')
    expect(row.locator("[data-author]")).to_have_text("Alice Moreau")

    row.locator("summary").click()
    message = row.get_attribute("data-id")
    row.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete message").click()
    expect(page.locator(f'[data-id="{message}"]')).to_have_count(0)


def test_back_dated_messages_take_their_place(sits, portal, device):
    page = sits("alice")
    device.state({}, "late")
    open_channel(page, portal, "late")
    now = page.evaluate("Date.now()")
    for age in (1000, 3000, 2000):
        device.call("POST", "late/messages", {"data": {"age": age}, "ts": now - age})
    expect(page.locator(".dv-message")).to_have_count(3)

    assert page.locator("[data-line]").all_inner_texts() == ['{"age": 1000}', '{"age": 2000}', '{"age": 3000}']
