"""The audit log's entries about the use of tokens: few, however often a token is used.

A use is in the log once a day for each address, at most `MOST_ADDRESSES` of them; the refusal of a token that was valid
once, once an hour. What an access token is used for counts for the sign-in, client or trigger that it came from.
"""

import contextlib

from django.core.cache import cache
from django.utils import timezone
from redis.exceptions import RedisError

from . import audit
from .context import origin
from .models import Agent, AuditEntry, Token

SOURCE = "token"
MOST_ADDRESSES = 20  # of one token a day
REFUSED_EVERY = 3600  # seconds


def note_use(token: Token, caller) -> None:
    """Keep that a token is used from here today. Asked when its day or address changed, once a minute at most."""
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    root = token.parent or token
    entries = AuditEntry.objects.filter(
        subject_id=token.agent_id, action="token.used", at__gte=today, metadata__token=str(root.pk)
    )
    known = set(entries.order_by("-id").values_list("address", flat=True)[: MOST_ADDRESSES + 1])
    here = origin.get().address
    is_told = here in known if here else bool(known)  # an address that is not known is no other one
    if not is_told and len(known) < MOST_ADDRESSES:
        _record("token.used", root, token.agent, caller)


def note_refusal(token: Token, reason: str) -> None:
    """Keep that a token was refused that was valid once, once an hour for each token."""
    with contextlib.suppress(RedisError):
        if not cache.add(f"token-refused:{token.pk}", 1, REFUSED_EVERY):
            return
    _record("token.refused", token, token.agent, None, reason=reason)


def _record(action: str, token: Token, agent: Agent, caller, **more) -> None:
    audit.record(
        action,
        actor=caller,
        subject=agent,
        organisation_id=agent.organisation_id,
        source=SOURCE,
        kind=token.kind,
        token=str(token.pk),
        name=token.name,
        **more,
    )
