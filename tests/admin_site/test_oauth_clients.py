"""Platform administrators register the applications that people sign in with; so does the command line."""

import html
import io
import re

import pytest
from allauth.idp.oidc.adapter import get_adapter
from allauth.idp.oidc.models import Client as Application
from django.core.management import CommandError, call_command

from doover_web.identity.actions.application import checked_address
from doover_web.identity.auth import issue_access_token
from doover_web.identity.clients import COMMAND_LINE
from doover_web.identity.models import AuditEntry
from tests.conftest import Api
from tests.identity.oauth import CALLBACK, VERIFIER, authorize_url, browser_of, consent, in_form

SECRET = re.compile(r'<code class="dv-secret" tabindex="0">([^<]+)</code>')
HERE = "/admin-portal/oauth-clients/"
FORM = {
    "do": "save",
    "name": "Rain Charts",
    "kind": "confidential",
    "addresses": f"{CALLBACK}\r\n",
    "grants": ["authorization_code"],
    "scopes": ["openid", "read"],
}


def shown(answer) -> list[str]:
    """What the page shows once; a secret may hold any sign."""
    return [html.unescape(one) for one in SECRET.findall(answer.content.decode())]


@pytest.fixture
def made(sits, root):
    """Client id and secret of an application that was registered on the page."""
    answer = sits(root).post(f"{HERE}new/", FORM)
    assert answer.status_code == 200, answer.content
    return shown(answer)


def test_registered_and_signed_in_with(made, alice):
    client_id, secret = made
    application = Application.objects.get(pk=client_id)
    code = consent(browser_of(alice), authorize_url(application))["code"]
    asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}

    assert in_form("/oauth2/token", basic=(client_id, "wrong"), **asked).status_code == 401
    assert in_form("/oauth2/token", basic=(client_id, secret), **asked).status_code == 200


def test_its_secret_is_not_shown_again(made, sits, root):
    client_id, secret = made
    for address in (HERE, f"{HERE}{client_id}/"):
        assert secret not in sits(root).get(address).content.decode()
    assert secret not in str(Application.objects.values())
    assert secret not in str(list(AuditEntry.objects.values()))
    assert AuditEntry.objects.filter(action="application.registered", actor_id=root.id).count() == 1


def test_a_new_secret(made, sits, root):
    client_id, old = made

    [same, new] = shown(sits(root).post(f"{HERE}{client_id}/", {"do": "secret"}))

    application = Application.objects.get(pk=client_id)
    assert (same, application.check_secret(new), application.check_secret(old)) == (client_id, True, False)


def test_a_secret_needs_no_encoding_anywhere():
    """Libraries differ on whether a secret is encoded before it goes into a header."""
    assert all(re.fullmatch(r"[\w-]{40,}", get_adapter().generate_client_secret(), re.ASCII) for _ in range(20))


def test_changed(made, sits, root):
    client_id, _ = made
    form = {**FORM, "name": "Rain", "scopes": ["openid", "offline_access"], "grants": ["authorization_code"]}

    assert sits(root).post(f"{HERE}{client_id}/", form).status_code == 302

    application = Application.objects.get(pk=client_id)
    assert application.name == "Rain"
    assert application.get_grant_types() == ["authorization_code", "refresh_token"]
    assert application.get_scopes() == ["openid", "offline_access"]


def test_ended_with_everything_that_it_holds(made, sits, root, alice, pump):
    client_id, _ = made
    application = Application.objects.get(pk=client_id)
    token, _ = issue_access_token(alice, client=application, scope="read")
    assert Api(token).get(f"/api/agents/{pump.id}/channels").status_code == 200
    assert "1 person signed in" in sits(root).get(f"{HERE}{client_id}/").content.decode()

    assert sits(root).post(f"{HERE}{client_id}/", {"do": "remove"}).status_code == 302

    assert Api(token).get(f"/api/agents/{pump.id}/channels").status_code == 401
    assert sits(root).get(f"{HERE}{client_id}/").status_code == 404


def test_for_platform_administrators(made, sits, alice):
    for address in (HERE, f"{HERE}new/", f"{HERE}{made[0]}/"):
        assert sits(alice).get(address).status_code == 404
    assert sits(alice).post(f"{HERE}new/", FORM).status_code == 404
    assert sits(alice).post(f"{HERE}{made[0]}/", {"do": "remove"}).status_code == 404
    assert Application.objects.filter(pk=made[0]).exists()


def test_the_command_lines_own_is_fixed(sits, root):
    page = sits(root)
    assert "Built in" in page.get(HERE).content.decode()
    for do in ("save", "secret", "remove"):
        assert page.post(f"{HERE}{COMMAND_LINE}/", {**FORM, "do": do}).status_code == 400
    assert Application.objects.get(pk=COMMAND_LINE).name == "Doover CLI"


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"name": "a\x00b"},
        {"addresses": ""},
        {"addresses": "javascript:alert(1)"},
        {"addresses": "\n".join(f"https://a.example/{n}" for n in range(21))},
        {"grants": []},
        {"grants": ["client_credentials"]},
        {"grants": ["urn:ietf:params:oauth:grant-type:device_code"]},
        {"scopes": []},
        {"scopes": ["root"]},
    ],
)
def test_what_does_not_fit(sits, root, change):
    refused = sits(root).post(f"{HERE}new/", {**FORM, **change})

    assert refused.status_code == 400
    assert "dv-command is-bad" in refused.content.decode()
    assert not Application.objects.exists()


@pytest.mark.parametrize(
    "address",
    ["https://a.example/cb?x=1", "http://localhost:8080/cb", "http://[::1]:1/", "com.example.app:/cb"],
)
def test_addresses_to_come_back_to(address):
    assert checked_address(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "http://a.example/cb",
        "http://localhost.evil.example/",
        "https://*.example/cb",
        "https://a.example/#x",
        "https://",
        "https://user@a.example/",
        "https://[::1",
        "javascript:alert(1)",
        "data:text/html,x",
        "app:/cb",
        "//a.example/",
        "https://a.example/\u202e",
        "https://a.example:99999/",
        "https://a.example/" + "x" * 500,
    ],
)
def test_addresses_that_nobody_comes_back_to(address):
    with pytest.raises(Exception, match=r"address|must be"):
        checked_address(address)


def test_the_list_costs_the_same(sits, root, statements):
    page = sits(root)
    page.get(HERE)  # the first look registers the command line's own
    for number in range(3):
        Application.objects.create(name=f"A{number}")
    few = statements(lambda: page.get(HERE))
    for number in range(6):
        Application.objects.create(name=f"B{number}")

    assert statements(lambda: page.get(HERE)) == few


def told(*args):
    out = io.StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


def test_the_same_from_the_command_line(db):
    given = ("--name", "Rain", "--redirect", CALLBACK, "--confidential", "--scope", "openid")
    made = dict(line.split("=", 1) for line in told("oauth_client", "add", *given).splitlines())
    client_id = made["client_id"]
    assert Application.objects.get(pk=client_id).check_secret(made["client_secret"])

    assert f"{client_id}  confidential  Rain  {CALLBACK}" in told("oauth_client", "list")
    assert "client_secret=" in told("oauth_client", "secret", client_id)
    told("oauth_client", "edit", client_id, "--name", "Rain Charts")
    application = Application.objects.get(pk=client_id)
    assert (application.name, application.get_redirect_uris()) == ("Rain Charts", [CALLBACK])
    told("oauth_client", "remove", client_id)
    assert not Application.objects.filter(pk=client_id).exists()


@pytest.mark.parametrize(
    "args",
    [
        ("oauth_client", "edit", "nobody"),
        ("oauth_client", "remove", COMMAND_LINE),
        ("oauth_client", "add", "--name", "x"),
        ("oauth_client", "add", "--name", "x", "--redirect", "http://a.example"),
        ("client_credentials", "5", "--name", "x"),
        ("client_credentials", str(10**30), "--name", "x"),
    ],
)
def test_a_command_that_cannot_be_done(db, args):
    with pytest.raises(CommandError):
        told(*args)


def test_client_credentials_from_the_command_line(pump, creek):
    for agent in (pump, creek):
        made = told("client_credentials", str(agent.id), "--name", "Copier")
        made = dict(line.split("=", 1) for line in made.splitlines())
        grant = {"grant_type": "client_credentials", "scope": ""}
        answer = in_form("/api/oauth2/token", basic=(made["client_id"], made["client_secret"]), **grant)
        token = answer.json()["access_token"]
        assert Api(token).get(f"/api/agents/{pump.id}/channels").status_code == 200
