"""Parts of pages that are drawn once for the same facts."""

from dataclasses import dataclass

import pytest
from django.utils import translation

from doover_web.pages import remembered
from doover_web.pages.remembered import part


@dataclass(frozen=True)
class Value:
    label: str
    text: str
    units: str = "V"
    path: str = "battery/volts"
    decimals: int | None = None


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(remembered, "_KNOWN", {})


def drawn(value, icons=None):
    return part("portal/_key_value.html", icons, {"one": value})


def manage(icons, *may):
    return part("frame/_manage.html", icons, {"may": frozenset(may), "manages": True, "section": "users"})


def test_the_same_is_drawn_once_and_another_anew():
    first = drawn(Value("Battery", "12.8"))

    assert drawn(Value("Battery", "12.8")) is first
    assert "12.9" in drawn(Value("Battery", "12.9"))
    assert "&lt;b&gt;" in drawn(Value("<b>", "12.8"))


def test_each_language_has_its_own():
    english = manage(set(), "users_view")

    with translation.override("de"):
        assert "Benutzer" in manage(set(), "users_view")
    assert manage(set(), "users_view") == english


def test_what_somebody_may_is_part_of_the_key():
    assert "/users/" in manage(set(), "users_view")
    assert "/users/" not in manage(set(), "device_create")


def test_its_icons_join_those_of_every_page():
    pages = [{"bell"}, {"copy"}]

    assert manage(pages[0], "users_view") == manage(pages[1], "users_view")

    assert pages[0] - {"bell"} == pages[1] - {"copy"} > {"user", "key"}


def test_a_page_without_a_sprite_has_the_strokes():
    assert "<use" in manage(set())
    assert "<use" not in manage(None)


def test_no_more_is_kept_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(remembered, "MOST", 3)
    monkeypatch.setattr(remembered, "LONGEST", 1000)

    for number in range(10):
        drawn(Value("Battery", str(number)))
        assert "x" * 2000 in drawn(Value("x" * 2000, str(number)))

    assert 0 < len(remembered._KNOWN) <= 3
