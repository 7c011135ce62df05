"""/publishers/mint-token/: a build server proves which repository it builds and gets a short token (`data-api §4.6`).

`TRUSTED_PUBLISHERS` lists the build servers that are believed, GitHub's alone unless set, and may say itself who
publishes for which proof; else `PUBLISHER_FINDER` is asked, which knows what people keep at `/publishers/`:

    [{"provider": "GH", "issuer": "https://token.actions.githubusercontent.com",
      "jwks_url": "https://token.actions.githubusercontent.com/.well-known/jwks",
      "publishers": [{"claims": {"repository": "creek/pump"}, "agent": "1234567890"}]}]
"""

import logging

import jwt
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt
from redis.exceptions import RedisError

from doover_web.common.secrets import hash_secret
from doover_web.common.wire import (
    JSON,
    BadRequest,
    Busy,
    Forbidden,
    NotFound,
    Refused,
    TooMany,
    parse_json,
    refusal_body,
)

from .. import audit
from ..auth import issue_access_token
from ..keys import header_of
from ..limits import Limit
from ..models import Agent
from .issuers import key_of

log = logging.getLogger(__name__)
ALGORITHMS = ["RS256", "ES256"]
AUDIENCE = "https://api.doover.com"
SECONDS = 900
# What the audit log keeps of the proof.
SHOWN = ("repository", "ref", "workflow", "actor", "run_id")
LONGEST_BODY = 32768
_refused = Limit("publisher", 30)


@csrf_exempt
def mint(request: HttpRequest) -> HttpResponse:
    """`{"provider": "GH", "token": "<JWT>"}` → `{"token": "<JWT>", "expiry": "…"}`."""
    if request.method != "POST":
        return HttpResponse(refusal_body(BadRequest("Send a POST request")), status=405, content_type=JSON)
    try:
        if _refused.reached():
            raise TooMany("Too many wrong tokens; wait a minute")
        return JsonResponse(_exchange(request))
    except Refused as refusal:
        if not isinstance(refusal, Busy | TooMany):
            _refused.count()
        response = HttpResponse(refusal_body(refusal), status=refusal.status, content_type=JSON)
        if isinstance(refusal, Busy | TooMany):
            response["Retry-After"] = "60"
        return response
    except (OperationalError, InterfaceError, RedisError):
        busy = Busy("Not available right now; try again")
        return HttpResponse(refusal_body(busy), status=busy.status, content_type=JSON)


def _exchange(request: HttpRequest) -> dict:
    provider, text = _asked(request)
    issuer = next((one for one in settings.TRUSTED_PUBLISHERS if one.get("provider") == provider), None)
    if issuer is None:
        raise NotFound("No such provider is trusted here; ask who runs this server to trust it", code="no_publisher")
    claims = _verified(text, issuer)
    agent = _agent_of(claims, issuer)
    if not cache.add(f"publisher-used:{hash_secret(text)}", 1, 3600):
        raise Forbidden("This token was exchanged before", code="token_used")
    minted, ends = issue_access_token(agent, SECONDS)
    shown = {
        name: claims[name] for name in ("repository", "ref", "workflow", "actor") if isinstance(claims.get(name), str)
    }
    audit.record("token.minted", subject=agent, organisation_id=agent.organisation_id, provider=provider, **shown)
    return {"token": minted, "expiry": ends.isoformat()}


def _asked(request: HttpRequest) -> tuple[str, str]:
    try:
        raw = request.body
    except RequestDataTooBig as problem:
        raise BadRequest("The body is too large") from problem
    if len(raw) > LONGEST_BODY:
        raise BadRequest("The body is too large")
    body = parse_json(raw, max_depth=5)
    provider, text = (body.get("provider"), body.get("token")) if isinstance(body, dict) else (None, None)
    if not isinstance(provider, str) or not isinstance(text, str):
        raise BadRequest("Send the provider's code as provider and its token as token")
    return provider, text


def _verified(text: str, issuer: dict) -> dict:
    """The claims of a token that the issuer signed for us. Forbidden says what is wrong with it."""
    try:
        key = key_of(issuer, str(header_of(text).get("kid", "")))
        return jwt.decode(
            text,
            key,
            algorithms=ALGORITHMS,
            issuer=issuer["issuer"],
            audience=issuer.get("audience", AUDIENCE),
            options={"require": ["exp", "iat", "iss", "aud"]},
            leeway=30,
        )
    except (jwt.PyJWTError, ValueError) as problem:
        log.info("A publisher's token was refused: %s", type(problem).__name__)
        raise Forbidden("The provider's token is not valid here, or has ended", code="bad_token") from problem


def _agent_of(claims: dict, issuer: dict) -> Agent:
    """The agent that publishes for the repository: the first entry whose claims are all there, else as people say."""
    for entry in issuer.get("publishers", ()):
        wanted = entry["claims"]
        if wanted and all(claims.get(name) == value for name, value in wanted.items()):
            agent = Agent.objects.in_use().filter(pk=int(entry["agent"])).first()
            if agent is not None:
                return agent
    agent = import_string(settings.PUBLISHER_FINDER)(issuer["provider"], claims)
    if agent is None:
        raise Forbidden("No application here is published by this repository", code="not_a_publisher")
    return agent
