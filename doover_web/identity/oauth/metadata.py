"""What a client reads first: where everything is, and the keys to check tokens with."""

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from .. import keys
from ..models import SigningKey

SCOPES = ["openid", "profile", "email", "offline_access", "read", "control", "full"]


@require_safe
def configuration(request: HttpRequest) -> JsonResponse:
    """The discovery document (OpenID Connect Discovery 1.0, RFC 8414)."""
    here = f"{settings.PUBLIC_URL}/oauth2"
    methods = ["client_secret_basic", "client_secret_post"]
    return _public(
        {
            "issuer": settings.PUBLIC_URL,
            "authorization_endpoint": f"{here}/authorize",
            "token_endpoint": f"{here}/token",
            "device_authorization_endpoint": f"{here}/device_authorize",
            "userinfo_endpoint": f"{here}/userinfo",
            "revocation_endpoint": f"{here}/revoke",
            "introspection_endpoint": f"{here}/introspect",
            "end_session_endpoint": f"{here}/logout",
            "jwks_uri": f"{settings.PUBLIC_URL}/.well-known/jwks.json",
            "scopes_supported": SCOPES,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": [
                "authorization_code",
                "client_credentials",
                "refresh_token",
                "urn:ietf:params:oauth:grant-type:device_code",
            ],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [keys.ALGORITHM],
            "code_challenge_methods_supported": ["S256"],
            "prompt_values_supported": ["none", "login", "consent"],
            "token_endpoint_auth_methods_supported": [*methods, "none"],
            "introspection_endpoint_auth_methods_supported": methods,
            "claims_supported": ["sub", "iss", "aud", "exp", "iat", "auth_time", "name", "email", "email_verified"],
        }
    )


@require_safe
def jwks(request: HttpRequest) -> JsonResponse:
    """The public half of every key whose tokens are accepted, the newest first."""
    keys.signing_key()
    pems = SigningKey.objects.order_by("-created_at").values_list("public_pem", flat=True)
    return _public({"keys": [keys.public_jwk(pem) for pem in pems]}, "max-age=300")


def _public(document: dict, cached: str = "max-age=60") -> JsonResponse:
    response = JsonResponse(document)
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = cached
    return response
