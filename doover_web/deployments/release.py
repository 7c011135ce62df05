"""What of an application an install runs: a release of it, or what was uploaded last (`control-api §8`)."""

import base64
import io
import zipfile
from dataclasses import dataclass

from doover_web.common.wire import BadRequest
from doover_web.control.models import AppInstall, Application, ApplicationVersion
from doover_web.control.packages import check_zip
from doover_web.control.rendering import render

COMPOSE = ("docker-compose.yml", "docker-compose.yaml")
LARGEST_COMPOSE = 256 * 1024


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


def compose_of(deployment_data: str | None, values: dict) -> str:
    """The compose file of a deployment folder, rendered with `values`, or "" when there is none."""
    if not deployment_data:
        return ""
    check_zip(deployment_data, "deployment_data")
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(deployment_data))) as archive:
        plain = {name.removeprefix("deployment/"): name for name in archive.namelist()}
        for name in COMPOSE:
            if found := plain.get(f"{name}.template"):
                return render(_read(archive, found), values, "The compose file")
            if found := plain.get(name):
                image = str(values.get("IMAGE_NAME", ""))
                return _read(archive, found).replace("{{ IMAGE_NAME }}", image).replace("{{IMAGE_NAME}}", image)
    return ""


def _read(archive: zipfile.ZipFile, name: str) -> str:
    if archive.getinfo(name).file_size > LARGEST_COMPOSE:
        raise BadRequest(f"The compose file is larger than {LARGEST_COMPOSE} bytes", code="bad_package")
    try:
        return archive.read(name).decode()
    except (UnicodeDecodeError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as problem:
        raise BadRequest("The compose file cannot be read", code="bad_package") from problem
