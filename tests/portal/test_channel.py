"""A channel page without scripts: what it shows, what its forms do, and for whom."""

import json

from django.db import connection

from doover_web.data.models import Channel, Message
from doover_web.data.publish import open_channel, post_message, update_aggregate
from doover_web.identity.models import GroupRole


def state_of(client, url):
    return json.loads(client.get(f"{url}download").content)


def test_it_shows_state_and_messages(browse, bob, level):
    page = browse(bob).get(level).content.decode()

    assert "9007199254740993" in page
    assert page.index('data-key="b"') < page.index('data-key="a"')
    assert page.index("reading 2") < page.index("reading 0")
    assert "Alice Moreau" in page


def test_a_uuid_key_finds_the_agent_too(browse, bob, pump, level):
    assert browse(bob).get(f"/channels/{pump.key}/level").status_code == 200
    assert browse(bob).get("/channels/00000000-0000-0000-0000-000000000000/level").status_code == 404


def test_strangers_find_nothing(browse, mallory, pump, level):
    strangers = browse(mallory)

    assert strangers.get(level).status_code == 404
    assert strangers.get(f"{level}download").status_code == 404
    assert strangers.get(f"{level}?part=messages").status_code == 404
    assert strangers.get(f"/channels/{pump.id}").status_code == 404
    assert strangers.post(level, {"action": "message", "data": "1"}).status_code == 404
    assert "Pump 7" not in strangers.get("/channels").content.decode()


def test_a_private_channel_is_not_there_for_a_viewer(browse, alice, bob, pump, reach):
    open_channel(reach=reach(alice, pump), name="notes", settings={"is_private": True})

    assert "Private" in browse(alice).get(f"/channels/{pump.id}/notes").content.decode()
    assert browse(bob).get(f"/channels/{pump.id}/notes").status_code == 404


def test_without_control_it_is_read_only_and_says_why(browse, bob, level):
    client = browse(bob)
    page = client.get(level).content.decode()

    assert "not change them" in page
    assert "Edit JSON" not in page
    assert client.post(level, {"action": "state", "data": '{"x": 1}', "mode": "merge"}).status_code == 403
    assert "x" not in state_of(client, level)


def test_a_deep_link_opens_and_marks_the_node(browse, bob, level):
    page = browse(bob).get(f"{level}tank/metres").content.decode()

    assert 'aria-selected="true"' in page
    assert "tank.metres" in page
    assert browse(bob).get(f"{level}no/such/path").status_code == 200


def test_a_form_merges_the_state(browse, alice, level):
    client = browse(alice)
    response = client.post(
        level, {"action": "state", "mode": "merge", "data": '{"a": null, "c": {"d": 1}}', "log": "on"}
    )

    assert response["Location"] == level
    assert list(state_of(client, level)) == ["tank", "b", "c"]
    assert Message.objects.count() == 4


def test_a_form_replaces_the_state_unless_it_changed_meanwhile(browse, alice, pump, reach, level):
    client = browse(alice)
    opened = client.get(f"{level}?edit=1").context["revision"]
    update_aggregate(reach=reach(alice, pump), name="level", data={"quick": 1})
    form = {"action": "state", "mode": "replace", "data": '{"mine": 1}', "revision": opened}

    refused = client.post(level, form)
    assert "changed since you opened it" in refused.content.decode()
    assert "&quot;mine&quot;" in refused.content.decode()
    assert "quick" in state_of(client, level)

    client.post(level, form | {"revision": refused.context["draft"].revision})
    assert state_of(client, level) == {"mine": 1}


def test_a_mistake_keeps_the_typed_text(browse, alice, level):
    client = browse(alice)

    for text in ('{"a": ', "[1]", "", "NaN", '{"a": "\\u0000"}', "[" * 200):
        response = client.post(level, {"action": "state", "mode": "merge", "data": text})
        assert response.status_code == 400
        assert response.context["draft"].text == text
        assert response.context["draft"].problem


def test_a_form_sends_and_deletes_a_message(browse, alice, level):
    client = browse(alice)
    client.post(level, {"action": "message", "data": '{"hello": "there"}'})
    newest = client.get(level).context["entries"][0]
    assert "hello" in newest.line

    assert f"Delete message {newest.id}?" in client.get(f"{level}?delete={newest.id}").content.decode()
    client.post(level, {"action": "delete", "message": newest.id})
    assert newest.id not in client.get(level).content.decode()
    assert client.post(level, {"action": "delete", "message": newest.id}).status_code == 400


def test_archive_and_back(browse, alice, pump, level):
    client = browse(alice)
    client.post(level, {"action": "archive"})
    assert Channel.objects.get(name="level").archived_at
    assert "level" not in [one.name for one in client.get(f"/channels/{pump.id}").context["channels"]]
    assert "level" in [one.name for one in client.get(f"/channels/{pump.id}?archived=1").context["channels"]]

    client.post(level, {"action": "unarchive"})
    assert Channel.objects.get(name="level").archived_at is None


def test_a_new_channel(browse, alice, bob, pump):
    url = f"/channels/{pump.id}"
    made = browse(alice).post(url, {"name": "notes-1", "is_private": "on"})
    assert made["Location"] == f"{url}/notes-1/"
    assert Channel.objects.get(name="notes-1").is_private

    for name in ("", "a b", "ä", "x" * 256, "a/b", "<b>"):
        assert browse(alice).post(url, {"name": name}).status_code == 400
    assert browse(bob).post(url, {"name": "other"}).status_code == 403


def test_history_pages_back_without_end(browse, bob, alice, pump, reach, level):
    for number in range(120):
        post_message(reach=reach(alice, pump), name="level", data={"n": number}, ts=1_700_000_000_000 + number)
    client, seen, address = browse(bob), [], level
    while address:
        context = client.get(address).context
        seen += [entry.id for entry in context["entries"]]
        address = context["oldest"] and f"{level}?before={context['oldest']}"

    assert len(seen) == len(set(seen)) == 123
    assert [int(one) for one in seen] == sorted(map(int, seen), reverse=True)


def test_messages_are_filtered_by_time_key_and_text(browse, bob, alice, pump, reach, level):
    post_message(reach=reach(alice, pump), name="level", data={"old": "100%"}, ts=1_600_000_000_000)
    client = browse(bob)

    def lines(query):
        return [entry.line for entry in client.get(f"{level}?{query}").context["entries"]]

    assert len(lines("key=metres")) == 3
    assert lines("text=READING 1")
    assert len(lines("text=reading 1")) == 1
    assert lines("text=0%25") == ['{"old": "100%"}']
    assert lines("to=2021-01-01T00:00") == ['{"old": "100%"}']
    assert len(lines("from=2021-01-01T00:00")) == 3
    assert lines("from=2020-01-01T00:00&to=2020-06-01T00:00&text=x") == []
    assert "A time looks like" in client.get(f"{level}?from=soon").content.decode()


def test_times_are_in_the_zone_of_the_viewer(browse, bob, alice, pump, reach, level):
    post_message(reach=reach(alice, pump), name="level", data={"z": 1}, ts=1_767_225_600_000)
    client = browse(bob)
    client.cookies["zone"] = "Australia/Brisbane"

    page = client.get(f"{level}?to=2026-01-01T11:00").content.decode()

    assert "10:00:00.000" in page
    assert "Brisbane, UTC+10" in page
    assert "2026-01-01 00:00:00.000 UTC" in page


def test_bad_addresses_are_answered(browse, bob, pump, level):
    client = browse(bob)

    for query in ("before=x", "before=99999999999999999999", "limit=0", "limit=100000", "delete=%3Cb%3E"):
        assert client.get(f"{level}?{query}").status_code == 200
    assert client.get(f"{level}?part=messages&before=x").status_code == 400
    for address in (f"/channels/{pump.id}/missing", "/channels/1", "/channels/me", "/nothing", f"{level}%00"):
        assert client.get(address).status_code in (200, 404)


def test_names_and_values_are_text(browse, bob, alice, pump, reach):
    evil = '"><script>alert(1)</script>'
    update_aggregate(reach=reach(alice, pump), name="x", data={evil: evil, "n": {evil: [evil]}})
    post_message(reach=reach(alice, pump), name="x", data={evil: evil})

    page = browse(bob).get(f"/channels/{pump.id}/x").content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_its_queries_stay_level(browse, bob, alice, pump, reach, level, statements):
    client = browse(bob)
    client.get(level)  # the first page of a session notes when it was seen
    few = statements(lambda: client.get(level))
    for number in range(40):
        post_message(reach=reach(alice, pump), name="level", data={"n": number})
        update_aggregate(reach=reach(alice, pump), name=f"c{number}", data={"n": number})

    assert statements(lambda: client.get(level)) == few


def test_a_search_that_takes_too_long_is_given_up_with_advice(browse, bob, level, monkeypatch):
    def sleep(*_, **__):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")

    monkeypatch.setattr("doover_web.data.history.SEARCH_MS", 20)
    monkeypatch.setattr("doover_web.data.history._rows", sleep)

    page = browse(bob).get(f"{level}?text=x").content.decode()

    assert "Choose a shorter time" in page


def test_without_the_right_to_history_the_state_alone_is_shown(browse, bob, level):
    GroupRole.objects.filter(name="Viewer").update(flags=["device_view"])

    page = browse(bob).get(level).content.decode()

    assert "You may not read the history" in page
    assert "reading 2" not in page
    assert "9007199254740993" in page
    assert browse(bob).get(f"{level}?part=messages").status_code == 404


def test_a_deep_document_is_no_trouble(browse, bob, alice, pump, reach):
    document = value = {}
    for _ in range(95):
        value["k"] = {}
        value = value["k"]
    update_aggregate(reach=reach(alice, pump), name="deep", data=document)

    page = browse(bob).get(f"/channels/{pump.id}/deep/{'k/' * 95}").content.decode()

    assert page.count('role="treeitem"') == 95


def test_what_the_command_line_opens_leads_to_the_start(browse, bob):
    asked = "?local_url=http%3A%2F%2F127.0.0.1%3A49100"

    assert browse(bob).get("/channels/dda")["Location"] == "/channels"
    assert browse(bob).get("/channels/dda" + asked)["Location"] == "/channels" + asked


def test_a_path_that_leads_nowhere_is_named(browse, alice, level):
    for path in ("tank/missing", "missing"):
        response = browse(alice).get(level + path)
        assert response.context["missing"] == path
        assert response.context["focus"] == ()
    assert browse(alice).get(f"{level}tank/metres").context["missing"] == ""


def test_an_archived_channel_stays_in_its_own_list(browse, alice, pump, level):
    client = browse(alice)
    client.post(level, {"action": "archive"})

    assert "level" in [one.name for one in client.get(level).context["channels"]]
    assert "data-archived" in client.get(f"/channels/{pump.id}/?part=list&current=level").content.decode()
    assert "level" not in client.get(f"/channels/{pump.id}/?part=list").content.decode()


def test_a_span_the_wrong_way_round_is_named(browse, alice, level):
    page = browse(alice).get(level + "?from=2026-01-02T00:00&to=2026-01-01T00:00").content.decode()

    assert "From is later than To" in page
    assert 'value="2026-01-02T00:00"' in page
