"""Files that hang on messages and states, fetched: by a signed link, by id and by name."""

import time

import pytest

from doover_web.data import links

from .uploads import PNG, body, multipart, photo


def test_the_signed_link_needs_nobody(sender, pump, level, browse):
    message = sender(pump).post(level.messages, **multipart(photo())).json()
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
def test_a_link_that_was_changed_opens_nothing(sender, pump, level, browse, old, new, status):
    message = sender(pump).post(level.messages, **multipart(photo())).json()
    link = message["attachments"][0]["url"].removeprefix("http://127.0.0.1:8000")

    assert browse(None).get(link.replace(old, new, 1)).status_code == status


def test_a_link_ends(sender, pump, level, browse, monkeypatch):
    message = sender(pump).post(level.messages, **multipart(photo())).json()
    link = message["attachments"][0]["url"].removeprefix("http://127.0.0.1:8000")
    now = time.time()

    monkeypatch.setattr(links.time, "time", lambda: now + 3.9 * 3600)
    assert browse(None).get(link).status_code == 200
    monkeypatch.setattr(links.time, "time", lambda: now + 5.1 * 3600)
    assert browse(None).get(link).json()["code"] == "expired_link"


def test_with_permission_by_id_and_by_name(sender, pump, bob, mallory, level):
    state = sender(pump).put(level.aggregate, **multipart(photo())).json()
    number = state["attachments"][0]["url"].split("/")[-2]

    for key in (number, "photo.png"):
        address = f"{level.aggregate}/attachments/{key}"
        assert body(sender(bob).get(address)) == PNG
        assert sender(mallory).get(address).status_code == 404
    for key in ("other.png", "5", "-", "9" * 30, "a%00b"):
        assert sender(pump).get(f"{level.aggregate}/attachments/{key}").status_code == 404


def test_another_channel_s_file_is_not_found_by_its_id(sender, pump, bob, at):
    sender(pump).post(at(pump, name="hidden"), {"is_private": True})
    state = sender(pump).put(at(pump, "aggregate", name="hidden"), **multipart(photo())).json()
    number = state["attachments"][0]["url"].split("/")[-2]
    message = sender(pump).post(at(pump, "messages"), {"data": 1}).json()

    assert sender(bob).get(at(pump, "aggregate", "attachments", number, name="hidden")).status_code == 404
    assert sender(bob).get(at(pump, "aggregate", "attachments", number)).status_code == 404
    assert sender(bob).get(at(pump, "messages", message["id"], "attachments", number)).status_code == 404


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
def test_parts_of_a_file(sender, pump, level, asked, status, content, told):
    sender(pump).put(level.aggregate, **multipart(photo()))
    response = sender(pump).get(f"{level.aggregate}/attachments/photo.png", range=asked)

    assert (response.status_code, response.get("Content-Range")) == (status, told)
    if content is not None:
        assert body(response) == content


def test_a_file_that_the_browser_has_is_not_sent_again(sender, pump, level):
    sender(pump).put(level.aggregate, **multipart(photo()))
    tag = sender(pump).get(f"{level.aggregate}/attachments/photo.png")["ETag"]

    headers = {"if-none-match": tag}
    assert sender(pump).get(f"{level.aggregate}/attachments/photo.png", **headers).status_code == 304


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
def test_no_file_acts_as_this_site(sender, pump, level, browse, sent, served, is_saved):
    message = sender(pump).post(level.messages, **multipart(photo(name="x.bin", content_type=sent))).json()
    response = browse(None).get(message["attachments"][0]["url"].removeprefix("http://127.0.0.1:8000"))

    assert response["Content-Type"] == served
    assert response["Content-Disposition"].startswith("attachment" if is_saved else "inline")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert ("sandbox" in response["Content-Security-Policy"]) is (sent != "application/pdf")
