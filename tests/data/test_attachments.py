"""Files on messages and states: sent in the clients' shapes, shown everywhere."""

import pytest
from django.core.files.storage import storages
from django.db import connection

from doover_web.data.models import Attachment, Blob

from .uploads import BOUNDARY, PNG, body, multipart, names, part, photo

SHAPES = {
    "a plain field": lambda document: part("json_payload", document),
    "a field with a type": lambda document: part("json_payload", document, None, "application/json"),
    "a file": lambda document: part("json_payload", document, "json_payload", "application/json"),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_message_with_a_file_in_every_shape(sender, pump, level, disk, shape):
    response = sender(pump).post(level.messages, **multipart(shape({"data": {"a": 1}}), photo(0)))

    assert response.status_code == 200
    [file] = response.json()["attachments"]
    assert response.json()["data"] == {"a": 1}
    assert {key: file[key] for key in ("filename", "content_type", "size")} == {
        "filename": "photo.png",
        "content_type": "image/png",
        "size": len(PNG),
    }
    assert file["url"].startswith("http")
    assert sender(pump).get(f"{level.messages}/{response.json()['id']}").json() == response.json()
    assert sender(pump).get(level.messages).json() == [response.json()]
    assert disk() == 1


def test_a_file_without_a_document(sender, pump, level):
    assert sender(pump).post(level.messages, **multipart(photo())).json()["data"] == {}
    assert sender(pump).patch(level.aggregate, **multipart(photo())).json()["data"] == {}


def test_names_stay_as_they_were_written(sender, pump, level):
    files = [photo(number, name) for number, name in enumerate(("a%20b.png", "a&amp;b.png", "früh.png"))]
    response = sender(pump).patch(level.aggregate, **multipart(*files))

    assert names(response.json()) == ["a%20b.png", "a&amp;b.png", "früh.png"]
    for file in response.json()["attachments"]:
        assert sender(pump).get(file["url"].removeprefix("http://127.0.0.1:8000")).status_code == 200


def test_the_same_name_takes_the_place(sender, pump, level, disk):
    sender(pump).patch(level.aggregate, **multipart(part("json_payload", {"a": 1}), photo(1), photo(2, "b.png")))
    response = sender(pump).patch(level.aggregate, **multipart(part("json_payload", {}), photo(1, content=b"new")))

    assert [(one["filename"], one["size"]) for one in response.json()["attachments"]] == [
        ("photo.png", 3),
        ("b.png", len(PNG)),
    ]
    assert disk() == Blob.objects.count() == Attachment.objects.count() == 2


def test_put_keeps_files_and_clearing_removes_them(sender, pump, level, disk):
    sender(pump).put(level.aggregate, **multipart(part("json_payload", {"a": 1}), photo()))

    assert names(sender(pump).put(level.aggregate, {"b": 2}).json()) == ["photo.png"]
    assert names(sender(pump).get(level.channel).json()["aggregate"]) == ["photo.png"]
    cleared = sender(pump).put(level.aggregate + "?clear_attachments=true", **multipart(photo(1, "c.png")))
    assert names(cleared.json()) == ["c.png"]
    assert names(sender(pump).patch(level.aggregate + "?clear_attachments=true", {}).json()) == []
    assert disk() == 0


def test_a_message_changes_and_keeps_its_files(sender, pump, level, disk):
    message = sender(pump).post(level.messages, **multipart(part("json_payload", {"data": {"a": 1}}), photo())).json()
    address = f"{level.messages}/{message['id']}"

    added = sender(pump).patch(address, **multipart(part("json_payload", {"data": {"b": 2}}), photo(1, "b.png")))
    assert (added.json()["data"], names(added.json())) == ({"a": 1, "b": 2}, ["photo.png", "b.png"])
    assert names(sender(pump).put(address, {"data": 5}).json()) == ["photo.png", "b.png"]
    sender(pump).delete(address)
    assert (disk(), Blob.objects.count(), Attachment.objects.count()) == (0, 0, 0)


def test_the_logged_copy_shares_the_bytes(sender, pump, level, disk):
    sent = multipart(part("json_payload", {"a": 1}), photo())
    sender(pump).patch(level.aggregate + "?log_update=true", **sent)
    [message] = sender(pump).get(level.messages).json()

    assert names(message) == ["photo.png"]
    assert disk() == 1
    sender(pump).patch(level.aggregate + "?clear_attachments=true", {})
    assert body(sender(pump).get(f"{level.messages}/{message['id']}/attachments/photo.png")) == PNG


def test_a_retry_with_the_same_files_changes_nothing(sender, pump, level, disk, heard):
    sent = multipart(part("json_payload", {"data": {"a": 1}}), photo())
    first = sender(pump).post(f"{level.messages}/250024612350618384", **sent)
    again = sender(pump).post(f"{level.messages}/250024612350618384", **sent)

    assert [one["url"] for one in again.json()["attachments"]] == [one["url"] for one in first.json()["attachments"]]
    assert (len(heard), disk()) == (1, 1)
    other = multipart(part("json_payload", {"data": {"a": 1}}), photo(content=b"other"))
    assert sender(pump).post(f"{level.messages}/250024612350618384", **other).json()["attachments"][0]["size"] == 5
    assert (len(heard), disk()) == (2, 1)


def test_nothing_stays_of_a_write_that_is_refused(sender, pump, bob, level, disk):
    sent = multipart(part("json_payload", {"data": 1}), photo())

    assert sender(bob).post(level.messages, **sent).status_code == 403
    assert sender(pump).patch(f"{level.messages}/5", **sent).status_code == 404
    assert sender(pump).patch(level.aggregate, **multipart(part("json_payload", [1]), photo())).status_code == 400
    assert (disk(), Blob.objects.count()) == (0, 0)


def test_nothing_stays_when_the_storage_fails(sender, pump, level, disk, monkeypatch):
    def full(*_):
        raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(type(storages["attachments"]), "_save", full)
        assert sender(pump).post(level.messages, **multipart(photo())).status_code == 503
    assert (disk(), Blob.objects.count()) == (0, 0)


def test_a_limit_of_files(sender, pump, level, disk):
    many = [photo(number, f"{number}.png", b"x") for number in range(99)]
    sender(pump).patch(level.aggregate, **multipart(*many))

    two_more = multipart(photo(1, "x.png"), photo(2, "y.png"))
    assert sender(pump).patch(level.aggregate, **two_more).json()["code"] == "too_many_files"
    assert sender(pump).get(level.aggregate).json()["data"] == {}
    assert disk() == 99


def test_too_much_is_refused(sender, pump, level, settings, disk):
    settings.MAX_UPLOAD_BYTES = 100

    response = sender(pump).post(level.messages, **multipart(photo(1), photo(2, "b.png")))
    assert (response.status_code, response.json()["code"], disk()) == (413, "too_large", 0)


BAD = {
    "no file name": part("attachment-1", b"x"),
    "a slash": photo(name="a/b"),
    "a long name": photo(name="a" * 300),
    "a long ending": photo(name="a." + "b" * 250 + "é" * 50),
    "a NUL": photo(name="a\x00b"),
    "two dots": photo(name=".."),
    "broken JSON": part("json_payload", b"{"),
    "half a body": b"--b0undary\r\nContent-Disposition: form-data; name=",
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_bad_bodies_are_refused(sender, pump, level, bad, disk):
    response = sender(pump).post(level.messages, **multipart(bad))

    assert (response.status_code, disk()) == (400, 0)


def test_a_long_name_that_is_allowed(sender, pump, level, settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    name = "a." + "é" * 253

    assert names(sender(pump).post(level.messages, **multipart(photo(name=name))).json()) == [name]


def test_multipart_elsewhere_and_packed_is_not_understood(sender, pump, level, at):
    sent = multipart(photo())

    assert sender(pump).post(level.channel, **sent).status_code == 415
    assert sender(pump).post(level.messages, **sent, **{"content-encoding": "gzip"}).status_code == 415
    packed = {**sent, "content_type": "multipart/form-data"}
    assert sender(pump).post(level.messages, **packed).status_code == 400


def test_lists_cost_the_same_with_files(sender, api, pump, level, statements):
    sender(pump).post(level.messages, **multipart(photo()))
    few = statements(lambda: api(pump).get(level.messages))
    for number in range(9):
        sender(pump).post(level.messages, **multipart(photo(), photo(2, f"{number}.png")))

    assert statements(lambda: api(pump).get(level.messages)) == few


def test_a_message_whose_time_is_over_takes_its_files_along(sender, pump, level, browse):
    sent = multipart(part("json_payload", {"data": 1, "ttl": 60}), photo())
    message = sender(pump).post(level.messages, **sent).json()
    link = message["attachments"][0]["url"].removeprefix("http://127.0.0.1:8000")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE data_message SET expires_at = 1")
    assert browse(None).get(link).status_code == 404


def test_events_carry_them(sender, pump, level, heard):
    sender(pump).patch(level.aggregate + "?log_update=true", **multipart(part("json_payload", {"a": 1}), photo()))
    state, message = heard

    assert [one.filename for one in (*state.aggregate.attached, *state.sent)] == ["photo.png"] * 2
    assert [one.filename for one in message.message.attached] == ["photo.png"]


def test_a_write_without_files_passes_the_lane_and_keeps_them(door, sender, pump, level):
    sender(pump).put(level.aggregate, **multipart(photo()))

    assert names(door(pump).patch(level.aggregate, {"a": 1}).json()) == ["photo.png"]


@pytest.mark.parametrize("flag", ["clear_attachments=true", "clear%5Fattachments=true"])
def test_clearing_through_either_door_removes_the_bytes(door, sender, pump, level, disk, flag):
    sender(pump).put(level.aggregate, **multipart(photo()))

    assert names(door(pump).patch(f"{level.aggregate}?{flag}", {}).json()) == []
    assert disk() == 0


def test_a_file_without_a_name_is_not_left_out_in_silence(api, pump, level, disk):
    response = api(pump).post(level.messages, **multipart(photo(name="  ")))

    assert (response.status_code, response.json()["code"]) == (400, "bad_multipart")
    assert disk() == 0


UNREADABLE = part("attachment-1", b"x", "caf#.txt").replace(b"#", b"\xe9")


@pytest.mark.parametrize(
    "raw",
    [
        multipart(part("json_payload", {"data": 1}), UNREADABLE)["raw"],
        multipart(part("json_payload", {"data": 1}), b"--b0undary\r\n\r\nno head\r\n")["raw"],
        part("json_payload", {"data": 1}) + photo()[:-20],
        photo() + part("json_payload", {"data": 1})[:-20],
        part("json_payload", {"data": 1}) + photo() + b"--b0undary",
    ],
    ids=["a name that is not UTF-8", "no head", "half a file", "half a document", "no end"],
)
def test_no_part_is_passed_over_in_silence(api, pump, level, disk, raw):
    response = api(pump).post(level.messages, raw=raw, content_type=f"multipart/form-data; boundary={BOUNDARY}")

    assert (response.status_code, response.json()["code"]) == (400, "bad_multipart")
    assert (disk(), api(pump).get(level.messages).status_code) == (0, 404)


@pytest.mark.parametrize("size", range(65_536 - 360, 65_536, 40))
def test_a_file_that_ends_anywhere_is_whole(sender, pump, level, size):
    sent = sender(pump).post(level.messages, **multipart(part("json_payload", {"data": 1}), photo(content=b"x" * size)))

    assert [one["size"] for one in sent.json()["attachments"]] == [size]
