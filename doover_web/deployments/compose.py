"""The compose file of a deployment folder, as a device gets it (`control-api §5.3`)."""

import base64
import io
import zipfile

from doover_web.common.wire import BadRequest
from doover_web.control.packages import check_zip
from doover_web.control.rendering import render

COMPOSE = ("docker-compose.yml", "docker-compose.yaml")
LARGEST_COMPOSE = 256 * 1024


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
