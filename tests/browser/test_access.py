"""Every page for everybody: axe finds nothing serious, nothing scrolls sideways, and without scripts it works."""

from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import expect

from doover_web.identity.clients import COMMAND_LINE
from tests.browser.conftest import PASSWORD
from tests.browser.judge import serious, serious_in_all_views

JUDGE = """async () => {
  const loaded = performance.getEntriesByType("resource").map((one) => one.name);
  const load = (name) => import(loaded.find((one) => one.includes(name)));
  const [{ judge }, { parse }] = [await load("/js/presence."), await load("/js/json.")];
  window.judgeAll = (text) => {
    const fixture = parse(text), now = Number(fixture.get("now_ms").text);
    return fixture.get("cases").map((one) => {
      const verdict = judge(one.get("aggregate"), now);
      return [verdict.hidden ? "hidden" : verdict.state, one.get("badge")];
    });
  };
}"""
PAGES = {
    "home": "/",
    "device": "/device/{pump}/",
    "agents": "/channels/",
    "channels": "/channels/{pump}/",
    "channel": "/channels/{pump}/tag_values/pump_1/rpm",
    "editor": "/channels/{pump}/tag_values/?edit=1",
    "filters": "/channels/{pump}/tag_values/?text=nothing+like+it",
    "empty": "/channels/{pump}/ui_state/",
    "password": "/accounts/password/change/",
    "missing": "/nothing",
}

# Pages about the account and the organisation, as Alice or, with "root", as a platform administrator.
MANAGE = {
    "me": "/me/",
    "sessions": "/me/sessions/",
    "tokens": "/me/tokens/",
    "applications": "/me/tokens/?kind=applications",
    "profile": "/me/profile/",
    "email": "/accounts/email/",
    "second-step": "/accounts/2fa/",
    "app": "/accounts/2fa/totp/activate/",
    "keys": "/accounts/2fa/webauthn/",
    "new-key": "/accounts/2fa/webauthn/add/",
    "codes": "/accounts/2fa/recovery-codes/generate/",
    "sign-out": "/accounts/logout/",
    "again": "/accounts/reauthenticate/",
    "overview": "/admin-portal/",
    "users": "/admin-portal/users/",
    "user": "/admin-portal/user/{bob}/access/",
    "invitations": "/admin-portal/users/invitations/",
    "roles": "/admin-portal/roles/",
    "role": "/admin-portal/roles/group/new/",
    "groups": "/admin-portal/groups/",
    "group": "/admin-portal/groups/{group}/",
    "sharing": "/admin-portal/sharing/",
    "share": "/admin-portal/sharing/new/",
    "audit": "/admin-portal/audit/",
    "who": "/admin-portal/device/{pump}/access/",
    "device-tokens": "/admin-portal/device/{pump}/tokens/",
    "services": "/admin-portal/services/",
    "consent": "{consent}",
    "type-code": "/oauth2/device",
    "compare-code": "{code}",
}
FLEET = {
    "fleet": "/admin-portal/devices/",
    "new-device": "/admin-portal/devices/new/",
    "new-rollout": "/admin-portal/rollouts/new/",
    "catalogue": "/admin-portal/applications/",
    "device-types": "/admin-portal/device-types/",
    "solutions": "/admin-portal/solutions/",
    "new-solution": "/admin-portal/solutions/0/",
    "tag-many": "/admin-portal/devices/changes/new/?action=tag",
    "configure-many": "/admin-portal/devices/changes/new/?action=configure",
    "usage": "/admin-portal/usage/",
    "settings": "/admin-portal/settings/",
    "registries": "/admin-portal/registries/",
    "new-registry": "/admin-portal/registries/0/",
    "integrations": "/admin-portal/integrations/",
    "integration": "/admin-portal/integrations/{integration}/",
}
PLATFORM = {
    "organisations": "/admin-portal/organisations/",
    "oauth-clients": "/admin-portal/oauth-clients/",
    "oauth-client": "/admin-portal/oauth-clients/{client}/",
    "new-oauth-client": "/admin-portal/oauth-clients/new/",
}
DOOR = {"invitation": "{invitation}"}


@pytest.fixture
def names(portal):
    """What the addresses are made of."""
    asked = {"client_id": COMMAND_LINE, "scope": "offline_access", "metaData.device.name": "Doover CLI - Python"}
    code = httpx.post(f"{portal.url}/oauth2/device_authorize", params=asked, timeout=60).json()[
        "verification_uri_complete"
    ]
    return {**portal.names, "code": code[code.index("/oauth2") :]}


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("who", "pages"),
    [(None, DOOR), ("alice", MANAGE), ("alice", FLEET), ("root", PLATFORM)],
    ids=["door", "manage", "fleet", "platform"],
)
def test_pages_of_account_and_organisation(sits, names, sees, who, pages):
    """Axe finds nothing serious, and nothing scrolls sideways: wide and narrow, light and dark."""
    page = sits(who, reduced_motion="reduce")
    if who is not None:
        page.goto("/accounts/reauthenticate/")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Confirm").click()
        page.wait_for_url(lambda url: urlsplit(url).path == "/")
    found = {}
    for name, address in pages.items():
        page.goto(address.format(**names))
        found |= serious_in_all_views(page, sees, name)
    assert found == {}


@pytest.mark.timeout(300)
def test_axe_finds_nothing_serious(sits, portal, sees):
    page, found = sits("alice", reduced_motion="reduce"), {}
    for name, address in PAGES.items():
        page.goto(address.format(pump=portal.pump))
        page.wait_for_timeout(500)
        found |= serious_in_all_views(page, sees, name)
    assert found == {}


@pytest.mark.timeout(200)
def test_a_link_that_is_shown_once_can_be_read(sits, names, sees):
    page = sits("root", reduced_motion="reduce")
    page.goto("/group/{group}/people/".format(**names))
    page.get_by_label("E-mail").fill("bert@elsewhere.example")
    page.get_by_role("button", name="Share", exact=True).click()
    link = page.locator("pre.dv-secret")
    expect(link).to_contain_text("/invitation/dvi_")

    inks = {}
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        heading = page.get_by_role("heading", level=1).evaluate("(one) => getComputedStyle(one).color")
        inks[theme] = link.evaluate("(one) => getComputedStyle(one).color") == heading
    assert inks == {"light": True, "dark": True}
    assert serious_in_all_views(page, sees, "once") == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_at_the_door(sits, sees, theme):
    page = sits(None, color_scheme=theme)
    for address in ("/accounts/login/", "/accounts/password/reset/", "/accounts/signup/"):
        page.goto(address)
        sees(page, f"door-{theme}")
        assert serious(page) == {}, address


@pytest.mark.parametrize("width", [360, 768, 1024, 1920])
def test_nothing_scrolls_sideways(sits, portal, device, width):
    device.state({"x" * 300: "y" * 3000, "deep": {"a": {"b": {"c": {"d": {"e": "z" * 400}}}}}}, "wide")
    device.says({"x" * 300: "y" * 3000}, "wide")
    page = sits("alice", viewport={"width": width, "height": 800})
    for address in [*PAGES.values(), "/channels/{pump}/wide/deep/a/b/c/d/e"]:
        page.goto(address.format(pump=portal.pump))
        page.wait_for_timeout(200)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_without_scripts(sits, portal):
    page = sits("alice", java_script_enabled=False)
    page.goto(f"/channels/{portal.pump}/tag_values/")
    page.get_by_role("link", name="Edit JSON").click()
    page.locator("#editor").get_by_label("JSON", exact=True).fill('{"quiet": {"by": "form"}}')
    page.get_by_role("button", name="Save state").click()
    expect(page.get_by_text("State saved")).to_be_visible()
    expect(page.locator('li[data-key="by"]')).to_contain_text('"form"')

    page.get_by_role("link", name="Publish").click()
    page.locator("#publish").get_by_label("JSON", exact=True).fill('{"said": "quietly"}')
    page.get_by_role("button", name="Send message").click()
    expect(page.locator(".dv-message").first).to_contain_text("quietly")
    page.get_by_role("link", name="Load older").click()
    expect(page.get_by_role("link", name="To the newest")).to_be_visible()
    page.goto(f"/channels/{portal.pump}/tag_values/list_1/1/a")
    expect(page.locator('[aria-selected="true"]')).to_have_attribute("data-key", "a")
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_the_verdict_on_a_badge_is_the_same_here(sits, portal):
    """The script that ages badges agrees with the fixture that the server is tested with."""
    page = sits("alice")
    page.goto("/")
    page.evaluate(JUDGE)
    fixture = (Path(__file__).parents[1] / "fixtures" / "ui" / "14-connection.json").read_text()
    for verdict, wanted in page.evaluate("(text) => judgeAll(text)", fixture):
        assert verdict == wanted
