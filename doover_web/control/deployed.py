"""What became of installs: their deployments, which are rows of the package above this one."""

from django.apps import apps
from django.db.models import CharField, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Cast

from .models import AppInstall


def deployments() -> QuerySet:
    """Every deployment, the newest first."""
    return apps.get_model("deployments", "Deployment")._default_manager.order_by("-id")


def with_newest(installs: QuerySet[AppInstall]) -> QuerySet[AppInstall]:
    """These installs, each with its newest deployment (a list of one or none) as `newest`, and as `before_archive` the
    id of the one that an archived install goes back to."""
    of_each = deployments().filter(install=OuterRef("pk"), action="deploy")
    going_back = Subquery(of_each.values("id")[:1])
    return installs.annotate(before_archive=Cast(going_back, CharField())).prefetch_related(
        Prefetch("deployments", queryset=deployments()[:1], to_attr="newest")
    )


def of_status(installs: QuerySet[AppInstall], status: str) -> QuerySet[AppInstall]:
    """Those whose newest deployment has this status."""
    newest = deployments().filter(install=OuterRef("pk")).values("status")[:1]
    return installs.annotate(newest_status=Subquery(newest)).filter(newest_status=status)


def standing_config(install: AppInstall) -> dict | None:
    """What an install runs with: the block of its newest deployment that succeeded; None when it never did."""
    found = deployments().filter(install=install, action="deploy", status="SUC").first()
    return found.deployment_config if found else None
