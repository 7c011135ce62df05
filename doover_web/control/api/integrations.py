"""Integrations: installs of `INT` applications on the organisation (`control-api §3.11`)."""

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router

from doover_web.processors.models import IngestionEndpoint

from ..actions.install import sync_profiles
from ..models import AppInstall, Application
from ._generated import Integration as IntegrationOut
from ._generated import IntegrationIn
from .app_installs import FILTERS, ApplicationRef
from .bodies import fields_of
from .on_organisation import Verbs, basics, installs_of
from .resource import Resource

router = Router(tags=["integrations"])


class IntegrationAnswer(IntegrationOut):
    application: ApplicationRef  # type: ignore[assignment]


def rows(request: HttpRequest) -> QuerySet[AppInstall]:
    return installs_of(request, Application.Type.INTEGRATION)


def shape(request: HttpRequest, install: AppInstall) -> dict:
    return {**basics(request, install), "ingestion_endpoints": _doors(request, install)}


def sync_config_profiles(request: HttpRequest, install: AppInstall) -> AppInstall:
    """Take the settings that the body names, if it does, and deploy what comes of them."""
    given = fields_of(request, IntegrationIn, partial=True)
    wanted = {name: given[name] for name in ("deployment_config",) if name in given}
    sync_profiles(install=install, fields=wanted, profiles=None, by=request.auth)
    return rows(request).get(pk=install.pk)


def _doors(request: HttpRequest, install: AppInstall) -> list[dict]:
    """Where outside systems call. A token is shown where it is made, once; the integration's page makes a new one."""
    known = getattr(request, "doors_of_installs", None)
    if known is None:
        known = {}
        found = IngestionEndpoint.objects.filter(function__agent__in=rows(request).values("agent"))
        for one in found.select_related("function"):
            known.setdefault((one.function.agent_id, one.function.app_key), []).append(one.id)
        request.doors_of_installs = known  # type: ignore[attr-defined]
    base = f"{settings.PUBLIC_URL}/api/agents/{install.agent_id}/processors/ingestions"
    doors = known.get((install.agent_id, install.name), [])
    return [{"id": str(one), "url": f"{base}/{one}/invoke", "token": ""} for one in sorted(doors)]


verbs = Verbs(rows)
integrations = Resource(
    router=router,
    path="/integrations/",
    name="integrations",
    rows=rows,
    shape=shape,
    out=IntegrationAnswer,
    body=IntegrationIn,
    search=["name", "display_name"],
    order={"id": "pk", "name": "name", "display_name": "display_name"},
    filters=FILTERS,
    create=verbs.create,
    change=verbs.change,
    delete=verbs.delete,
    archive=verbs.archive,
    unarchive=verbs.unarchive,
)
integrations.action("sync_config_profiles", sync_config_profiles)
