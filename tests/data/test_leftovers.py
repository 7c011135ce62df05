"""What a crash or the end of a message leaves in the storage is found and removed."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from doover_web.common.snowflake import now_ms
from doover_web.data import blobs, leftovers
from doover_web.data.blobs import storage, stored
from doover_web.data.models import Attachment, Blob
from doover_web.data.publish import apply_with
from doover_web.data.writes import ChangeAggregate, PostMessage

DAY_MS = 24 * 3600 * 1000


@pytest.fixture
def file():
    return SimpleUploadedFile("photo.png", b"abc", "image/png")


def test_a_message_that_went_with_its_time(itself, file, django_capture_on_commit_callbacks):
    kept = apply_with(PostMessage(itself, "level", 1), [file]).the_message
    apply_with(ChangeAggregate(itself, "level", {}), [file])
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM data_message")

    assert sum(leftovers.take_off_lost()) == 1
    assert Attachment.objects.get().message_id is None
    assert Blob.objects.count() == 1
    assert sum(leftovers.take_off_lost()) == 0
    assert kept.attached


def test_a_crash_between_the_bytes_and_the_write(itself, file):
    with stored(itself.agent_id, [file]):
        pass  # the process died here
    blob = Blob.objects.get()
    assert sum(leftovers.remove_forgotten()) == 0  # it may still be under way
    Blob.objects.update(made_at=now_ms() - 2 * DAY_MS)

    assert sum(leftovers.remove_forgotten()) == 1
    assert not storage().exists(blob.name)


def test_what_hangs_somewhere_stays(itself, file):
    apply_with(ChangeAggregate(itself, "level", {}), [file])
    Blob.objects.update(made_at=now_ms() - 2 * DAY_MS)

    assert sum(leftovers.remove_forgotten()) == 0
    assert storage().exists(Blob.objects.get().name)


def test_bytes_that_cannot_be_removed_are_tried_again(itself, file, monkeypatch):
    with stored(itself.agent_id, [file]):
        pass
    Blob.objects.update(made_at=now_ms() - 2 * DAY_MS)

    def away(_):
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(type(storage()), "delete", lambda self, name: away(name))
        assert sum(leftovers.remove_forgotten()) == 0
    assert sum(leftovers.remove_forgotten()) == 1


def test_many_are_removed_in_portions(itself, monkeypatch):
    monkeypatch.setattr(leftovers, "ROWS", 2)
    for number in range(5):
        with stored(itself.agent_id, [SimpleUploadedFile(f"{number}", b"x")]):
            pass
    Blob.objects.update(made_at=now_ms() - 2 * DAY_MS)

    assert sum(leftovers.remove_forgotten()) == 5
    assert blobs.release([]) == 0
