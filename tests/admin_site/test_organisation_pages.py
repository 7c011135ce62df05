"""An organisation's settings, integrations and container registries in the admin portal."""

import html

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from doover_web.control.models import AppInstall, Application, Domain, RegistryProfile, Theme
from doover_web.identity.models import AuditEntry, Membership, OrganisationRole, Token
from doover_web.processors.actions import put_trigger
from doover_web.processors.models import IngestionEndpoint, Invocation

SETTINGS, REGISTRIES, INTEGRATIONS = (f"/admin-portal/{name}/" for name in ("settings", "registries", "integrations"))
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
GENERAL = {"do": "general", "name": "Tallow Creek", "retention_period": "30"}


def text_of(response) -> str:
    return html.unescape(response.content.decode())


@pytest.fixture
def install(creek):
    """A hook that systems outside call, installed on the organisation."""
    hook = Application.objects.create(organisation=creek, name="hook", display_name="Hook", type="INT")
    return AppInstall.objects.create(agent=creek.agent, application=hook, name="hook_1", display_name="Sim hook")


@pytest.fixture
def endpoint(creek, install):
    made = put_trigger(
        IngestionEndpoint, host=creek.agent, trigger_id=71, app_key="hook_1", permissions={}, values={}, by=None
    )
    return IngestionEndpoint.objects.get(pk=made.id)


def test_name_days_and_a_key_that_nobody_sees(browse, alice, creek):
    client = browse(alice)
    client.post(SETTINGS, {**GENERAL, "llm_api_key": "sk-amber"})
    creek.refresh_from_db()
    assert (creek.name, creek.retention_period, creek.llm_api_key) == ("Tallow Creek", 30, "sk-amber")
    client.post(SETTINGS, GENERAL)  # an empty key stays
    shown = text_of(client.get(SETTINGS))
    assert "One is kept" in shown
    assert "sk-amber" not in shown
    client.post(SETTINGS, {**GENERAL, "no_llm_api_key": "1"})
    creek.refresh_from_db()
    assert creek.llm_api_key == ""
    assert AuditEntry.objects.filter(action="organisation.edited").count() == 3


@pytest.mark.parametrize(
    "wrong", [{"name": " "}, {"retention_period": "soon"}, {"retention_period": "99999"}, {"llm_api_key": "x" * 300}]
)
def test_what_is_wrong_with_settings_changes_nothing(browse, alice, creek, wrong):
    response = browse(alice).post(SETTINGS, {**GENERAL, **wrong})
    assert response.status_code == 400
    assert 'role="alert"' in text_of(response)
    assert browse(alice).post(SETTINGS, {"do": "anything"}).status_code == 400
    kept = type(creek).objects.get(pk=creek.pk)
    assert (kept.name, kept.sealed_llm_key) == (creek.name, "")


def test_domains_come_lead_and_go(browse, alice, creek, mallory):
    client = browse(alice)
    for name in ("one.example.com", "two.example.com"):
        client.post(SETTINGS, {"do": "add", "hostname": name})
    first, second = Domain.objects.order_by("hostname")
    assert (first.is_default, second.is_default) == (True, False)
    client.post(SETTINGS, {"do": "default", "domain": second.id})
    assert Domain.objects.get(is_default=True) == second
    assert client.post(SETTINGS, {"do": "remove", "domain": second.id}).status_code == 409
    assert client.post(SETTINGS, {"do": "add", "hostname": "no host"}).status_code == 400
    assert browse(mallory).post(SETTINGS, {"do": "remove", "domain": first.id}).status_code == 400
    client.post(SETTINGS, {"do": "remove", "domain": first.id})
    assert list(Domain.objects.all()) == [second]
    assert "two.example.com" in text_of(client.get(SETTINGS))


def test_colours_are_tried_before_they_are_kept(browse, alice, creek, django_capture_on_commit_callbacks):
    client, chosen = browse(alice), {"navbar_colour": "#103050", "navbar_text_colour": "#203040"}
    tried = text_of(client.post(SETTINGS, {"do": "try", **chosen}))
    assert "tried.css?" in tried
    assert 'value="#103050"' in tried
    assert not Theme.objects.exists()
    assert "--dv-org-bar-bg" in text_of(client.get(SETTINGS + "tried.css", chosen))
    told = text_of(client.get(SETTINGS + "contrast/", chosen))
    assert "contrast 1.0 to 1 — too little" in told
    assert "Drawn as #12283e, so that texts" in told
    assert "Drawn as" not in text_of(client.get(SETTINGS + "contrast/", {"navbar_colour": "#111822"}))
    assert "Drawn as" not in text_of(client.get(SETTINGS))
    with django_capture_on_commit_callbacks(execute=True):
        client.post(SETTINGS, {"do": "theme", **chosen, "site_logo": SimpleUploadedFile("logo.png", PNG)})
    theme = Theme.objects.get()
    assert (theme.navbar_colour, theme.site_logo is None) == ("#103050", False)
    assert f"/themes/{creek.id}/site_logo/" in text_of(client.get(SETTINGS))
    client.post(SETTINGS, {"do": "theme", "no_site_logo": "1"})
    assert Theme.objects.get().site_logo is None
    assert client.post(SETTINGS, {"do": "theme", "accent_colour": "red;}"}).status_code == 400
    picture = SimpleUploadedFile("a.png", b"<html>")
    assert client.post(SETTINGS, {"do": "theme", "banner_image": picture}).status_code == 400


def test_each_part_is_for_who_may_change_it(browse, alice, creek):
    role = OrganisationRole.objects.create(organisation=creek, name="Painter", flags=["theme_manage"])
    Membership.objects.filter(user=alice).update(role=role)
    client = browse(alice)
    shown = text_of(client.get(SETTINGS))
    assert "Save theme" in shown
    assert "Add domain" not in shown
    assert "Days to keep data" not in shown
    assert client.post(SETTINGS, GENERAL).status_code == 403
    assert client.post(SETTINGS, {"do": "add", "hostname": "one.example.com"}).status_code == 403


def test_a_registry_keeps_its_password_to_itself(browse, alice, creek):
    client = browse(alice)
    fields = {"name": "Images", "url": "registry.example", "username": "tallow", "password": "amber-word"}
    made = client.post(f"{REGISTRIES}0/", fields)
    one = RegistryProfile.objects.get()
    assert (one.password, made["Location"]) == ("amber-word", f"{REGISTRIES}{one.id}/")
    Application.objects.create(organisation=creek, name="well", type="DEV", container_registry_profile=one)
    client.post(f"{REGISTRIES}{one.id}/", {**fields, "name": "Pictures", "password": ""})
    one.refresh_from_db()
    assert (one.name, one.password) == ("Pictures", "amber-word")
    shown = text_of(client.get(f"{REGISTRIES}{one.id}/"))
    assert "amber-word" not in shown
    assert "Used by" in shown
    assert client.post(f"{REGISTRIES}0/", {**fields, "name": "Pictures"}).status_code == 409
    refused = client.post(f"{REGISTRIES}{one.id}/", {**fields, "url": ""})
    assert (refused.status_code, "must not be empty" in text_of(refused)) == (400, True)
    client.post(f"{REGISTRIES}{one.id}/", {"do": "archive"})
    assert "Pictures" not in text_of(client.get(REGISTRIES))
    assert "Pictures" in text_of(client.get(REGISTRIES + "?archived=1"))


def test_who_may_not_change_a_registry(browse, bob, mallory, creek):
    one = RegistryProfile.objects.create(organisation=creek, name="Images", url="registry.example")
    for client, status in ((browse(bob), 403), (browse(mallory), 404)):
        assert client.post(f"{REGISTRIES}{one.id}/", {"name": "x"}).status_code == status
    assert browse(mallory).get(f"{REGISTRIES}{one.id}/").status_code == 404


def test_a_token_is_replaced_and_shown_once(sits, alice, creek, install, endpoint):
    client, here = sits(alice), f"{INTEGRATIONS}{install.id}/"
    Invocation.objects.create(function=endpoint.function, endpoint=endpoint, op="x", content_type="text/amber")
    shown = text_of(client.get(here))
    assert f"/api/agents/{creek.id}/processors/ingestions/71/invoke" in shown
    assert "text/amber" in shown
    old = endpoint.token
    told = text_of(client.post(here, {"do": "renew", "endpoint": "71"}))
    endpoint.refresh_from_db()
    secret = told.split('<code class="dv-secret" tabindex="0">')[1].split("<")[0]
    assert Token.objects.by_secret(secret, "processor").get() == endpoint.token
    assert Token.objects.get(pk=old.pk).revoked_at is not None
    assert secret not in text_of(client.get(here))
    assert AuditEntry.objects.filter(action="processor.token_renewed").count() == 1
    for asked in ({"do": "renew", "endpoint": "72"}, {"do": "renew", "endpoint": ""}, {"do": "x"}):
        assert client.post(here, asked).status_code in (400, 404)


def test_only_its_managers_see_an_integration(sits, browse, alice, bob, mallory, install, endpoint):
    here = f"{INTEGRATIONS}{install.id}/"
    assert "Sim hook" in text_of(browse(alice).get(INTEGRATIONS))
    assert browse(alice).get(here).status_code == 302  # to the page that asks for the password
    assert [sits(who).get(here).status_code for who in (bob, mallory)] == [403, 404]
    assert sits(mallory).post(here, {"do": "renew", "endpoint": "71"}).status_code == 404


def test_queries_stay_level(browse, sits, alice, creek, install, endpoint, statements):
    client = sits(alice)
    pages = (SETTINGS, REGISTRIES, INTEGRATIONS, f"{INTEGRATIONS}{install.id}/")
    RegistryProfile.objects.create(organisation=creek, name="first", url="x")
    Domain.objects.create(organisation=creek, hostname="first.example")
    for here in pages:
        client.get(here)
    few = [statements(lambda here=here: client.get(here)) for here in pages]
    for number in range(8):
        made = {"app_key": "hook_1", "permissions": {}, "values": {}, "by": None}
        put_trigger(IngestionEndpoint, host=creek.agent, trigger_id=100 + number, **made)
        RegistryProfile.objects.create(organisation=creek, name=f"more {number}", url="x")
        Domain.objects.create(organisation=creek, hostname=f"more-{number}.example")
        AppInstall.objects.create(
            agent=creek.agent, application=install.application, name=f"hook_{number}_x", display_name="More"
        )
    assert [statements(lambda here=here: client.get(here)) for here in pages] == few
