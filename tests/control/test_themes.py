"""How organisations' sites look (`control-api §3.15`)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def sent(**fields):
    return {"raw": encode_multipart(BOUNDARY, fields), "content_type": MULTIPART_CONTENT}


def test_colours_and_a_picture_in_multipart(api, client, alice, creek, ok, bytes_of):
    here = f"/themes/{creek.id}/"

    told = ok(api(alice).patch(here, **sent(accent_colour="#aa0000", site_logo=SimpleUploadedFile("logo.bin", PNG))))

    assert (told["id"], told["accent_colour"], told["banner_image"]) == (str(creek.id), "#aa0000", None)
    shown = client.get(told["site_logo"].partition("8000")[2])
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/png")
    assert bytes_of(shown) == PNG
    assert ok(api(alice).patch(here, {"site_logo": told["site_logo"]}))["site_logo"] == told["site_logo"]
    assert ok(api(alice).patch(here, {"site_logo": None}))["site_logo"] is None
    assert client.get(f"/themes/{creek.id}/site_logo/").status_code == 404
    nested = ok(api(alice).patch(f"/organisations/{creek.id}/", {"theme": {**_colours(told), "navbar_colour": "teal"}}))
    assert nested["theme"]["navbar_colour"] == "teal"


def _colours(theme):
    return {name: value for name, value in theme.items() if name.endswith("_colour")}


@pytest.mark.parametrize("fields", [
    {"accent_colour": "red;}"}, {"accent_colour": "url(x)"}, {"accent_colour": ""}, {"accent_colour": "#12345"},
    {"site_logo": SimpleUploadedFile("a.png", b"<html>")}, {"site_logo": SimpleUploadedFile("a.png", b"")},
])  # fmt: skip
def test_what_is_no_colour_and_no_picture(api, alice, creek, fields):
    assert api(alice).patch(f"/themes/{creek.id}/", **sent(**fields)).status_code == 400


def test_who_may_not(api, bob, mallory, creek, ok):
    assert ok(api(bob).get("/themes/"))["count"] == 1
    assert api(bob).patch(f"/themes/{creek.id}/", {"accent_colour": "red"}).status_code == 403
    assert api(mallory).get(f"/themes/{creek.id}/").status_code == 404
    assert api(bob).put(f"/themes/{creek.id}/", {"accent_colour": "red"}).status_code == 400
