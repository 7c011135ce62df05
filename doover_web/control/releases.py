"""What of an application an install runs: a release of it, or what was uploaded last (`control-api §8`)."""

from dataclasses import dataclass

from doover_web.common.wire import BadRequest

from .models import AppInstall, Application, ApplicationVersion


@dataclass(frozen=True, slots=True)
class Release:
    """`version` None: the application was never released, and what it holds counts."""

    application: Application
    version: ApplicationVersion | None

    @property
    def _source(self) -> Application | ApplicationVersion:
        return self.version or self.application

    @property
    def config_schema(self) -> dict:
        return self._source.config_schema

    @property
    def ui_schema(self) -> dict:
        return self._source.ui_schema

    @property
    def image(self) -> str:
        return self._source.image_name

    @property
    def deployment_data(self) -> str | None:
        return self._source.deployment_data

    @property
    def widget_id(self) -> int | None:
        return self._source.widget_id


def release_of(install: AppInstall) -> Release:
    """The release the install is kept at, or the newest that is not an alpha. BadRequest when there is no such one."""
    application = install.application
    if not install.version:
        return Release(application, application.versions.filter(alpha=False).order_by("-number").first())
    named = release_named(application, install.version)
    if named is None:
        raise BadRequest(f"{application} has no release {install.version!r}", code="no_release")
    return Release(application, named)


def release_named(application: Application, name: str) -> ApplicationVersion | None:
    """The release with this tag, the newest of several, or with this number."""
    versions = application.versions.order_by("-number")
    found = versions.filter(tag=name).first()
    if found is None and name.isascii() and name.isdigit():
        return versions.filter(number=int(name[:9])).first()
    return found
