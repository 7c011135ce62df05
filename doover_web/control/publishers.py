"""Which publisher a build server's proof speaks for (`control-api §8`)."""

from doover_web.identity.models import Agent

from .models import TrustedPublisher

PLACE = "/.github/workflows/"


def agent_for(provider: str, claims: dict) -> Agent | None:
    """Who publishes for the repository in these claims, which were proved; None when nobody's application trusts it.

    One that names the workflow comes before one that leaves it open, and whoever named the repository first before
    those who did later: nobody takes a repository from another by naming it too.
    """
    owner, slash, name = str(claims.get("repository", "")).partition("/")
    if not slash:
        return None
    named = TrustedPublisher.objects.filter(
        provider=provider,
        repository_owner__iexact=owner,
        repository_name__iexact=name,
        workflow__in=["", *_workflows(claims)],
        applications__archived_at=None,
        applications__isnull=False,
        agent__archived_at=None,
    )
    first = named.select_related("agent__organisation").order_by("-workflow", "created_at", "id").first()
    return first.agent if first else None


def _workflows(claims: dict) -> list[str]:
    """How a publisher may name the workflow that ran, `owner/name/.github/workflows/ci.yml@refs/heads/main`."""
    name = str(claims.get("workflow_ref", "")).partition("@")[0].partition(PLACE)[2]
    return [name, f"{PLACE[1:]}{name}"]
