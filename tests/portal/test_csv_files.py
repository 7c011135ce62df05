"""CSV files of a channel from its page."""

import io
import json
import warnings

import pytest

from doover_web.data.models import Message
from doover_web.data.publish import post_message

MARCH = 1_772_600_767_890


@pytest.fixture
def level(alice, pump, reach):
    post_message(reach=reach(alice, pump), name="level", data={"metres": 1.5}, ts=MARCH)
    return f"/channels/{pump.id}/level/"


def upload(client, level, text, **form):
    file = io.BytesIO(text.encode())
    file.name = "rows.csv"
    return client.post(f"{level}import.csv", {"file": file, **form}, follow=True).content.decode()


def test_the_panel_offers_columns(browse, bob, level):
    page = browse(bob).get(f"{level}?panel=csv").content.decode()

    assert '<option value="metres">' in page
    assert 'name="file"' not in page


def test_it_downloads_what_was_asked(browse, bob, level):
    with warnings.catch_warnings(action="ignore"):
        rows = b"".join(browse(bob).get(f"{level}export.csv?field=metres")).decode().splitlines()
        none = b"".join(browse(bob).get(f"{level}export.csv?to=2020-01-01T00:00")).decode().splitlines()

    assert rows[0].endswith(",metres")
    assert rows[1].endswith(",1.5")
    assert len(none) == 1
    assert browse(bob).get(f"{level}export.csv?from=soon").status_code == 400


def test_it_checks_and_imports(browse, alice, level):
    table = f"time_ms,metres\n{MARCH + 1},2\nsoon,3\n"

    assert "1 of 2 rows can be imported. Not so row 3" in upload(browse(alice), level, table, check="1")
    assert Message.objects.count() == 1
    assert "1 of 2 rows were imported" in upload(browse(alice), level, table)
    assert [json.dumps(data) for data in Message.objects.order_by("id").values_list("data", flat=True)] == [
        '{"metres": 1.5}',
        '{"metres": 2}',
    ]
    assert "The first row must name the columns" in upload(browse(alice), level, "x")
    assert "Choose a CSV file first" in browse(alice).post(f"{level}import.csv", follow=True).content.decode()


def test_who_may_not_write_may_not_import(browse, bob, mallory, level):
    assert browse(bob).post(f"{level}import.csv", {"file": io.BytesIO(b"time_ms,a\n1,1\n")}).status_code == 403
    assert browse(mallory).post(f"{level}import.csv").status_code == 404
    assert browse(mallory).get(f"{level}export.csv").status_code == 404
