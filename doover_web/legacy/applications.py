"""Applications of the catalogue, in the first generation's fields (`legacy-client-api §10`)."""

from typing import Any

from ninja import Router

from doover_web.common.message_key import key_of
from doover_web.common.wire import BadRequest, NotFound
from doover_web.control.actions.application import application_named, change_application, create_application
from doover_web.control.models import Application
from doover_web.identity.models import Organisation

from .door import answer, either_slash, object_of
from .translate import id_of

router = Router(tags=["applications"])
FIELDS = (
    "name",
    "display_name",
    "type",
    "visibility",
    "allow_many",
    "description",
    "long_description",
    "depends_on",
    "code_repo_key",
    "container_registry_profile_key",
    "repo_branch",
    "image_name",
    "config_schema",
    "deployment_data",
)


@either_slash(router, ["GET"], "/applications")
def list_applications(request):
    found = Application.objects.visible_to(request.auth.standing).in_use().select_related("organisation__agent")
    return answer([_out(one) for one in found.defer("deployment_data").order_by("name")])


@either_slash(router, ["POST"], "/applications")
def post_application(request):
    body = object_of(request)
    organisation = _owner(request.auth, body.get("owner_org_key"))
    return answer(_out(create_application(organisation=organisation, fields=_fields(body), by=request.auth)))


@either_slash(router, ["GET"], "/applications/{key}")
def get_application(request, key: str):
    return answer(_out(_found(request, key)))


@either_slash(router, ["PATCH"], "/applications/{key}")
def patch_application(request, key: str):
    application = _found(request, key)
    return answer(
        _out(change_application(application=application, fields=_fields(object_of(request)), by=request.auth))
    )


def _found(request, key: str) -> Application:
    if (named := key_of(key)) is not None:
        return application_named(request.auth, key=named)
    if (plain := id_of(key)) is not None:
        return application_named(request.auth, id=plain)
    raise NotFound("There is no such application")


def _owner(caller, key: Any) -> Organisation:
    """The organisation that the body names, else the one that the caller acts in."""
    if key is None:
        found = Organisation.objects.filter(pk=caller.organisation_id).first()
    else:
        found = Organisation.objects.filter(agent__key=key).first() if isinstance(key, str) and key_of(key) else None
        if found is not None and not caller.is_superuser and found.id not in caller.organisations:
            found = None
    if found is None:
        raise BadRequest("owner_org_key must be the key of one of your organisations", code="no_organisation")
    return found


def _fields(body: dict) -> dict[str, Any]:
    return {name: body[name] for name in FIELDS if name in body}


def _out(application: Application) -> dict:
    owner = application.organisation
    return {
        "key": str(application.key),
        "id": str(application.id),
        "name": application.name,
        "display_name": application.display_name,
        "type": application.type,
        "visibility": application.visibility,
        "allow_many": application.allow_many,
        "description": application.description,
        "long_description": application.long_description,
        "depends_on": application.depends_on,
        "owner_org_key": str(owner.agent.key) if owner else None,
        "code_repo_key": application.code_repo_key or None,
        "container_registry_profile_key": application.container_registry_profile_key or None,
        "repo_branch": application.repo_branch,
        "image_name": application.image_name,
        "config_schema": application.config_schema,
    }
