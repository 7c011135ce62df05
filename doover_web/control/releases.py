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
    versions = application.versions.order_by("-number")
    if not install.version:
        return Release(application, versions.filter(alpha=False).first())
    named = versions.filter(tag=install.version).first()
    if named is None and install.version.isascii() and install.version.isdigit():
        named = versions.filter(number=int(install.version[:9])).first()
    if named is None:
        raise BadRequest(f"{application} has no release {install.version!r}", code="no_release")
    return Release(application, named)
