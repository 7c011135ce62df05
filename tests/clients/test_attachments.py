"""pydoover 1.18.3, synchronous and asynchronous: files on messages and states, and logs."""

import base64

import pytest

from tests.clients.conftest import Raised

pytestmark = [pytest.mark.clients, pytest.mark.server, pytest.mark.timeout(300)]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
LARGE = bytes(range(256)) * 4096 * 12  # 12 MB


def packed(data):
    return {"$bytes": base64.b64encode(data).decode()}


def file(name="photo.png", data=PNG, content_type="image/png"):
    """An argument that becomes the client's own `File`."""
    fields = {"filename": name, "content_type": content_type, "size": len(data), "data": packed(data)}
    return {"$": "pydoover.models.data.attachment.File", **fields}


def attachment(of):
    return {"$": "pydoover.models.data.attachment.Attachment", **of}


def told(document):
    return [(one["filename"], one["content_type"], one["size"]) for one in document["attachments"]]


def test_a_message_with_files(device, pump, channel):
    kept = device.create_message(pump, channel, {"a": 1}, files=[file(), file("b.bin", b"\x00\xff", "application/zip")])

    assert kept["data"] == {"a": 1}
    assert told(kept) == [("photo.png", "image/png", len(PNG)), ("b.bin", "application/zip", 2)]
    [listed] = device.list_messages(pump, channel)
    assert told(listed) == told(kept) == told(device.fetch_message(pump, channel, kept["id"]))
    fetched = [device.fetch_message_attachment(attachment(one)) for one in listed["attachments"]]
    assert fetched == [packed(PNG), packed(b"\x00\xff")]


def test_a_message_is_changed_with_files(device, pump, channel):
    kept = device.create_message(pump, channel, {"a": 1}, files=[file()])

    added = device.update_message(pump, channel, kept["id"], {"b": 2}, files=[file("b.png")])
    assert (added["data"], [name for name, *_ in told(added)]) == ({"a": 1, "b": 2}, ["photo.png", "b.png"])
    replaced = device.update_message(pump, channel, kept["id"], {"c": 3}, replace_data=True)
    assert (replaced["data"], len(replaced["attachments"])) == ({"c": 3}, 2)
    cleared = device.update_message(pump, channel, kept["id"], {}, files=[file("c.png")], clear_attachments=True)
    assert [name for name, *_ in told(cleared)] == ["c.png"]
    device.delete_message(pump, channel, kept["id"])
    with pytest.raises(Raised):
        device.fetch_message_attachment(attachment(cleared["attachments"][0]))


def test_a_state_with_files(device, pump, channel):
    state = device.update_channel_aggregate(pump, channel, {"a": 1}, files=[file()], log_update=True)

    assert told(state) == [("photo.png", "image/png", len(PNG))]
    assert told(device.fetch_channel_aggregate(pump, channel)) == told(state)
    [logged] = device.list_messages(pump, channel)
    assert (logged["data"], told(logged)) == ({"a": 1}, told(state))
    number = state["attachments"][0]["url"].split("/")[-2]
    assert device.fetch_channel_aggregate_attachment(pump, channel, number) == packed(PNG)
    assert device.fetch_channel_aggregate_attachment(pump, channel, "photo.png") == packed(PNG)
    put = device.update_channel_aggregate(pump, channel, {"b": 2}, replace_data=True, files=[file(data=b"new")])
    assert (put["data"], told(put)) == ({"b": 2}, [("photo.png", "image/png", 3)])
    cleared = device.update_channel_aggregate(pump, channel, {}, clear_attachments=True)
    assert told(cleared) == []


def test_names_come_back_as_the_client_sent_them(device, pump, channel):
    state = device.update_channel_aggregate(pump, channel, {}, files=[file("two words.png")])

    [one] = state["attachments"]
    assert one["filename"] in ("two words.png", "two%20words.png")
    assert device.fetch_message_attachment(attachment(one)) == packed(PNG)


def test_a_large_file(device, pump, channel):
    kept = device.create_message(pump, channel, {}, files=[file("film.mp4", LARGE, "video/mp4")])

    assert device.fetch_message_attachment(attachment(kept["attachments"][0])) == packed(LARGE)


def test_who_may_look_fetches_and_does_not_send(bob, device, pump, channel):
    device.update_channel_aggregate(pump, channel, {}, files=[file()])

    [one] = bob.fetch_channel_aggregate(pump, channel)["attachments"]
    assert bob.fetch_message_attachment(attachment(one)) == packed(PNG)
    with pytest.raises(Raised, match="Forbidden"):
        bob.update_channel_aggregate(pump, channel, {}, files=[file()])


def test_logs_of_a_message_that_has_none(device, pump, channel):
    kept = device.create_message(pump, channel, {})

    with pytest.raises(Raised, match="NotFound"):
        device.fetch_message_logs(pump, channel, kept["id"])
