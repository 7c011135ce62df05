"""An alarm's sentence in the language of whoever reads it."""

import pytest
from django.utils import translation

from doover_web.data.alarm_language import spoken
from doover_web.data.alarm_words import summary
from doover_web.data.alarms import Condition

SENTENCES = [
    ("triggered", "Tank low: Level < 20 % (Level is 12 %)", "Tank low: Level < 20 % (Level ist 12 %)"),
    (
        "triggered",
        "Hot: Heat > 30 °C and between 05:00 and 21:00 UTC (Heat is 31 °C)",
        "Hot: Heat > 30 °C und zwischen 05:00 und 21:00 UTC (Heat ist 31 °C)",
    ),
    (
        "triggered",
        "Falls: Pressure and flow changes by < -2 per second over 90 s (Pressure and flow is missing)",
        "Falls: Pressure and flow ändert sich über 90 s um < -2 je Sekunde (Pressure and flow ist nicht da)",
    ),
    ("cleared", "Tank low: back to normal (Level (left) is 40 %)", "Tank low: wieder normal (Level (left) ist 40 %)"),
    (
        "pending",
        "Tank low: Level < 20 % (Level is 12 %), not for long enough yet",
        "Tank low: Level < 20 % (Level ist 12 %), noch nicht lange genug",
    ),
    ("no-data", "Tank low: no data (Level, Flow)", "Tank low: keine Daten (Level, Flow)"),
]


@pytest.mark.parametrize(("event", "english", "german"), SENTENCES)
def test_it_is_said_in_german(event, english, german):
    with translation.override("de"):
        assert spoken(event, english) == german


@pytest.mark.parametrize(("event", "english", "german"), SENTENCES)
def test_in_english_it_is_what_was_stored(event, english, german):
    with translation.override("en-au"):
        assert spoken(event, english) == english


@pytest.mark.parametrize("event", ["triggered", "cleared", "pending", "no-data", "of another kind"])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ring Bob",
        "Ring Bob: he is on call",
        "Ring Bob: (he is",
        "a: )(",
        "a: b (c)",
        "a: no data (",
        ": " * 900,
        "x: " + "(" * 1900,
        "x: " + ")" * 1900 + " is )",
        "x: y is z" * 5000,
    ],
)
def test_what_somebody_wrote_stays(event, text):
    with translation.override("de"):
        assert spoken(event, text) == text


def test_conditions_of_every_kind_are_understood():
    hours = Condition(id="h", type="time_of_day", from_ms=5 * 3_600_000, to_ms=21 * 3_600_000, invert=True)
    with translation.override("de"):
        told = spoken("triggered", f"a: {summary([hours])} (b is 1)")

    assert told == "a: nicht zwischen 05:00 und 21:00 UTC (b ist 1)"
