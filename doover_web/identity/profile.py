"""The profile block that the command line and the libraries sign in with (`data-api §4.8`)."""

from django.conf import settings

from .actions.token import create_personal_token, create_refresh_token
from .auth import issue_access_token
from .clients import COMMAND_LINE, command_line
from .models import Token, User

DAY = 86400


def profile_block(user: User, name: str, *, days: int) -> str:
    """A block for ~/.doover/config: a token, and what the clients renew it with for `days` days."""
    client = command_line()
    refresh, secret = create_refresh_token(agent=user.agent, client=client, name=f"Profile {name}", seconds=days * DAY)
    token, ends = issue_access_token(user, parent=refresh, client=client)
    # The clients ignore a profile with a line they do not know, so only what they read is here.
    lines = {
        "TOKEN": token,
        "TOKEN_EXPIRES": f"{ends.timestamp():.1f}",
        "AGENT_ID": user.agent_id,
        "BASE_URL": settings.PUBLIC_URL,
        "REFRESH_TOKEN": secret,
        "REFRESH_TOKEN_ID": refresh.id,
        "BASE_DATA_URL": f"{settings.PUBLIC_URL}/api",
        "AUTH_SERVER_URL": settings.PUBLIC_URL,
        "AUTH_SERVER_CLIENT_ID": COMMAND_LINE,
    }
    return _block(name, lines)


def first_generation_block(user: User, name: str, *, days: int) -> str:
    """The block that clients of the first generation read, with a personal token (`legacy-client-api §11`)."""
    told = {"name": f"Profile {name}", "scope": Token.Scope.FULL, "days": days}
    token, secret = create_personal_token(user=user, by=None, **told)
    assert token.expires_at is not None
    # All of these lines, in this order: a block of another shape stops the client, whichever profile it is asked for.
    lines = {
        "USERNAME": "",
        "PASSWORD": "",
        "TOKEN": secret,
        "TOKEN_EXPIRES": f"{token.expires_at.timestamp():.1f}",
        "AGENT_ID": user.agent.key,
        "BASE_URL": settings.PUBLIC_URL,
    }
    return _block(name, lines)


def _block(name: str, lines: dict) -> str:
    return "\n".join([f"[profile={name}]", *(f"{key}={value}" for key, value in lines.items())])
