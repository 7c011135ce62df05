"""A channel's history as CSV, out and in again."""

import csv
import io
import warnings
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from doover_web.common.wire import BadRequest
from doover_web.data import imports, publish
from doover_web.data.cells import ABSENT, cell_of, value_of
from doover_web.data.csv_in import read_csv
from doover_web.data.models import CsvImport, Message

MARCH = 1_772_600_767_890
words = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
tricky = st.sampled_from(
    ["=1+1", "'=1", "''-x", "-5", "+", "@", "\t=", "true", "null", "12", '"', '"x"', "[", "1e5", " a "]
)
numbers = st.one_of(st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False, allow_infinity=False))
values = st.recursive(st.one_of(st.none(), st.booleans(), numbers, words, tricky), lambda v: st.lists(v, max_size=3))


def rows_of(response):
    return list(csv.DictReader(io.StringIO(text_of(response).decode())))


def text_of(response):
    """The test's client is not asynchronous, which Django warns of."""
    with warnings.catch_warnings(action="ignore"):
        return b"".join(response)


@pytest.fixture
def history(itself):
    for n in range(4):
        publish.post_message(reach=itself, name="level", data={"tank": {"level": -n}, "who": "=cmd()"}, ts=MARCH + n)


@given(values)
def test_a_value_comes_back_as_it_was(value):
    cell = cell_of(value)

    assert value_of(cell) == value
    assert type(value_of(cell)) is type(value)
    if isinstance(value, str):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_absent_is_empty():
    assert cell_of(ABSENT) == ""
    assert value_of("") is ABSENT


def test_the_whole_history(api, bob, pump, at, history):
    rows = rows_of(api(bob).get(at(pump, "csv")))

    assert [row["time_ms"] for row in rows] == [str(MARCH + n) for n in range(4)]
    assert rows[0]["time_utc"] == "2026-03-04T05:06:07.890Z"
    assert rows[3]["data"].replace(" ", "") == '{"who":"=cmd()","tank":{"level":-3}}'


def test_fields_and_a_span(api, bob, pump, at, history):
    query = f"?field_name=tank.level&field_name=who&after={MARCH + 1}&before={MARCH + 3}"
    rows = rows_of(api(bob).get(at(pump, "csv") + query))

    assert [(row["tank.level"], row["who"]) for row in rows] == [("-1", "'=cmd()"), ("-2", "'=cmd()")]
    assert rows_of(api(bob).get(at(pump, "csv") + "?field_name=missing")) == []


def test_pages_follow_without_a_seam(api, bob, pump, at, history, monkeypatch):
    monkeypatch.setattr("doover_web.data.csv_out.PAGE", 2)

    assert len(rows_of(api(bob).get(at(pump, "csv")))) == 4


def test_large_messages_are_read_a_few_at_a_time(api, bob, pump, at, history, monkeypatch):
    monkeypatch.setattr("doover_web.data.history.LARGEST_PAGE", 120)

    assert len(rows_of(api(bob).get(at(pump, "csv")))) == 4


@pytest.mark.parametrize("query", ["?after=x", "?after=5&before=5", "?field_name=%00", "?before=" + "9" * 20])
def test_what_cannot_be_exported_is_refused(api, bob, pump, at, history, query):
    assert api(bob).get(at(pump, "csv") + query).status_code == 400


def test_an_export_comes_in_again_and_changes_nothing(api, alice, pump, at, history):
    for query in ("", "?field_name=tank.level&field_name=who"):
        exported = text_of(api(alice).get(at(pump, "csv") + query))
        before = list(Message.objects.order_by("id").values("id", "data", "edited_at"))

        answer = api(alice).post(at(pump, "csv"), raw=exported, content_type="text/csv").json()

        assert (answer["rows"], answer["stored"], answer["refused"]) == (4, 4, 0)
        assert list(Message.objects.order_by("id").values("id", "data", "edited_at")) == before


def test_an_export_of_one_field_changes_that_field_alone(api, alice, pump, at, history):
    exported = text_of(api(alice).get(at(pump, "csv") + "?field_name=tank.level"))
    before = {one.id: one.data for one in Message.objects.all()}
    changed = exported.replace(b",-1\r\n", b",41\r\n")
    assert changed != exported

    answer = api(alice).post(at(pump, "csv"), raw=changed, content_type="text/csv").json()

    assert (answer["stored"], answer["refused"]) == (4, 0)
    found = {one.id: one.data for one in Message.objects.all()}
    [edited] = [one for one in found if found[one] != before[one]]
    assert found[edited] == {**before[edited], "tank": {**before[edited]["tank"], "level": 41}}
    assert Message.objects.filter(edited_at=None).count() == 3


def test_a_field_of_what_is_no_object_is_refused(api, alice, pump, at, itself):
    message = publish.post_message(reach=itself, name="level", data="words")
    table = f"id,note\n{message.id},hello\n{message.id + (1 << 22)},new\n".encode()

    answer = api(alice).post(at(pump, "csv"), raw=table, content_type="text/csv").json()

    assert (answer["stored"], answer["problems"][0][0]) == (1, 2)
    assert [one.data for one in Message.objects.order_by("id")] == ["words", {"note": "new"}]


def test_rows_without_ids_are_imported_once(api, alice, pump, at, itself):
    publish.open_channel(reach=itself, name="level")
    table = f'time_ms,tank.level,note\n{MARCH},1.5,first\n{MARCH},1.5,second\n{MARCH + 1},,"a ""b"""\n'.encode()

    for _ in range(2):
        answer = api(alice).post(at(pump, "csv"), raw=table, content_type="text/csv").json()
        assert (answer["stored"], answer["refused"], answer["status"]) == (3, 0, "done")

    found = sorted(Message.objects.values_list("data", flat=True), key=str)
    assert found == [
        {"note": 'a "b"'},
        {"note": "first", "tank": {"level": 1.5}},
        {"note": "second", "tank": {"level": 1.5}},
    ]


def test_each_row_says_what_is_wrong_with_it(api, alice, pump, at, history):
    table = f"""id,time_ms,data,x
,{MARCH},{{"a": 1}},
,{MARCH},,
,soon,1,
x,,1,
,,1,
,{MARCH},nojson,
,{MARCH},1,2
1,2,3
,99999999999999,1,
,{MARCH},{{"a": 1}},
,1e400,1,
-9223372036854775808,,1,
""".encode()

    tried = api(alice).post(at(pump, "csv") + "?dry_run=true", raw=table, content_type="text/csv").json()
    assert Message.objects.count() == 4
    answer = api(alice).post(at(pump, "csv"), raw=table, content_type="text/csv").json()

    assert tried["problems"] == answer["problems"]
    assert (answer["rows"], answer["stored"], answer["refused"]) == (12, 1, 11)
    assert [number for number, _ in answer["problems"]] == list(range(3, 14))
    assert dict(answer["problems"])[9] == "3 cells where the first row has 4"
    assert dict(answer["problems"])[11] == "The same message as row 2"
    assert Message.objects.count() == 5


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe",
        b"a,b\n1,2\n",
        b"time_ms\n1\n",
        b"time_ms,a,a\n",
        b"time_ms,\n",
        b'time_ms,a\n1,"x\n',
        b'time_ms,a\n1,"x"y\n',
        b"time_ms," + b",".join(b"c%d" % n for n in range(300)),
    ],
)
def test_a_file_that_is_no_table_is_refused(raw):
    with pytest.raises(BadRequest):
        read_csv(raw)


def test_a_nul_and_a_deep_path_are_refused_row_by_row():
    deep = ".".join("a" * 99) + ".b.c"
    table = read_csv(f"time_ms,{deep},x\n{MARCH},1,\n{MARCH},,\x00\n{MARCH},,2\n".encode())

    assert [bool(row.problem) for row in table.rows] == [False, True, False]


def test_who_may_not_write_may_not_import(api, bob, mallory, pump, at, history):
    table = f"time_ms,a\n{MARCH},1\n".encode()

    assert api(bob).post(at(pump, "csv"), raw=table).status_code == 403
    assert api(bob).post(at(pump, "csv") + "?dry_run=true", raw=table).status_code == 403
    assert api(mallory).post(at(pump, "csv"), raw=table).status_code == 404
    assert api(mallory).get(at(pump, "csv")).status_code == 404
    assert api(pump).post(at(pump, "csv", name="nowhere"), raw=table).status_code == 404


@pytest.fixture
def job(api, alice, pump, at, itself, monkeypatch):
    monkeypatch.setattr(imports, "AT_ONCE", 2)
    monkeypatch.setattr(imports, "BATCH", 2)
    publish.open_channel(reach=itself, name="level")
    table = "time_ms,a\n" + "".join(f"{MARCH + n},{n}\n" for n in range(5)) + "soon,1\n"
    answer = api(alice).post(at(pump, "csv"), raw=table.encode(), content_type="text/csv").json()
    assert (answer["status"], answer["done"], answer["rows"]) == ("queued", 0, 6)
    return CsvImport.objects.get(pk=answer["id"])


def test_a_long_file_is_a_job_with_progress(api, alice, bob, pump, at, job):
    imports.run_import(job.pk)

    answer = api(alice).get(at(pump, "csv", job.pk)).json()
    assert (answer["status"], answer["done"], answer["stored"], answer["refused"]) == ("done", 6, 5, 1)
    assert answer["problems"][0][0] == 7
    assert Message.objects.count() == 5
    assert bytes(CsvImport.objects.get(pk=job.pk).content) == b""
    assert api(bob).get(at(pump, "csv", job.pk)).status_code == 403
    assert api(alice).get(at(pump, "csv", job.pk + 1)).status_code == 404


def test_a_job_goes_on_where_a_dead_worker_left_it(job, monkeypatch):
    calls = []

    def die(writes):
        calls.append(len(writes))
        if len(calls) == 2:
            raise SystemExit
        return publish.apply_all(writes)

    monkeypatch.setattr(imports, "apply_all", die)
    with pytest.raises(SystemExit):
        imports.run_import(job.pk)
    imports.run_import(job.pk)  # another worker keeps off: the first may live
    job.refresh_from_db()
    assert (job.status, job.done) == ("running", 2)

    CsvImport.objects.update(touched_at=timezone.now() - timedelta(minutes=10))
    assert imports.stale_imports() == [job.pk]
    imports.run_import(job.pk)
    job.refresh_from_db()
    assert (job.status, job.done, job.stored) == ("done", 6, 5)


def test_a_long_job_gives_others_their_turn(job):
    turns = 1
    while imports.run_import(job.pk, seconds=0):
        job.refresh_from_db()
        assert (job.status, job.done) == ("queued", 2 * turns)
        turns += 1

    job.refresh_from_db()
    assert (turns, job.status, job.done, job.stored) == (3, "done", 6, 5)


def test_a_job_of_somebody_who_lost_the_right_fails(alice, job):
    alice.memberships.all().delete()

    imports.run_import(job.pk)
    job.refresh_from_db()

    assert job.status == "failed"
    assert not Message.objects.exists()


def test_a_device_sends_short_files(api, pump, at, job):
    table = b"time_ms,a\n1,1\n2,2\n3,3\n"

    assert api(pump).post(at(pump, "csv"), raw=table).status_code == 413


def test_null_is_a_value(api, alice, pump, at, itself):
    data = {"tank": {"level": None, "more": {"a": None}}, "n": 1}
    message = publish.post_message(reach=itself, name="level", data=data)
    exported = text_of(api(alice).get(at(pump, "csv") + "?field_name=tank.level&field_name=tank.more&field_name=n"))
    publish.delete_message(reach=itself, name="level", message_id=message.id)

    assert api(alice).post(at(pump, "csv"), raw=exported, content_type="text/csv").json()["stored"] == 1
    assert Message.objects.get().data == data


def test_a_dry_run_knows_the_schema(api, alice, pump, itself, at, monkeypatch):
    schema = {"properties": {"n": {"type": "number"}}}
    publish.open_channel(reach=itself, name="level", settings={"message_schema": schema}, update=True)
    table = f"time_ms,n\n{MARCH},1\n{MARCH},one\n".encode()

    tried = api(alice).post(at(pump, "csv") + "?dry_run=true", raw=table, content_type="text/csv").json()
    assert Message.objects.count() == 0
    done = api(alice).post(at(pump, "csv"), raw=table, content_type="text/csv").json()
    assert (
        tried["problems"]
        == done["problems"]
        == [[3, "The message does not fit the channel's schema at n: 'one' is not of type 'number'"]]
    )
    assert (tried["stored"], done["stored"]) == (1, 1)

    monkeypatch.setattr("doover_web.data.judging.SCHEMA_SECONDS", -1)
    tried = api(alice).post(at(pump, "csv") + "?dry_run=true", raw=table, content_type="text/csv").json()
    assert tried["problems"] == []
