"""Files of the control plane in the storage `attachments`: kept, read, swept when nothing points at them any more."""

import hashlib
import logging
import re
import secrets
from datetime import timedelta
from typing import IO

from django.core.files.base import File
from django.core.files.storage import storages
from django.utils import timezone

from doover_web.common.wire import Busy

from .models import Upload
from .values import wrong

log = logging.getLogger(__name__)
MEGABYTE = 1024 * 1024
GRACE = timedelta(hours=1)
AT_ONCE = 500
CONTENT_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,60}/[A-Za-z0-9!#$&^_.+-]{1,60}")
PLAIN_NAME = re.compile(r"[^A-Za-z0-9_.\- ]")


def keep(file: File, *, field: str, most: int, content_type: str = "") -> Upload:
    """Store a file that came with a request. Refused at `field` when it is empty or larger than `most` bytes."""
    size = file.size or 0
    if size > most:
        raise wrong(field, f"is larger than {most // MEGABYTE or 1} MB")
    if not size:
        raise wrong(field, "is empty")
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    upload = Upload.objects.create(
        name=f"control/{timezone.now():%Y/%m}/{secrets.token_hex(16)}",
        filename=_name(file.name),
        content_type=content_type or _type(file),
        size=size,
        sha256=digest.digest(),
    )
    try:
        storages["attachments"].save(upload.name, file)
    except Exception as problem:
        log.exception("The storage of attachments could not take a file")
        raise Busy("Files cannot be stored right now; try again") from problem
    return upload


def opened(upload: Upload) -> IO[bytes]:
    """The bytes of a stored file, to read and close."""
    return storages["attachments"].open(upload.name)


def read(upload: Upload) -> bytes:
    """The bytes of a stored file, all of them."""
    with opened(upload) as file:
        return file.read()


def sweep() -> int:
    """Remove stored files that nothing points at and that are no part of a request any more. Returns how many."""
    unused = Upload.objects.filter(created_at__lt=timezone.now() - GRACE)
    for link in _links():
        unused = unused.exclude(
            pk__in=link.related_model.objects.filter(**{f"{link.field.name}__isnull": False}).values(link.field.name)
        )
    return sum(map(_remove, unused[:AT_ONCE]))


def _links():
    """Every foreign key that points at an upload."""
    return [one for one in Upload._meta.get_fields(include_hidden=True) if one.one_to_many]


def _remove(upload: Upload) -> bool:
    try:
        storages["attachments"].delete(upload.name)
    except Exception:
        log.exception("The bytes of upload %s could not be removed; the sweep tries again", upload.id)
        return False
    upload.delete()
    return True


def _name(name: str | None) -> str:
    """A file name that is safe in a header and on a disk."""
    bare = (name or "").replace("\\", "/").rpartition("/")[2]
    return PLAIN_NAME.sub("_", bare).strip(". ")[:200] or "file"


def _type(file: File) -> str:
    given = getattr(file, "content_type", "") or ""
    return given if CONTENT_TYPE.fullmatch(given) else "application/octet-stream"
