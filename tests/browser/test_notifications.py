"""Notifications in a real browser: choosing them by hand, and a push that the service worker shows.

Subscribing takes the push service of the browser's maker, out on the internet, so the message is handed to the worker
by the developer tools; that a real one can be decrypted is in `tests/notifications/test_transports.py`.
"""

import json

from playwright.sync_api import expect

from tests.browser.judge import serious_in_all_views

WHERE, WISHES = "/me/notifications/endpoints/", "/me/notifications/subscriptions/"
WAITING = "navigator.serviceWorker.ready.then((found) => found.getNotifications())"


def test_choosing_what_to_hear_of(sits, sees, portal, device):
    page = sits("alice")
    page.goto(WHERE)
    page.get_by_label("How", exact=True).select_option("Email")  # after what this server can send
    expect(page.get_by_text("This server sends no mail: nothing arrives")).to_be_visible()
    expect(page.get_by_text("This server sends no text messages")).to_be_hidden()
    expect(page.get_by_text("need scripts")).to_be_hidden()
    page.get_by_label("Address or number").fill("alice@example.com")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("Added, but nothing arrives there now: This server sends no mail").wait_for()
    page.get_by_role("button", name="Change alice@example.com").click()
    page.get_by_label("Priority").locator("visible=true").fill("1")
    sees(page, "endpoint-change")
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.get_by_text("Priority 1").wait_for()
    sees(page, "endpoints")

    page.goto(f"/device/{portal.pump}/")
    page.get_by_role("link", name="Notify me").click()
    assert page.get_by_label("Of", exact=True).input_value() == str(portal.pump)
    page.get_by_role("button", name="Notify me").click()
    page.get_by_text("Nothing arrives at alice@example.com now: This server sends no mail").wait_for()
    sees(page, "subscriptions")

    device.says({"message": "Battery at 10.2 V", "severity": 7, "title": "Bore 4"}, "notifications")
    for _ in range(40):
        page.goto("/me/notifications/")
        row = page.get_by_role("row").filter(has=page.get_by_text("Battery at 10.2 V", exact=True))
        if row.get_by_text("alice@example.com: not sent").count():  # this server has no mail
            break
        page.wait_for_timeout(500)
    expect(row).to_contain_text("alice@example.com: not sent")
    sees(page, "notifications")


def test_the_service_worker_shows_a_push(sits, portal):
    page = sits("alice")
    page.context.grant_permissions(["notifications"])
    cdp, found = page.context.new_cdp_session(page), []
    cdp.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
    cdp.send("ServiceWorker.enable")
    page.goto(WHERE)
    page.get_by_role("button", name="Notify me in this browser").wait_for()
    page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    registration = next(one for one in found if one["scopeURL"] == f"{portal.url}/")

    told = {"title": "Bore 4", "body": "Battery at 10.2 V", "url": f"{portal.url}/", "tag": "t1", "urgent": True}
    values = {"origin": portal.url, "registrationId": registration["registrationId"], "data": json.dumps(told)}
    cdp.send("ServiceWorker.deliverPushMessage", values)

    for _ in range(100):
        if page.evaluate(f"{WAITING}.then((all) => all.length)"):
            break
        page.wait_for_timeout(100)
    shown = page.evaluate(f"{WAITING}.then(([one]) => [one.title, one.body, one.tag, one.requireInteraction])")
    assert shown == ["Bore 4", "Battery at 10.2 V", "t1", True]


def test_who_has_no_address_is_told_so_and_can_read_it(sits, sees, portal, device):
    page = sits("bob")
    page.goto(f"{WISHES}?to={portal.pump}")
    page.get_by_role("button", name="Notify me").click()
    expect(page.get_by_text("nobody can tell you yet")).to_be_visible()
    device.says({"message": "Belt slips", "severity": 7, "title": "Pump 7"}, "notifications")
    for _ in range(40):
        page.goto("/me/notifications/")
        if page.get_by_text("There is no address to send it to yet").count():
            break
        page.wait_for_timeout(500)

    assert serious_in_all_views(page, sees, "notification-nowhere") == {}

    page.get_by_role("link", name="Add an address").first.click()
    expect(page.get_by_label("How", exact=True)).to_be_visible()
