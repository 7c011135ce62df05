"""Alice's journey: sign in, a device, its channel, a live change, an edit."""

import re

import pytest
from playwright.sync_api import expect

DRAWN = """[...document.querySelectorAll('json-tree [role=treeitem]')].map((item) => [
  item.ariaLabel, item.ariaLevel, item.ariaExpanded, item.className,
  [...item.querySelector('.dv-json-main').children].map((part) => part.className + ' ' + part.textContent),
])"""


def row(page, *path):
    found = page.locator("json-tree [role=tree]")
    for key in path:
        found = found.locator(f'li[data-key="{key}"]')
    return found


def open_channel(page, portal, rest=""):
    page.goto(f"/channels/{portal.pump}/tag_values/{rest}")
    expect(page.locator("live-status")).to_have_text("Live")
    expect(page.locator("live-channel[drawn]")).to_have_count(1)


def test_from_sign_in_to_an_edit(sits, portal, device, sees):
    page = sits("alice", anew=True)
    expect(page.get_by_role("heading", name="Devices")).to_be_visible()
    expect(page.locator(f'[data-agent="{portal.pump}"]')).to_contain_text("Online")
    expect(page.locator("fresh-part .dv-feed")).to_be_visible()
    sees(page, "home")

    page.get_by_role("table").get_by_role("link", name="Pump 7", exact=True).click()
    expect(page.locator("dd", has_text="1460")).to_be_visible()
    device.state({"pump_1": {"rpm": 1500}})
    expect(page.locator("dd", has_text="1500")).to_be_visible()
    sees(page, "device")

    page.get_by_role("link", name="Details").click()
    page.locator(".dv-channels").get_by_role("link", name=re.compile("tag_values")).click()
    expect(page.locator("live-status")).to_have_text("Live")
    expect(page.locator("live-channel[drawn]")).to_have_count(1)
    device.state({"pump_1": {"rpm": 1600}})
    changed = row(page, "pump_1", "rpm")
    expect(changed.locator(".num")).to_have_text("1600")
    expect(changed.locator(".was")).to_have_text("1500")
    sees(page, "channel")
    expect(changed.locator(".was")).to_have_count(0)

    changed.click()
    page.keyboard.press("e")
    field = page.get_by_label("New value of rpm, as JSON")
    field.fill("1700")
    field.press("Enter")
    expect(changed.locator(".num")).to_have_text("1700")
    assert device.call("GET", "tag_values/aggregate")["data"]["pump_1"]["rpm"] == 1700


def test_the_scripts_draw_what_the_server_drew(sits, portal):
    page = sits("alice")
    quiet = sits("alice", java_script_enabled=False)
    quiet.context.add_cookies([{"name": "zone", "value": "Australia/Brisbane", "url": portal.url}])
    quiet.goto(f"/channels/{portal.pump}/tag_values/list_1")
    by_server = quiet.evaluate(DRAWN)
    open_channel(page, portal, "list_1")

    assert page.evaluate(DRAWN) == by_server
    assert len(by_server) > 10


def test_a_deep_link_and_the_address(sits, portal):
    page = sits("alice")
    open_channel(page, portal, "many/key_444")

    expect(page.locator('[aria-selected="true"]')).to_have_attribute("data-key", "key_444")
    row(page, "tank_1", "serial").click()
    assert page.url.endswith("/tag_values/tank_1/serial")
    expect(page.locator("[data-path-text]")).to_have_text("tank_1.serial")


def test_big_numbers_and_key_order_survive_an_edit(sits, portal, device):
    page = sits("alice")
    open_channel(page, portal)
    expect(row(page, "tank_1", "serial").locator(".num")).to_have_text("9007199254740993")

    page.get_by_role("link", name="Edit JSON").click()
    editor = page.locator("#editor")
    text = editor.get_by_label("JSON", exact=True).input_value()
    assert "9007199254740993" in text
    assert text.index('"10"') < text.index('"2"')
    editor.get_by_label("JSON", exact=True).fill('{"tank_1": {"serial": 9007199254740995,}}')
    expect(editor.locator("[data-says]")).to_contain_text("Line 1, column 40")
    editor.get_by_label("JSON", exact=True).fill('{"tank_1": {"serial": 9007199254740995}}')
    editor.get_by_role("button", name="Save state").click()

    expect(row(page, "tank_1", "serial").locator(".num")).to_have_text("9007199254740995")
    assert list(device.call("GET", "tag_values/aggregate")["data"]["pump_1"])[1:3] == ["10", "2"]


def test_an_edit_within_a_list_writes_the_list(sits, portal, device):
    page = sits("alice")
    open_channel(page, portal, "list_1/1/a")
    page.keyboard.press("e")
    page.get_by_label("New value of a, as JSON").fill("7")
    page.keyboard.press("Enter")

    expect(row(page, "list_1", "1", "a").locator(".num")).to_have_text("7")
    assert device.call("GET", "tag_values/aggregate")["data"]["list_1"] == [{"a": 1}, {"a": 7}]


def test_somebody_was_quicker(sits, portal, device):
    page = sits("alice")
    device.state({"race": {"value": 1}})
    open_channel(page, portal, "race/value")
    page.keyboard.press("e")
    field = page.get_by_label("New value of value, as JSON")
    field.fill("5")
    device.state({"race": {"value": 2}})
    expect(page.get_by_text("it changed while you were editing")).to_be_visible()

    field.press("Enter")
    expect(page.get_by_text("Save again to overwrite")).to_be_visible()
    assert device.call("GET", "tag_values/aggregate")["data"]["race"]["value"] == 2
    field.press("Enter")
    expect(row(page, "race", "value").locator(".num")).to_have_text("5")
    assert device.call("GET", "tag_values/aggregate")["data"]["race"]["value"] == 5


def test_mistakes_keep_what_was_typed(sits, portal):
    page = sits("alice")
    open_channel(page, portal, "pump_1/rpm")
    page.keyboard.press("e")
    field = page.get_by_label("New value of rpm, as JSON")
    for text, says in (("fast", "double quotes"), ("null", "delete this key"), ('{"a": 1', "a comma or }")):
        field.fill(text)
        field.press("Enter")
        expect(page.locator(".dv-json-edit p")).to_contain_text(says)
        expect(field).to_have_value(text)
    field.press("Escape")
    expect(field).to_have_count(0)


def test_a_key_is_deleted_after_a_question(sits, portal, device):
    device.state({"doomed": {"a": 1, "b": 2}})
    page = sits("alice")
    open_channel(page, portal, "doomed/a")
    page.locator('[aria-selected="true"]').press("Delete")
    page.get_by_role("button", name="Keep it").click()
    assert "a" in device.call("GET", "tag_values/aggregate")["data"]["doomed"]

    page.locator('[aria-selected="true"]').press("Delete")
    page.locator("#confirm").get_by_role("button", name="Delete key").click()
    expect(row(page, "doomed", "a")).to_have_count(0)
    assert device.call("GET", "tag_values/aggregate")["data"]["doomed"] == {"b": 2}


def test_pause_holds_back_and_resume_catches_up(sits, portal, device):
    page = sits("alice")
    device.state({"beat": 0})
    open_channel(page, portal)
    expect(row(page, "beat").locator(".num")).to_have_text("0")
    page.keyboard.press("p")
    for number in (1, 2, 3):
        device.state({"beat": number})
    expect(page.get_by_text("Paused, 3 changes held back")).to_be_visible()
    expect(row(page, "beat").locator(".num")).to_have_text("0")

    page.keyboard.press("p")
    expect(row(page, "beat").locator(".num")).to_have_text("3")


def test_the_keyboard_walks_the_tree(sits, portal):
    page = sits("alice")
    open_channel(page, portal, "pump_1")
    selected = page.locator('[aria-selected="true"]')
    selected.focus()
    for key, expected in (("ArrowRight", "rpm"), ("ArrowDown", "10"), ("ArrowLeft", "pump_1"), ("Home", "tank_1")):
        page.keyboard.press(key)
        expect(selected).to_have_attribute("data-key", expected)
    page.keyboard.press("ArrowLeft")
    expect(selected).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    expect(selected).to_have_attribute("aria-expanded", "true")

    page.keyboard.press("/")
    page.keyboard.type("serial")
    expect(row(page, "tank_1", "serial")).to_be_visible()
    expect(row(page, "pump_1")).to_have_count(0)


def test_a_viewer_can_only_look(sits, portal):
    page = sits("bob")
    open_channel(page, portal, "pump_1/rpm")
    page.keyboard.press("e")

    expect(page.get_by_text("not change them")).to_be_visible()
    expect(page.locator(".dv-json-edit")).to_have_count(0)
    expect(page.get_by_role("link", name="Publish")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_switches_and_stays(sits, theme):
    page = sits("alice", color_scheme=theme)
    page.goto("/")
    other = "dark" if theme == "light" else "light"
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", other)
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", other)


def test_a_new_channel_says_when_it_changed(sits, portal, device):
    device.says({"first": 1}, "fresh")
    page = sits("alice")
    page.goto(f"/channels/{portal.pump}/fresh/")
    expect(page.locator(".dv-head-meta")).to_contain_text("State never written")
    expect(page.locator("live-channel[drawn]")).to_have_count(1)
    device.state({"a": 1}, "fresh")

    expect(page.locator(".dv-head-meta")).to_contain_text(re.compile(r"State changed \d+ s ago"))
    expect(page.locator(".dv-channels [aria-current] time")).to_contain_text("s ago")


def test_a_path_that_is_not_there_yet(sits, portal, device):
    device.state({"a": {"here": 1}}, "path")
    page = sits("alice")
    page.goto(f"/channels/{portal.pump}/path/a/missing")
    expect(page.locator("live-channel[drawn]")).to_have_count(1)
    expect(page.get_by_text("No such key: a/missing")).to_be_visible()
    expect(page.locator('[aria-selected="true"]')).to_have_count(0)

    device.state({"a": {"missing": 2}}, "path")
    expect(page.locator('[aria-selected="true"]')).to_have_attribute("data-key", "missing")
    expect(page.get_by_text("No such key")).to_be_hidden()


def test_a_number_that_would_change_is_warned_of(sits, portal, device):
    device.state({"a": 1}, "digits")
    page = sits("alice")
    page.goto(f"/channels/{portal.pump}/digits/")
    expect(page.locator("live-channel[drawn]")).to_have_count(1)
    page.get_by_role("link", name="Edit JSON").click()
    field, says = page.locator("#editor").get_by_label("JSON", exact=True), page.locator("#editor [data-says]")
    for text in ("18446744073709551616", "0.12345678901234567890"):
        field.fill(f'{{"a": {text}}}')
        expect(says).to_contain_text("more digits than can be kept")
    for text in ("18446744073709551615", "2.50", "-0.1", "1e3", "0.0"):
        field.fill(f'{{"a": {text}}}')
        expect(says).to_have_text("Valid JSON, 1 key")
    field.fill('{"a": 1, "a": 2}')
    expect(says).to_contain_text("Written twice, the last one counts: a")


def test_archiving_asks_and_other_windows_learn_of_it(sits, portal, device):
    device.state({"a": 1}, "shelf")
    here, there = sits("alice"), sits("alice")
    for page in (here, there):
        page.goto(f"/channels/{portal.pump}/shelf/")
        expect(page.locator("live-channel[drawn]")).to_have_count(1)
    here.get_by_role("button", name="Archive", exact=True).click()
    here.locator("#confirm").get_by_role("button", name="Archive").click()
    expect(here.get_by_text("It still accepts messages")).to_be_visible()

    there.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(there.get_by_text("It still accepts messages")).to_be_visible()
    expect(there.locator(".dv-channels [aria-current]")).to_contain_text("shelf")
    there.get_by_role("button", name="Bring back").click()
    expect(there.get_by_text("It still accepts messages")).to_be_hidden()
