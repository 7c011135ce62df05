"""Tokens of functions in the cloud (`data-api §13.1`): rights of their own, for long or for a while."""

from datetime import timedelta

from django.utils import timezone

from doover_web.common.secrets import new_secret

from ..auth import PROCESSOR_PREFIX, Caller
from ..models import Agent, Token
from .token import LONGEST_NAME, record, store


def create_trigger_token(*, agent: Agent, name: str, by: Caller | None) -> tuple[Token, str]:
    """A long-lived token that opens nothing but what its trigger is for, and its secret. Recorded."""
    secret = new_secret(PROCESSOR_PREFIX)
    kept = {"name": name[:LONGEST_NAME], "scope": Token.Scope.NONE, "permissions": []}
    token = store(agent, Token.Kind.PROCESSOR, secret, **kept)
    record("token.created", token, by)
    return token, secret


def create_working_token(*, parent: Token, permissions: list[dict], seconds: int) -> tuple[Token, str]:
    """What a function works with for `seconds`: it ends with `parent`, the token that it was exchanged for.

    `permissions` are entries as `given.listed` writes them. Every run makes one, so the audit log does not keep it.
    """
    secret = new_secret(PROCESSOR_PREFIX)
    ends = timezone.now() + timedelta(seconds=seconds)
    kept = {"name": parent.name, "expires_at": ends, "parent": parent, "permissions": permissions}
    return store(parent.agent, Token.Kind.PROCESSOR, secret, **kept), secret
