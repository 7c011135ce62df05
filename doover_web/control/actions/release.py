"""What an application is made of besides its description: files, artwork and releases (`control-api §3.7, §8`)."""

import re
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.db.models import Max

from doover_web.common.wire import Conflict
from doover_web.identity import audit
from doover_web.identity.auth import Caller

from .. import artwork, values
from ..models import Application, ApplicationVersion
from ..packages import check_archive
from ..uploads import MEGABYTE, keep
from .application import check_may_change

LARGEST_WIDGET = 50 * MEGABYTE
LARGEST_SOURCE = 250 * MEGABYTE
LARGEST_UNPACKED = 1024 * MEGABYTE
LARGEST_ARTWORK = 5 * MEGABYTE
RUNS_CODE = (Application.Type.PROCESSOR, Application.Type.INTEGRATION, Application.Type.REPORT, Application.Type.TASK)
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
MOST_RELEASES = 10_000
CHECKS: dict[str, values.Check] = {
    "tag": values.text(128),
    "commit": values.text(128),
    "notes": values.text(20_000),
    "alpha": values.truth,
}


@transaction.atomic
def put_widget(*, application: Application, file: Any, by: Caller) -> Application:
    """The page part of an application, one JavaScript file; it reaches agents with the next deployment."""
    check_may_change(application, by)
    application.widget = keep(_file(file), field="file", most=LARGEST_WIDGET, content_type="text/javascript")
    return _kept(application, "widget", by)


@transaction.atomic
def put_source(*, application: Application, file: Any, by: Caller) -> Application:
    """The code of a function, a zip; it runs from the next release on."""
    check_may_change(application, by)
    if application.type not in RUNS_CODE:
        raise values.wrong("file", "An application of this type runs no uploaded code")
    if application.lambda_config.get("PackageType") == "Image":
        raise values.wrong("file", "This application runs from an image; it has no code of its own")
    given = _file(file)
    check_archive(given, "file", LARGEST_UNPACKED)
    application.processor_source = keep(given, field="file", most=LARGEST_SOURCE, content_type="application/zip")
    return _kept(application, "processor_source", by)


@transaction.atomic
def put_artwork(*, application: Application, files: dict[str, Any], by: Caller) -> Application:
    """Its `icon` and `banner`, of the kinds that their content shows; null takes one away."""
    check_may_change(application, by)
    for field in ("icon", "banner"):
        if field in files:
            setattr(application, field, _picture(field, files[field]))
            _kept(application, field, by)
    return application


@transaction.atomic
def release(*, application: Application, fields: dict[str, Any], by: Caller) -> ApplicationVersion:
    """Freeze the application as it is now: installs follow the newest release that is no alpha."""
    check_may_change(application, by)
    application = Application.objects.select_for_update(no_key=True, of=("self",)).get(pk=application.pk)
    version = ApplicationVersion(application=application)
    values.take(version, {name: value for name, value in fields.items() if value is not None}, CHECKS)
    last = application.versions.aggregate(last=Max("number"))["last"] or 0
    if last >= MOST_RELEASES:
        raise Conflict(f"An application has {MOST_RELEASES} releases at most", code="too_many")
    version.number = last + 1
    version.image_name = _image(application, fields.get("digest"))
    for name in FROZEN:
        setattr(version, name, getattr(application, name))
    version.save(force_insert=True)
    if application.type in RUNS_CODE:
        Application.objects.filter(pk=application.pk).update(lambda_arn=f"doover-web:function:{application.name}")
    _record("application.released", application, by, number=version.number, tag=version.tag)
    return version


FROZEN = (
    "config_schema",
    "ui_schema",
    "tag_schema",
    "lambda_config",
    "deployment_data",
    "widget",
    "processor_source",
)


def _image(application: Application, digest: Any) -> str:
    if digest in (None, ""):
        return application.image_name
    if not isinstance(digest, str) or not DIGEST.fullmatch(digest):
        raise values.wrong("digest", "is sha256: and 64 hexadecimal digits")
    return f"{application.image_name.partition('@')[0]}@{digest}"


def _picture(field: str, file: Any):
    if file is None or file == "":
        return None
    given = _file(file, field)
    kind = artwork.type_of(given.read(artwork.LOOKED_AT))
    given.seek(0)
    if kind is None:
        raise values.wrong(field, "must be a PNG, JPEG, WebP or SVG picture")
    return keep(given, field=field, most=LARGEST_ARTWORK, content_type=kind)


def _file(file: Any, field: str = "file") -> File:
    if not isinstance(file, File):
        raise values.wrong(field, "must be a file")
    return file


def _kept(application: Application, field: str, by: Caller) -> Application:
    application.save(update_fields=[field])
    _record("application.edited", application, by, changed=[field])
    return application


def _record(action: str, application: Application, by: Caller, **metadata) -> None:
    audit.record(action, actor=by, subject=application, organisation_id=application.organisation_id, **metadata)
