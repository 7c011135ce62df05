"""Templates that people write harm nothing."""

import time

import pytest

from doover_web.common.wire import BadRequest
from doover_web.control.rendering import render


def test_a_template_is_rendered():
    assert render("pin: {{ pin + 1 }}", {"pin": 3}, "It") == "pin: 4"


def test_text_without_a_template_stays():
    assert render("plain $text", {}, "It") == "plain $text"


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{ missing }}", "'missing' is undefined"),
        ("{% for %}", "line 1"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ x.y.z }}", "undefined"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ cycler.__init__.__globals__.os.environ }}", "unsafe"),
        ("{% include '/etc/passwd' %}", "no loader"),
    ],
)
def test_what_is_wrong_is_said(template, words):
    with pytest.raises(BadRequest) as refusal:
        render(template, {}, "The template")

    assert words in refusal.value.message
    assert refusal.value.message.startswith("The template")


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{{ 'x' * 10 ** 10 }}",
        "{{ '%09999999999d' % 1 }}",
        "{{ 'x' * 5000000 }}",
        "{{ [[[0] * 99999] * 99999] | string }}",
    ],
)
def test_what_takes_too_much_is_stopped(template):
    began = time.monotonic()

    with pytest.raises(BadRequest) as refusal:
        render(template, {}, "It")

    assert refusal.value.code == "bad_template"
    assert time.monotonic() - began < 30


def test_a_template_has_a_largest_size():
    with pytest.raises(BadRequest):
        render("{{" * 200_000, {}, "It")


def test_nothing_of_the_server_is_in_there(monkeypatch):
    monkeypatch.setenv("DOOVER_SECRET_KEY", "very secret")

    with pytest.raises(BadRequest) as refusal:
        render("{{ lipsum.__globals__['os'].environ['DOOVER_SECRET_KEY'] }}", {}, "It")

    assert "very secret" not in refusal.value.message
