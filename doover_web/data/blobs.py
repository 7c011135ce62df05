"""The bytes of attachments, in the storage that the settings name.

A blob's row is written before its bytes and removed after them. Whatever happens in between, the sweep finds the row.
"""

import hashlib
import logging
import re
import secrets
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from django.conf import settings
from django.core.files.storage import storages
from django.core.files.uploadedfile import UploadedFile
from django.db import connection

from doover_web.common.wire import Busy, TooLarge

from .attached import NewFile
from .ids import new_attachment_id
from .models import Blob

log = logging.getLogger(__name__)
CONTENT_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,100}/[A-Za-z0-9!#$&^_.+-]{1,100}")
BlobKey = tuple[int, int]  # agent id, blob id

UNUSED = """
SELECT b.agent_id, b.id, b.name FROM data_blob b
JOIN unnest(%s::bigint[], %s::bigint[]) AS w(agent_id, id) ON b.agent_id = w.agent_id AND b.id = w.id
WHERE NOT EXISTS (SELECT FROM data_attachment a WHERE a.agent_id = b.agent_id AND a.blob_id = b.id)
"""


def storage():
    """Where the bytes are: Django's storage `attachments`."""
    return storages["attachments"]


@contextmanager
def stored(agent_id: int, files: Sequence[UploadedFile]) -> Iterator[tuple[NewFile, ...]]:
    """Put uploaded files into the storage for a write. When the write is refused they are gone again; when nobody
    knows whether it was committed (Busy), the sweep finds out later."""
    if sum(file.size for file in files) > settings.MAX_UPLOAD_BYTES:
        raise TooLarge(f"The files are larger than {settings.MAX_UPLOAD_BYTES} bytes together")
    made: list[NewFile] = []
    try:
        for file in files:
            made.append(_store(agent_id, file))
        yield tuple(made)
    except Busy:
        raise
    except BaseException:
        release({(agent_id, one.blob_id) for one in made})
        raise


def _store(agent_id: int, file: UploadedFile) -> NewFile:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    name = f"{datetime.now(UTC):%Y/%m/%d}/{secrets.token_hex(16)}"
    blob = Blob(agent_id=agent_id, id=new_attachment_id(), name=name, size=file.size, sha256=digest.digest())
    blob.save(force_insert=True)
    try:
        storage().save(name, file)
    except Exception as problem:
        log.exception("The storage of attachments could not take a file")
        release([(agent_id, blob.id)])
        raise Busy("Attachments cannot be stored right now; try again") from problem
    kind = file.content_type if CONTENT_TYPE.fullmatch(file.content_type or "") else None
    return NewFile(blob.id, file.name, kind, file.size, digest.digest())


def blob_names(agent_id: int, blob_ids: Collection[int]) -> dict[int, str]:
    """What these blobs are called in the storage."""
    return dict(Blob.objects.filter(agent_id=agent_id, id__in=blob_ids).values_list("id", "name")) if blob_ids else {}


def read_blob(name: str) -> bytes | None:
    """The bytes, all at once; None when they are lost. Busy when the storage is away."""
    try:
        with storage().open(name) as file:
            return file.read()
    except FileNotFoundError:
        log.warning("The bytes of a file are gone, by now or for good: %s", name)
        return None
    except Exception as problem:
        raise Busy("Files cannot be read right now; try again") from problem


def release(keys: Collection[BlobKey]) -> int:
    """Remove the bytes of those blobs that hang nowhere (any more). Returns how many."""
    if not keys:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(UNUSED, [[agent_id for agent_id, _ in keys], [blob_id for _, blob_id in keys]])
        unused = cursor.fetchall()
    return sum(map(_remove, unused))


def _remove(row: tuple[int, int, str]) -> bool:
    agent_id, blob_id, name = row
    try:
        storage().delete(name)
    except Exception:
        log.exception("The bytes of blob %s could not be removed; the sweep tries again", blob_id)
        return False
    Blob.objects.filter(agent_id=agent_id, id=blob_id).delete()
    return True
