"""The applications that people sign in with: which there are, and what one is allowed at most."""

from allauth.idp.oidc.models import Client

from .models import Token

# Fixed in the published command line (`data-api §4.5`).
COMMAND_LINE = "08a9ae8c-0668-428b-a691-f7eaa526aca0"
API_SCOPES = (Token.Scope.READ, Token.Scope.CONTROL, Token.Scope.FULL)


def client_of(client_id: str) -> Client | None:
    """The application with this id. The command line's is known from the start."""
    if client_id == COMMAND_LINE:
        return command_line()
    if not 0 < len(client_id) <= 100 or "\x00" in client_id:
        return None
    return Client.objects.filter(pk=client_id).first()


def command_line() -> Client:
    """The client of the command line and of the profiles that it shares with the libraries."""
    grants = [Client.GrantType.DEVICE_CODE, Client.GrantType.REFRESH_TOKEN]
    scopes = ["openid", "profile", "email", "offline_access", *API_SCOPES]
    fields = {
        "name": "Doover CLI",
        "type": Client.Type.PUBLIC,
        "grant_types": "\n".join(grants),
        "response_types": "",
        "scopes": "\n".join(scopes),
        # It asks for offline_access alone and then works with everything its user may do.
        "default_scopes": "\n".join(["offline_access", Token.Scope.FULL]),
    }
    return Client.objects.get_or_create(pk=COMMAND_LINE, defaults=fields)[0]


def may(client: Client, grant: str) -> bool:
    return grant in client.get_grant_types()


def scope_of(client: Client, granted: list[str]) -> str:
    """What the APIs allow an application: the widest of the scopes it was granted, nothing when it asked for none."""
    if client.pk == COMMAND_LINE and not set(granted) & set(API_SCOPES):
        return Token.Scope.FULL
    return next((scope for scope in reversed(API_SCOPES) if scope in granted), Token.Scope.NONE)
