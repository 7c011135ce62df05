"""Named partial configurations of an application (`control-api §3.7`)."""

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router

from doover_web.identity.permissions import may_administer

from ..actions.config_profile import change_profile, create_profile, delete_profile
from ..models import ConfigProfile
from ..values import wrong
from ._generated import ApplicationConfigProfile as ProfileOut
from ._generated import ApplicationConfigProfileIn as ProfileIn
from .applications import ApplicationAnswer, applications
from .applications import shape as application_shape
from .fleet_shapes import shown
from .resource import Resource
from .scope import organisation_to_write, owned
from .shapes import organisation_ref

router = Router(tags=["applications"])


class ProfileAnswer(ProfileOut):
    application: ApplicationAnswer  # type: ignore[assignment]


def rows(request: HttpRequest, application: int) -> QuerySet[ConfigProfile]:
    """The profiles that the organisations of the call have for this application."""
    of = applications.find(request, id=application)
    request.application = of  # type: ignore[attr-defined]
    seen = ConfigProfile.objects.visible_to(request.auth.standing).filter(owned(request), application=of)
    return seen.select_related("organisation", "application")


def shape(request: HttpRequest, profile: ConfigProfile) -> dict:
    manages = may_administer(request.auth.standing, profile.organisation_id, "applications_manage")
    return {
        "id": str(profile.id),
        "organisation": organisation_ref(profile.organisation),
        "display_name": profile.display_name,
        "description": profile.description,
        "deployment_config": shown(profile.deployment_config, manages),
        "application": {**application_shape(request, request.application), "deployment_data": None},  # type: ignore[attr-defined]
    }


def create(request: HttpRequest, given: dict, application: int) -> ConfigProfile:
    of = applications.find(request, id=application)
    request.application = of  # type: ignore[attr-defined]
    _check_same(given, of.id)
    return create_profile(application=of, organisation=organisation_to_write(request), fields=given, by=request.auth)


def change(request: HttpRequest, profile: ConfigProfile, given: dict) -> ConfigProfile:
    _check_same(given, profile.application_id)
    return change_profile(profile=profile, fields=given, by=request.auth)


def delete(request: HttpRequest, profile: ConfigProfile) -> None:
    delete_profile(profile=profile, by=request.auth)


def _check_same(given: dict, application_id: int) -> None:
    if given.get("application_id") not in (None, application_id):
        raise wrong("application_id", "is another application than the address names")


Resource(
    router=router,
    path="/applications/{int:application}/config_profiles/",
    name="applications_config_profiles",
    rows=rows,
    shape=shape,
    out=ProfileAnswer,
    body=ProfileIn,
    search=["display_name"],
    order={"id": "pk", "name": "display_name", "display_name": "display_name"},
    create=create,
    change=change,
    delete=delete,
)
