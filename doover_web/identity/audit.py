"""Recording who did what (`control-api §5.5`)."""

from typing import Any

from .context import origin
from .models import AuditEntry


def record(
    action: str,
    *,
    actor=None,
    subject=None,
    organisation_id: int | None = None,
    source: str = "control",
    **metadata: Any,
) -> AuditEntry:
    """Keep one entry: `actor` is a Caller or None for nobody signed in, `subject` any model with an id.

    Written in the caller's transaction: what is rolled back was never done.
    """
    here = origin.get()
    return AuditEntry.objects.create(
        action=action,
        actor_id=actor.agent_id if actor else None,
        actor_name=actor.name if actor else "",
        assumed_by_id=actor.assumed_by_id if actor else None,
        assumed_by_name=actor.assumed_by_name if actor else "",
        subject_kind=type(subject).__name__.lower() if subject is not None else "",
        subject_id=subject.pk if subject is not None else None,
        subject_name=str(subject)[:255] if subject is not None else "",
        organisation_id=organisation_id,
        source=source,
        address=here.address,
        user_agent=here.user_agent[:255],
        metadata=metadata,
    )
