"""Files: base64 in `output` for old clients, an attachment for all others."""

import base64
import io
import json
import zipfile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from doover_web.data.blobs import read_blob
from doover_web.data.models import Attachment, Blob
from doover_web.data.publish import apply_with, update_aggregate
from doover_web.data.writes import ChangeAggregate, PostMessage
from doover_web.legacy import payloads
from doover_web.legacy.outputs import split_file

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n" + bytes(range(256))
ENCODED = base64.b64encode(PNG).decode()


def zipped():
    folder = io.BytesIO()
    with zipfile.ZipFile(folder, "w") as archive:
        archive.writestr("target.py", "class target: pass")
    return base64.b64encode(folder.getvalue()).decode()


PACKED = zipped()


@pytest.fixture
def camera(old, at_pump, django_capture_on_commit_callbacks):
    """`camera(msg)`: publishes to the channel `camera` of Pump 7, kept in the history."""

    def publish(message, **options):
        with django_capture_on_commit_callbacks(execute=True):
            answer = old.post(at_pump("camera"), {"msg": message, "record_log": True, **options})
        assert answer.status_code == 200
        return answer.content.decode()

    return publish


@pytest.fixture
def state(old, at_pump):
    return lambda: old.get(at_pump("camera")).json()["aggregate"]["payload"]


@pytest.fixture
def newer(api, alice, pump):
    """`newer("aggregate")`: what the Data API says of `camera`."""
    return lambda rest: api(alice).get(f"/api/agents/{pump.id}/channels/camera/{rest}").json()


def picture(content=ENCODED, kind="image/png"):
    return {"output_type": kind, "output": content}


def test_both_generations_see_one_file(camera, state, newer, history):
    camera({"kept": 1})
    camera(picture())

    assert state() == {"kept": 1, "output_type": "image/png", "output": ENCODED}
    assert [one["payload"] for one in history("camera")] == [picture(), {"kept": 1}]
    now = newer("aggregate")
    assert now["data"] == {"kept": 1, "output_type": "image/png"}
    [message, _] = newer("messages")
    assert message["data"] == {"output_type": "image/png"}
    for shown in (now, message):
        [file] = shown["attachments"]
        assert (file["filename"], file["content_type"], file["size"]) == ("camera.png", "image/png", len(PNG))
    [blob] = Blob.objects.all()
    assert read_blob(blob.name) == PNG


def test_one_message_has_its_file(camera, old, at_pump):
    key = camera(picture())
    channel = old.get(at_pump("camera")).json()["channel"]

    assert old.get(f"/ch/v1/channel/{channel}/message/{key}").json()["payload"] == picture()


@pytest.mark.parametrize(
    ("after", "seen"),
    [
        (picture(kind="text/x-own"), {"output_type": "text/x-own", "output": ENCODED}),
        (picture(kind=None), {"output": ENCODED}),
        (picture(kind="jpg"), {"output_type": "jpg", "output": ENCODED}),
        (picture("not base64!"), picture("not base64!")),
        ({"output": None}, {"output_type": "image/png"}),
        ({"output": "done"}, picture("done")),
        ({"output": {"a": 1}}, picture({"a": 1})),
        ({"note": 1}, {**picture(), "note": 1}),
        ({"output_type": None}, {"output": ENCODED}),
        ("just text", "just text"),
        ([1], [1]),
    ],
)
def test_what_takes_the_place_of_a_file(camera, state, newer, after, seen):
    camera(picture(base64.b64encode(b"an older one").decode()))
    camera(picture())
    camera(after)

    assert state() == seen
    is_kept = isinstance(seen, dict) and seen.get("output") == ENCODED
    assert len(newer("aggregate")["attachments"]) == is_kept
    assert Attachment.objects.filter(message_id=None).count() == is_kept


def test_a_file_takes_the_place_of_text(camera, state, newer):
    camera({"output": "not a file"})
    camera(picture())

    assert state() == picture()
    assert newer("aggregate")["data"] == {"output_type": "image/png"}


def test_a_replaced_state_has_no_file(camera, state, history):
    camera(picture())
    camera({"fresh": 1}, override_aggregate=True)

    assert state() == {"fresh": 1}
    assert [one["payload"] for one in history("camera")] == [{"fresh": 1}, picture()]


def test_the_whole_state_is_kept_with_its_file(camera, state, history):
    camera(picture(), record_log=False)
    camera({"note": 1}, log_aggregate=True)

    assert [one["payload"] for one in history("camera")] == [{**picture(), "note": 1}]
    assert state() == {**picture(), "note": 1}
    assert Blob.objects.count() == 1


def test_bytes_go_with_the_last_that_has_them(camera, old, at_pump, history, django_capture_on_commit_callbacks):
    camera(picture())
    camera({"output": None})
    assert Blob.objects.count() == 1
    [_, message] = history("camera")

    with django_capture_on_commit_callbacks(execute=True):
        old.delete(f"/ch/v1/channel/{message['channel']}/message/{message['message']}")
    assert Blob.objects.count() == 0


def test_what_newer_clients_hang_under_the_channels_name_is_its_output(camera, state, at, history):
    _, files = split_file("camera", picture())
    apply_with(ChangeAggregate(at, "camera", {"output_type": "image/png"}), files)
    _, files = split_file("camera", picture())
    apply_with(PostMessage(at, "camera", {"n": 1}), files)

    assert state() == picture()
    assert [one["payload"] for one in history("camera")] == [{"n": 1, "output": ENCODED}]
    update_aggregate(reach=at, name="camera", data={"output": "said since"})
    assert state() == picture("said since")


def test_a_viewer_leaves_no_bytes_behind(camera, old_of, bob, at_pump):
    camera({"kept": 1})

    assert old_of(bob).post(at_pump("camera"), {"msg": picture(), "record_log": True}).status_code == 403
    assert not Blob.objects.exists()


def test_lost_bytes_leave_the_rest_readable(camera, state, history, monkeypatch):
    camera(picture())
    monkeypatch.setattr("doover_web.legacy.payloads.read_blob", lambda name: None)

    assert state() == {"output_type": "image/png"}
    assert [one["payload"] for one in history("camera")] == [{"output_type": "image/png"}]


def test_a_file_that_is_replaced_meanwhile_is_read_again(camera, state, monkeypatch):
    newer = base64.b64encode(b"a newer one").decode()
    camera(picture(kind="image/jpeg"), record_log=False)

    def replaced_first(name, real=payloads.read_blob):
        monkeypatch.setattr(payloads, "read_blob", real)
        camera(picture(newer), record_log=False)
        return real(name)

    monkeypatch.setattr(payloads, "read_blob", replaced_first)
    assert state() == picture(newer)


def test_a_list_of_files_asks_as_often_as_a_short_one(camera, history, monkeypatch):
    monkeypatch.setattr("doover_web.legacy.messages.LARGEST_WHOLE", 3000)
    counts = []
    for _ in range(2):
        for number in range(4):
            camera({**picture(), "n": number})
        with CaptureQueriesContext(connection) as queries:
            assert all(one["payload"]["output"] == ENCODED for one in history("camera"))
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_an_export_has_the_files_in_it(camera, old, at_pump):
    camera(picture())
    channel = old.get(at_pump("camera")).json()["channel"]

    assert ENCODED in b"".join(old.get(f"/ch/v1/channel/{channel}/messages/export.csv")).decode()


@pytest.mark.parametrize(
    ("channel", "message"),
    [
        ("camera", {"output": ENCODED}),
        ("camera", picture("")),
        ("camera", picture("QUJD\n")),
        ("camera", picture("QR==")),
        ("camera", picture("-_-_")),
        ("camera", picture("ä")),
        ("camera", picture(7)),
        ("camera", {"output_type": 7, "output": ENCODED}),
        ("#code", picture()),
        ("x" * 252, picture()),
        ("a\\b", picture()),
        ("camera", [picture()]),
        ("camera", ENCODED),
    ],
)
def test_what_is_no_file_stays_where_it_is(channel, message):
    assert split_file(channel, message) == (message, [])


@pytest.mark.parametrize("kind", ["image/png", "x" * 5000, "a/b\x7f", "../../etc", "data:,x", "", None, "mp4"])
def test_any_type_is_told_as_it_was_given(camera, state, kind):
    camera(picture(kind=kind))

    assert state() == {key: value for key, value in picture(kind=kind).items() if value is not None}


def test_text_for_those_who_decode_it_themselves(camera, old, at_pump, settings, history):
    key = camera(picture())
    channel = old.get(at_pump("camera")).json()["channel"]
    settings.LEGACY_TEXT_PAYLOAD = True

    assert json.loads(old.get(f"/ch/v1/channel/{channel}/message/{key}").json()["payload"]) == picture()
    assert history("camera")[0]["payload"] == picture()


def test_a_package_is_kept_as_a_file_too(old, at_pump, history, api, alice, pump, django_capture_on_commit_callbacks):
    packages = ["UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==", PACKED]
    for package in packages:
        with django_capture_on_commit_callbacks(execute=True):
            old.post(at_pump("%23sums"), {"msg": package, "record_log": True})

    def payload():
        return old.get(at_pump("%23sums")).json()["aggregate"]["payload"]

    assert payload() == PACKED
    assert [one["payload"] for one in history("%23sums")] == packages[::-1]
    shown = api(alice).get(f"/api/agents/{pump.id}/channels/%23sums/aggregate").json()
    assert list(shown["data"]) == ["package"]
    assert [one["filename"] for one in shown["attachments"]] == ["#sums.zip"]

    old.post(at_pump("%23sums"), {"msg": {"note": 1}})
    assert payload() == {"note": 1}
    old.post(at_pump("%23sums"), {"msg": PACKED, "log_aggregate": True})
    assert payload() == history("%23sums", "1/")[0]["payload"] == PACKED


def test_a_package_written_in_another_way_stays_text(old, at_pump):
    odd = "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAB=="  # the same zip: four bits that nobody reads are set
    old.post(at_pump("%23sums"), {"msg": odd})

    assert old.get(at_pump("%23sums")).json()["aggregate"]["payload"] == odd
