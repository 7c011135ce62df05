"""Attachments in the channel viewer: shown with the state and with messages, sent with a message."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from doover_web.data.models import Message
from doover_web.data.publish import apply_with
from doover_web.data.writes import ChangeAggregate, PostMessage


@pytest.fixture
def photo():
    return SimpleUploadedFile("photo.png", b"x" * 4200, "image/png")


def test_they_are_listed_with_the_state_and_the_message(browse, bob, pump, reach, alice, photo):
    script = SimpleUploadedFile("<widget>.js", b"export {}", "text/javascript")
    apply_with(ChangeAggregate(reach(alice, pump), "level", {"a": 1}), [script])
    apply_with(PostMessage(reach(alice, pump), "level", {"a": 1}), [photo])

    page = browse(bob).get(f"/channels/{pump.id}/level/").content.decode()
    assert "photo.png</a>" in page
    assert "4.2 KB · image/png" in page
    assert "&lt;widget&gt;.js</a>" in page
    assert page.count("<img loading") == 1
    assert page.count('src="/api/attachments/') == 1


def test_a_message_is_sent_with_files(browse, alice, pump, photo):
    address = f"/channels/{pump.id}/level/"
    browse(alice).post(f"/channels/{pump.id}/", {"name": "level"})
    sent = {"action": "message", "data": '{"a": 1}', "attachment": [photo, SimpleUploadedFile("b.txt", b"b")]}

    assert browse(alice).post(address, sent).status_code == 302
    [kept] = Message.objects.filter(agent_id=pump.id)
    assert (kept.data, [one[2] for one in kept.attachments]) == ({"a": 1}, ["photo.png", "b.txt"])


def test_files_alone_make_a_message(browse, alice, pump, photo):
    browse(alice).post(f"/channels/{pump.id}/", {"name": "level"})

    browse(alice).post(f"/channels/{pump.id}/level/", {"action": "message", "data": "", "attachment": photo})
    assert Message.objects.get(agent_id=pump.id).data == {}


def test_too_much_keeps_what_was_typed(browse, alice, pump, photo, settings):
    settings.MAX_UPLOAD_BYTES = 100
    browse(alice).post(f"/channels/{pump.id}/", {"name": "level"})

    sent = {"action": "message", "data": '{"kept": 1}', "attachment": photo}
    response = browse(alice).post(f"/channels/{pump.id}/level/", sent)
    assert (response.status_code, "kept" in response.content.decode()) == (400, True)
    assert "larger than 100 bytes" in response.content.decode()
