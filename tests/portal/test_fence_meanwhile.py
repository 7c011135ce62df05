"""Two people change one fence: the second reads what the first put there before it is overwritten."""

import re

import pytest

from doover_web.fences.actions.fence import create_fence
from doover_web.fences.models import Fence
from doover_web.identity.auth import caller_of_user

CIRCLE = {"type": "circle", "lat": -27.5, "long": 151.9, "radius": 200}
TYPED = {
    "name": "Yard",
    "kind": "circle",
    "lat": "-27.5",
    "long": "151.9",
    "radius": "200",
    "margin": "25",
    "alarm_while": "",
    "alarm_after": "0",
    "severity": "6",
    "tells_entry": "1",
    "tells_exit": "1",
    "is_enabled": "1",
}


@pytest.fixture
def yard(alice, creek):
    return create_fence(place=creek, fields={"name": "Yard", "shape": CIRCLE}, by=caller_of_user(alice))


def marks_in(response) -> str:
    found = re.search(r'name="marks" value="([^"]+)"', response.content.decode())
    assert found is not None
    return found[1]


def test_the_second_to_save_reads_what_changed_and_may_save_all_the_same(browse, alice, bob, yard):
    client, there = browse(alice), f"/map/fences/{yard.id}/"
    first = {"marks": marks_in(client.get(there))}
    second = dict(first)
    assert client.post(there, {**TYPED, **first, "margin": "40", "severity": "4", "is_enabled": ""}).status_code == 302

    refused = client.post(there, {**TYPED, **second, "name": "Home <paddock>"})

    page = refused.content.decode()
    assert refused.status_code == 409
    assert "Not saved: Alice Moreau changed this fence while you were at it" in page
    for told in ("Margin in metres, now: 40", "Severity, now: Debug", "Switched on: it watches and tells, now: No"):
        assert told in page
    assert "Name, now" not in page
    assert 'value="Home &lt;paddock&gt;"' in page
    assert Fence.objects.get().name == "Yard"
    german = client.post(there, {**TYPED, **second}, headers={"Accept-Language": "de"}).content.decode()
    assert "jetzt: 40" in german

    assert client.post(there, {**TYPED, "marks": marks_in(refused), "name": "Home <paddock>"}).status_code == 302
    saved = Fence.objects.get()
    assert (saved.name, saved.margin, saved.severity, saved.is_enabled) == ("Home <paddock>", 25, 6, True)


def test_a_form_that_is_wrong_keeps_the_moment_at_which_it_was_opened(browse, alice, yard):
    client, there = browse(alice), f"/map/fences/{yard.id}/"
    opened = marks_in(client.get(there))
    assert client.post(there, {**TYPED, "marks": opened, "margin": "40"}).status_code == 302

    wrong = client.post(there, {**TYPED, "marks": opened, "name": ""})
    assert (wrong.status_code, marks_in(wrong)) == (400, opened)
    assert client.post(there, {**TYPED, "marks": marks_in(wrong)}).status_code == 409


def test_what_both_wrote_alike_is_no_news(browse, alice, yard):
    client, there = browse(alice), f"/map/fences/{yard.id}/"
    opened = marks_in(client.get(there))

    assert client.post(there, {**TYPED, "marks": opened, "radius": "300"}).status_code == 302
    assert client.post(there, {**TYPED, "marks": opened, "radius": "300", "name": "Big yard"}).status_code == 302
    told = client.post(there, {**TYPED, "marks": opened, "radius": "100", "name": "Big yard"}).content.decode()
    assert "Shape, now: a circle of 300 m around −27.5, 151.9" in told


@pytest.mark.parametrize("marks", ["", "nonsense", "name:", "shape:1 margin", "😀:x name:😀"])
def test_marks_that_are_none(browse, alice, yard, marks):
    answer = browse(alice).post(f"/map/fences/{yard.id}/", {**TYPED, "marks": marks, "name": "Yard"})

    assert answer.status_code in (302, 409)
