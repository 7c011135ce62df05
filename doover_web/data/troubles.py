"""What the database means when it ends a batch."""

from django.db import InterfaceError, OperationalError, connection


def met_others(problem: Exception) -> bool:
    """Whether it ended this batch, not its connection, in favour of another (a deadlock, for one)."""
    state = getattr(problem.__cause__, "sqlstate", None) or ""
    return isinstance(problem, OperationalError) and state.startswith("40")


def is_lost(problem: Exception) -> bool:
    """Whether it is gone, or stopped this batch for reasons that are not in its writes."""
    if not isinstance(problem, OperationalError | InterfaceError):
        return False
    if not connection.in_atomic_block:
        connection.close()
    return True
