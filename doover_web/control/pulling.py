"""What a device pulls the images of its applications with (`control-api §8`, `edge §7.2`)."""

from urllib.parse import urlsplit

from doover_web.common.wire import BadRequest, NotFound
from doover_web.identity.auth import Caller
from doover_web.identity.models import Agent

from .models import AppInstall, Application, RegistryProfile

DOCKER_HUB = "docker.io"


def pull_credentials(*, application_id: int, by: Caller) -> dict[str, str]:
    """Registry, repository, user and password for an application that the calling device has installed. NotFound for
    an application it has not; BadRequest where there is nothing to give."""
    application = _installed(application_id, by)
    if not application.image_name:
        raise BadRequest(f"{application} runs from no image", code="no_image")
    registry, repository = image_parts(application.image_name)
    profile = application.container_registry_profile
    if by.kind != Agent.Kind.DEVICE:
        raise BadRequest("The image lies in another registry; sign in there", code="other_registry")
    if profile is None or profile.archived_at is not None or not _is_of(profile, registry, repository):
        raise BadRequest("The image is pulled without credentials", code="no_credentials")
    return {
        "registry": registry,
        "repository": repository,
        "username": profile.username,
        "password": profile.password,
    }


def image_parts(image: str) -> tuple[str, str]:
    """`registry.example:5000/team/app:1` → (`registry.example:5000`, `team/app`), as container engines read names."""
    name = image.partition("@")[0]
    first, slash, rest = name.partition("/")
    is_host = bool(slash) and ("." in first or ":" in first or first == "localhost")
    registry, path = (first, rest) if is_host else (DOCKER_HUB, name)
    folder, slash, last = path.rpartition("/")
    return registry, folder + slash + last.partition(":")[0]


def _installed(application_id: int, by: Caller) -> Application:
    rows = Application.objects.select_related("container_registry_profile").filter(pk=application_id)
    if by.kind == Agent.Kind.DEVICE:
        there = AppInstall.objects.in_use().filter(agent_id=by.agent_id).values("application_id")
        rows = rows.filter(pk__in=there)
    else:
        rows = rows.filter(pk__in=Application.objects.visible_to(by.standing).values("pk"))
    found = rows.first()
    if found is None:
        raise NotFound("There is no such application")
    return found


def _is_of(profile: RegistryProfile, registry: str, repository: str) -> bool:
    """Whether an image lies where the profile is for; its password goes nowhere else."""
    address = profile.url if "//" in profile.url else f"//{profile.url}"
    parts = urlsplit(address)
    path = parts.path.strip("/")
    path = "" if path in ("v1", "v2") else path
    host = parts.netloc.rpartition("@")[2].lower()
    same_host = host == registry.lower() or (registry == DOCKER_HUB and host.endswith(DOCKER_HUB))
    return same_host and (not path or repository == path or repository.startswith(f"{path}/"))
