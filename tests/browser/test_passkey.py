"""A passkey from beginning to end, with Chromium's own authenticator in place of a finger."""

from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import PASSWORD


@pytest.fixture
def authenticator():
    """`authenticator(page)`: a security chip that knows its user."""

    def attach(page):
        cdp = page.context.new_cdp_session(page)
        cdp.send("WebAuthn.enable")
        chip = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": chip})
        return cdp, made["authenticatorId"]

    return attach


def test_a_passkey_is_made_and_opens_the_door(portal, sits, authenticator):
    # A passkey belongs to a name, which an address in numbers is not.
    here = portal.url.replace("127.0.0.1", "localhost")
    page = sits(None)
    cdp, chip = authenticator(page)
    _sign_in(page, here)
    page.goto(f"{here}/accounts/2fa/webauthn/add/")
    if "reauthenticate" in page.url:
        page.get_by_label("Password").fill(PASSWORD)
        page.locator("form").get_by_role("button").first.click()
        page.wait_for_url("**/webauthn/add/**")
    page.get_by_label("Name").fill("Laptop")
    page.get_by_label("Sign in with it alone").check()
    page.get_by_role("button", name="Add passkey").click()
    page.wait_for_url(lambda url: "webauthn/add" not in url)
    assert len(cdp.send("WebAuthn.getCredentials", {"authenticatorId": chip})["credentials"]) == 1

    page.context.clear_cookies()
    page.goto(f"{here}/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(lambda url: "/accounts/login" not in url)
    page.goto(f"{here}/me/")
    assert page.get_by_role("heading", level=1).is_visible()
    assert "petra" in page.content()


def _sign_in(page, here):
    page.goto(f"{here}/accounts/login/")
    page.get_by_label("E-mail").fill("petra@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: urlsplit(url).path == "/")
