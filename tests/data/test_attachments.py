"""Files on messages and states: sent in the clients' shapes, shown everywhere, fetched three ways."""

import asyncio
import json
import time

import pytest
from django.core.files.storage import storages
from django.db import connection

from doover_web.data import links
from doover_web.data.models import Attachment, Blob

BOUNDARY = "b0undary"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))


def part(name, content, filename=None, content_type=None):
    """One part of a multipart body; `content` a document or bytes."""
    head = f'Content-Disposition: form-data; name="{name}"'
    if filename is not None:
        head += f'; filename="{filename}"'
    if content_type is not None:
        head += f"\r\nContent-Type: {content_type}"
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + raw + b"\r\n"


def multipart(*parts):
    raw = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
    return {"raw": raw, "content_type": f"multipart/form-data; boundary={BOUNDARY}"}


def photo(number=1, name="photo.png", content=PNG, content_type="image/png"):
    return part(f"attachment-{number}", content, name, content_type)


@pytest.fixture
def disk(tmp_path, settings):
    """An empty storage; called, the number of files in it."""
    settings.STORAGES = {
        **settings.STORAGES,
        "attachments": {"BACKEND": "doover_web.data.storage.LocalStorage", "OPTIONS": {"location": tmp_path}},
    }
    return lambda: sum(one.is_file() for one in tmp_path.rglob("*"))


@pytest.fixture
def client(api, disk, django_capture_on_commit_callbacks):
    """`client(pump)`: a caller whose requests are committed."""

    def client_of(who):
        plain = api(who)

        class Committing:
            def __getattr__(self, method):
                def call(*args, **kwargs):
                    with django_capture_on_commit_callbacks(execute=True):
                        return getattr(plain, method)(*args, **kwargs)

                return call

        return Committing()

    return client_of


def body(response):
    async def gather():
        return b"".join([piece async for piece in response.streaming_content])

    return asyncio.run(gather())


def names(document):
    return [one["filename"] for one in document["attachments"]]


SHAPES = {
    "a plain field": lambda document: part("json_payload", document),
    "a field with a type": lambda document: part("json_payload", document, None, "application/json"),
    "a file": lambda document: part("json_payload", document, "json_payload", "application/json"),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_message_with_a_file_in_every_shape(client, pump, level, disk, shape):
    response = client(pump).post(level.messages, **multipart(shape({"data": {"a": 1}}), photo(0)))

    assert response.status_code == 200
    [file] = response.json()["attachments"]
    assert response.json()["data"] == {"a": 1}
    assert {key: file[key] for key in ("filename", "content_type", "size")} == {
        "filename": "photo.png",
        "content_type": "image/png",
        "size": len(PNG),
    }
    assert file["url"].startswith("http")
    assert client(pump).get(f"{level.messages}/{response.json()['id']}").json() == response.json()
    assert client(pump).get(level.messages).json() == [response.json()]
    assert disk() == 1


def test_a_file_without_a_document(client, pump, level):
    assert client(pump).post(level.messages, **multipart(photo())).json()["data"] == {}
    assert client(pump).patch(level.aggregate, **multipart(photo())).json()["data"] == {}


def test_names_stay_as_they_were_written(client, pump, level):
    files = [photo(number, name) for number, name in enumerate(("a%20b.png", "a&amp;b.png", "früh.png"))]
    response = client(pump).patch(level.aggregate, **multipart(*files))

    assert names(response.json()) == ["a%20b.png", "a&amp;b.png", "früh.png"]
    for file in response.json()["attachments"]:
        assert client(pump).get(file["url"].removeprefix("http://127.0.0.1:8000")).status_code == 200


def test_the_same_name_takes_the_place(client, pump, level, disk):
    client(pump).patch(level.aggregate, **multipart(part("json_payload", {"a": 1}), photo(1), photo(2, "b.png")))
    response = client(pump).patch(level.aggregate, **multipart(part("json_payload", {}), photo(1, content=b"new")))

    assert [(one["filename"], one["size"]) for one in response.json()["attachments"]] == [
        ("photo.png", 3),
        ("b.png", len(PNG)),
    ]
    assert disk() == Blob.objects.count() == Attachment.objects.count() == 2


def test_put_keeps_files_and_clearing_removes_them(client, pump, level, disk):
    client(pump).put(level.aggregate, **multipart(part("json_payload", {"a": 1}), photo()))

    assert names(client(pump).put(level.aggregate, {"b": 2}).json()) == ["photo.png"]
    assert names(client(pump).get(level.channel).json()["aggregate"]) == ["photo.png"]
    cleared = client(pump).put(level.aggregate + "?clear_attachments=true", **multipart(photo(1, "c.png")))
    assert names(cleared.json()) == ["c.png"]
    assert names(client(pump).patch(level.aggregate + "?clear_attachments=true", {}).json()) == []
    assert disk() == 0


def test_a_message_changes_and_keeps_its_files(client, pump, level, disk):
    message = client(pump).post(level.messages, **multipart(part("json_payload", {"data": {"a": 1}}), photo())).json()
    address = f"{level.messages}/{message['id']}"

    added = client(pump).patch(address, **multipart(part("json_payload", {"data": {"b": 2}}), photo(1, "b.png")))
    assert (added.json()["data"], names(added.json())) == ({"a": 1, "b": 2}, ["photo.png", "b.png"])
    assert names(client(pump).put(address, {"data": 5}).json()) == ["photo.png", "b.png"]
    client(pump).delete(address)
    assert (disk(), Blob.objects.count(), Attachment.objects.count()) == (0, 0, 0)


def test_the_logged_copy_shares_the_bytes(client, pump, level, disk):
    sent = multipart(part("json_payload", {"a": 1}), photo())
    client(pump).patch(level.aggregate + "?log_update=true", **sent)
    [message] = client(pump).get(level.messages).json()

    assert names(message) == ["photo.png"]
    assert disk() == 1
    client(pump).patch(level.aggregate + "?clear_attachments=true", {})
    assert body(client(pump).get(f"{level.messages}/{message['id']}/attachments/photo.png")) == PNG


def test_a_retry_with_the_same_files_changes_nothing(client, pump, level, disk, heard):
    sent = multipart(part("json_payload", {"data": {"a": 1}}), photo())
    first = client(pump).post(f"{level.messages}/250024612350618384", **sent)
    again = client(pump).post(f"{level.messages}/250024612350618384", **sent)

    assert [one["url"] for one in again.json()["attachments"]] == [one["url"] for one in first.json()["attachments"]]
    assert (len(heard), disk()) == (1, 1)
    other = multipart(part("json_payload", {"data": {"a": 1}}), photo(content=b"other"))
    assert client(pump).post(f"{level.messages}/250024612350618384", **other).json()["attachments"][0]["size"] == 5
    assert (len(heard), disk()) == (2, 1)


def test_nothing_stays_of_a_write_that_is_refused(client, pump, bob, level, disk):
    sent = multipart(part("json_payload", {"data": 1}), photo())

    assert client(bob).post(level.messages, **sent).status_code == 403
    assert client(pump).patch(f"{level.messages}/5", **sent).status_code == 404
    assert client(pump).patch(level.aggregate, **multipart(part("json_payload", [1]), photo())).status_code == 400
    assert (disk(), Blob.objects.count()) == (0, 0)


def test_nothing_stays_when_the_storage_fails(client, pump, level, disk, monkeypatch):
    def full(*_):
        raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(type(storages["attachments"]), "_save", full)
        assert client(pump).post(level.messages, **multipart(photo())).status_code == 503
    assert (disk(), Blob.objects.count()) == (0, 0)


def test_a_limit_of_files(client, pump, level, disk):
    many = [photo(number, f"{number}.png", b"x") for number in range(99)]
    client(pump).patch(level.aggregate, **multipart(*many))

    two_more = multipart(photo(1, "x.png"), photo(2, "y.png"))
    assert client(pump).patch(level.aggregate, **two_more).json()["code"] == "too_many_files"
    assert client(pump).get(level.aggregate).json()["data"] == {}
    assert disk() == 99


def test_too_much_is_refused(client, pump, level, settings, disk):
    settings.MAX_UPLOAD_BYTES = 100

    response = client(pump).post(level.messages, **multipart(photo(1), photo(2, "b.png")))
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
def test_bad_bodies_are_refused(client, pump, level, bad, disk):
    response = client(pump).post(level.messages, **multipart(bad))

    assert (response.status_code, disk()) == (400, 0)


def test_a_long_name_that_is_allowed(client, pump, level, settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    name = "a." + "é" * 253

    assert names(client(pump).post(level.messages, **multipart(photo(name=name))).json()) == [name]


def test_multipart_elsewhere_and_packed_is_not_understood(client, pump, level, at):
    sent = multipart(photo())

    assert client(pump).post(level.channel, **sent).status_code == 415
    assert client(pump).post(level.messages, **sent, **{"content-encoding": "gzip"}).status_code == 415
    packed = {**sent, "content_type": "multipart/form-data"}
    assert client(pump).post(level.messages, **packed).status_code == 400


def test_the_signed_link_needs_nobody(client, pump, level, browse):
    message = client(pump).post(level.messages, **multipart(photo())).json()
    link = message["attachments"][0]["url"].removeprefix("http://127.0.0.1:8000")

    for headers in ({}, {"authorization": "Bearer nonsense"}):
        response = browse(None).get(link, headers=headers)
        assert (response.status_code, body(response)) == (200, PNG)
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Content-Type"] == "image/png"
    assert browse(None).head(link)["Content-Length"] == str(len(PNG))
    assert browse(None).options(link)["Access-Control-Allow-Headers"].startswith("Authorization")


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        ("sig=", "sig=0", 403),
        ("sig=", "sig=é", 403),
        ("exp=", "exp=1", 403),
        ("exp=", "exp=²", 403),
        ("agent=", "agent=1", 403),
        ("agent=", "x=", 404),
        ("photo", "phot", 403),
        ("attachments/", "attachments/1", 403),
    ],
)
def test_a_link_that_was_changed_opens_nothing(client, pump, level, browse, old, new, status):
    message = client(pump).post(level.messages, **multipart(photo())).json()
    link = message["attachments"][0]["url"].removeprefix("http://127.0.0.1:8000")

    assert browse(None).get(link.replace(old, new, 1)).status_code == status


def test_a_link_ends(client, pump, level, browse, monkeypatch):
    message = client(pump).post(level.messages, **multipart(photo())).json()
    link = message["attachments"][0]["url"].removeprefix("http://127.0.0.1:8000")
    now = time.time()

    monkeypatch.setattr(links.time, "time", lambda: now + 3.9 * 3600)
    assert browse(None).get(link).status_code == 200
    monkeypatch.setattr(links.time, "time", lambda: now + 5.1 * 3600)
    assert browse(None).get(link).json()["code"] == "expired_link"


def test_with_permission_by_id_and_by_name(client, pump, bob, mallory, level):
    state = client(pump).put(level.aggregate, **multipart(photo())).json()
    number = state["attachments"][0]["url"].split("/")[-2]

    for key in (number, "photo.png"):
        address = f"{level.aggregate}/attachments/{key}"
        assert body(client(bob).get(address)) == PNG
        assert client(mallory).get(address).status_code == 404
    for key in ("other.png", "5", "-", "9" * 30, "a%00b"):
        assert client(pump).get(f"{level.aggregate}/attachments/{key}").status_code == 404


def test_another_channel_s_file_is_not_found_by_its_id(client, pump, bob, at):
    client(pump).post(at(pump, name="hidden"), {"is_private": True})
    state = client(pump).put(at(pump, "aggregate", name="hidden"), **multipart(photo())).json()
    number = state["attachments"][0]["url"].split("/")[-2]
    message = client(pump).post(at(pump, "messages"), {"data": 1}).json()

    assert client(bob).get(at(pump, "aggregate", "attachments", number, name="hidden")).status_code == 404
    assert client(bob).get(at(pump, "aggregate", "attachments", number)).status_code == 404
    assert client(bob).get(at(pump, "messages", message["id"], "attachments", number)).status_code == 404


@pytest.mark.parametrize(
    ("asked", "status", "content", "told"),
    [
        ("bytes=0-3", 206, PNG[:4], "bytes 0-3/72"),
        ("bytes=70-", 206, PNG[70:], "bytes 70-71/72"),
        ("bytes=-2", 206, PNG[70:], "bytes 70-71/72"),
        ("bytes=4-900", 206, PNG[4:], "bytes 4-71/72"),
        ("bytes=0-", 200, PNG, None),
        ("bytes=72-", 416, None, "bytes */72"),
        ("bytes=9-3", 416, None, "bytes */72"),
        ("bytes=-0", 416, None, "bytes */72"),
        ("bytes=0-1,4-5", 200, PNG, None),
        ("bytes=-", 200, PNG, None),
        ("lines=1-2", 200, PNG, None),
    ],
)
def test_parts_of_a_file(client, pump, level, asked, status, content, told):
    client(pump).put(level.aggregate, **multipart(photo()))
    response = client(pump).get(f"{level.aggregate}/attachments/photo.png", range=asked)

    assert (response.status_code, response.get("Content-Range")) == (status, told)
    if content is not None:
        assert body(response) == content


def test_a_file_that_the_browser_has_is_not_sent_again(client, pump, level):
    client(pump).put(level.aggregate, **multipart(photo()))
    tag = client(pump).get(f"{level.aggregate}/attachments/photo.png")["ETag"]

    headers = {"if-none-match": tag}
    assert client(pump).get(f"{level.aggregate}/attachments/photo.png", **headers).status_code == 304


@pytest.mark.parametrize(
    ("sent", "served", "is_saved"),
    [
        ("image/png", "image/png", False),
        ("text/javascript", "text/javascript; charset=utf-8", False),
        ("application/pdf", "application/pdf", False),
        ("video/mp4", "video/mp4", False),
        ("image/svg+xml", "image/svg+xml", True),
        ("text/html", "text/plain; charset=utf-8", True),
        ("TEXT/HTML", "text/plain; charset=utf-8", True),
        ("application/xhtml+xml", "text/plain; charset=utf-8", True),
        ("application/zip", "application/zip", True),
        (None, "application/octet-stream", True),
        ("nonsense", "application/octet-stream", True),
    ],
)
def test_no_file_acts_as_this_site(client, pump, level, browse, sent, served, is_saved):
    message = client(pump).post(level.messages, **multipart(photo(name="x.bin", content_type=sent))).json()
    response = browse(None).get(message["attachments"][0]["url"].removeprefix("http://127.0.0.1:8000"))

    assert response["Content-Type"] == served
    assert response["Content-Disposition"].startswith("attachment" if is_saved else "inline")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert ("sandbox" in response["Content-Security-Policy"]) is (sent != "application/pdf")


def test_lists_cost_the_same_with_files(client, api, pump, level, statements):
    client(pump).post(level.messages, **multipart(photo()))
    few = statements(lambda: api(pump).get(level.messages))
    for number in range(9):
        client(pump).post(level.messages, **multipart(photo(), photo(2, f"{number}.png")))

    assert statements(lambda: api(pump).get(level.messages)) == few


def test_a_message_whose_time_is_over_takes_its_files_along(client, pump, level, browse):
    sent = multipart(part("json_payload", {"data": 1, "ttl": 60}), photo())
    message = client(pump).post(level.messages, **sent).json()
    link = message["attachments"][0]["url"].removeprefix("http://127.0.0.1:8000")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE data_message SET expires_at = 1")
    assert browse(None).get(link).status_code == 404


def test_events_carry_them(client, pump, level, heard):
    client(pump).patch(level.aggregate + "?log_update=true", **multipart(part("json_payload", {"a": 1}), photo()))
    state, message = heard

    assert [one.filename for one in (*state.aggregate.attached, *state.sent)] == ["photo.png"] * 2
    assert [one.filename for one in message.message.attached] == ["photo.png"]


def test_a_write_without_files_passes_the_lane_and_keeps_them(door, client, pump, level):
    client(pump).put(level.aggregate, **multipart(photo()))

    assert names(door(pump).patch(level.aggregate, {"a": 1}).json()) == ["photo.png"]


@pytest.mark.parametrize("flag", ["clear_attachments=true", "clear%5Fattachments=true"])
def test_clearing_through_either_door_removes_the_bytes(door, client, pump, level, disk, flag):
    client(pump).put(level.aggregate, **multipart(photo()))

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
def test_a_file_that_ends_anywhere_is_whole(client, pump, level, size):
    sent = client(pump).post(level.messages, **multipart(part("json_payload", {"data": 1}), photo(content=b"x" * size)))

    assert [one["size"] for one in sent.json()["attachments"]] == [size]
