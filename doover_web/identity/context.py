"""From where the current request comes; what is done in its course is recorded with it."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """`address` is the peer's, or what a trusted proxy says it is."""

    address: str | None = None
    user_agent: str = ""


NOWHERE = Origin()
origin: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)
