"""What the tests of signing in share: the command line's requests and a site of somebody else's."""

import base64
import hashlib
from urllib.parse import parse_qs, urlencode, urlsplit

from allauth.idp.oidc.models import Client as Application
from django.test import Client

from doover_web.identity.clients import COMMAND_LINE

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
CALLBACK = "https://site.example/callback"
VERIFIER = "a-verifier-that-nobody-can-guess-0123456789-abcdefg"


def in_query(path, **parameters):
    """As the published clients ask: everything in the query string, an empty body."""
    return Client().post(f"{path}?{urlencode(parameters)}", b"", content_type="application/octet-stream")


def in_form(path, *, basic=None, **parameters):
    headers = {}
    if basic:
        headers["authorization"] = "Basic " + base64.b64encode(":".join(basic).encode()).decode()
    form = urlencode(parameters)
    return Client().post(path, form, content_type="application/x-www-form-urlencoded", headers=headers)


def refused(response, error, status=400):
    body = response.json()
    assert (response.status_code, body.get("error")) == (status, error), body
    assert body["error_description"]
    assert response["Cache-Control"] == "no-store"
    return True


def browser_of(user):
    client = Client(enforce_csrf_checks=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def site(*, scopes="openid profile email read", kind=Application.Type.PUBLIC, grants=("authorization_code",), **fields):
    """Somebody else's application; its secret is "hush"."""
    made = Application(
        name="Rain Charts",
        type=kind,
        scopes="\n".join(scopes.split()),
        grant_types="\n".join(grants),
        redirect_uris=CALLBACK,
        **fields,
    )
    made.set_secret("hush")
    made.save()
    return made


def challenge_of(verifier):
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def authorize_url(application, **changes):
    asked = {
        "response_type": "code",
        "client_id": application.id,
        "redirect_uri": CALLBACK,
        "scope": "openid read",
        "state": "xyz",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
        **changes,
    }
    return "/oauth2/authorize?" + urlencode({key: value for key, value in asked.items() if value is not None})


def consent(browser, url, action="grant"):
    """Say yes on the page behind `url`; what the browser is sent back with."""
    page = browser.get(url)
    assert page.status_code == 200, page.content
    form = page.context["form"]
    scopes = [scope for scope, _ in form.fields["scopes"].choices]
    answer = browser.post("/oauth2/authorize", {"request": form["request"].value(), "scopes": scopes, "action": action})
    assert answer.status_code == 302
    return {key: values[0] for key, values in parse_qs(urlsplit(answer["Location"]).query).items()}


def device_codes(**more):
    asked = {"client_id": COMMAND_LINE, "scope": "offline_access", "metaData.device.name": "Doover CLI - Python"}
    return in_query("/oauth2/device_authorize", **{**asked, **more})


def poll(code, client_id=COMMAND_LINE):
    return in_query("/oauth2/token", grant_type=DEVICE_GRANT, device_code=code, client_id=client_id)
