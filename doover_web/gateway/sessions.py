"""Sessions of the gateway: their ids and secrets, and how a dropped one is taken up again (`data-api §15.3`)."""

from dataclasses import asdict, dataclass, field

from django.core.cache import cache

from doover_web.common import snowflake
from doover_web.common.secrets import hash_secret, new_secret, same
from doover_web.identity.ids import minter

RESUMABLE_SECONDS = 60


@dataclass(slots=True)
class Session:
    """What a client may come back to: who it is, how it identified, and what it watched."""

    id: int
    agent_id: int
    token_hash: str
    organisation_id: str | None = None
    default: bool = False
    pages: bool = False
    subscriptions: list[dict] = field(default_factory=list)


def new_session(agent_id: int) -> tuple[Session, str]:
    """A session and its secret; only the hash is kept."""
    token = new_secret("dvs")
    return Session(minter.mint(snowflake.SESSION), agent_id, hash_secret(token)), token


def new_token(session: Session) -> str:
    """Another secret for a session that was taken up again; the old one opens nothing any more."""
    token = new_secret("dvs")
    session.token_hash = hash_secret(token)
    return token


def keep(session: Session) -> None:
    """Hold a dropped session for a minute."""
    cache.set(_key(session.id), asdict(session), RESUMABLE_SECONDS)


def take_up(session_id: str, token: str, agent_id: int) -> Session | None:
    """The dropped session behind an id and a secret; None when it is gone, somebody else's, or taken already."""
    if not (session_id.isascii() and session_id.isdigit()) or len(session_id) > 19:
        return None
    kept = cache.get(_key(int(session_id)))
    if kept is None or kept["agent_id"] != agent_id or not same(kept["token_hash"], hash_secret(token)):
        return None
    return Session(**kept) if cache.delete(_key(int(session_id))) else None


def _key(session_id: int) -> str:
    return f"gateway.session.{session_id}"
