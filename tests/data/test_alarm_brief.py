"""What an alarm said is put for people: each thing once, in their language."""

import pytest
from django.utils.translation import override

from doover_web.data.alarm_brief import brief

AWAY = "Gateway is offline: determination = Offline (determination is Offline)"
BACK = "Gateway is offline: back to normal (determination is Online)"
HOURS = "between 05:00 and 21:00 UTC"


@pytest.mark.parametrize(
    ("language", "event", "text", "told"),
    [
        (
            "en",
            "triggered",
            "Not full: Main tank · Level < 95 % (Main tank · Level is 47.4 %)",
            "Not full — Level 47.4 %, below 95 %",
        ),
        (
            "de",
            "triggered",
            "Not full: Main tank · Level < 95 % (Main tank · Level is 47,4 %)",
            "Not full — Level 47,4 %, unter 95 %",
        ),
        ("en", "triggered", "Big: Volume ≥ 20,000 L (Volume is 26,598 L)", "Big — Volume 26,598 L, at least 20,000 L"),
        ("en", "triggered", "Hot: t > 30 and u > 5 (t is 31)", "Hot — t 31, above 30, and u > 5"),
        ("en", "triggered", "Hot: u > 5 and A · t > 30 (A · t is 31)", "Hot — t 31, above 30, and u > 5"),
        ("en", "triggered", f"Hot: t > 30 and {HOURS} (t is 31)", f"Hot — t 31, above 30, and {HOURS}"),
        (
            "de",
            "triggered",
            f"Hot: t > 30 and {HOURS} (t is 31)",
            "Hot — t 31, über 30, und zwischen 05:00 und 21:00 UTC",
        ),
        ("en", "triggered", "Open: Gate · Door = Yes (Gate · Door is Yes)", "Open — Door Yes"),
        ("de", "triggered", "Open: Gate · Door = Yes (Gate · Door is Yes)", "Open — Door Ja"),
        (
            "en",
            "pending",
            "Low: T · Level < 20 % (T · Level is 12 %), not for long enough yet",
            "Low — Level 12 %, below 20 %, not for long enough yet",
        ),
        ("en", "cleared", "Hot: back to normal (Main · Heat is 20 °C)", "Hot — back to normal, Heat 20 °C"),
        ("de", "cleared", "Hot: back to normal (Main · Heat is 20 °C)", "Hot — wieder normal, Heat 20 °C"),
        (
            "en",
            "pending",
            "A: B: device is inside, not for long enough yet",
            "A: B — device is inside, not for long enough yet",
        ),
        ("en", "no-data", "Yard: it is not known where the device is", "Yard — it is not known where the device is"),
        ("en", "no-data", "Gone: no data (T · Level, T · Flow)", "Gone — no data: Level, Flow"),
        ("en", "triggered", "Gone: t < 3 (t is missing)", None),
        (
            "en",
            "triggered",
            "Fast: t changes by > 3 per second over 5 min (t is 31)",
            None,
        ),
        ("en", "triggered", "Ring Bob: he is on call", None),
        ("en", "", "Hot: t > 30 (t is 31)", None),
        ("en", "triggered", " < " * 900, None),
        ("en", "triggered", "a: " + " and " * 900, None),
    ],
)
def test_it_is_told_once(language, event, text, told):
    with override(language):
        assert brief(event, text) == (text if told is None else told)


@pytest.mark.parametrize(
    ("language", "event", "text", "told"),
    [
        ("en", "triggered", AWAY, "Gateway is offline — connection is offline"),
        ("de", "triggered", AWAY, "Gateway is offline — Verbindung ist offline"),
        ("en", "cleared", BACK, "Gateway is offline — back to normal, connection is online"),
        ("de", "cleared", BACK, "Gateway is offline — wieder normal, Verbindung ist online"),
        ("en", "no-data", "Gateway: no data (determination)", "Gateway — no data: connection"),
        ("en", "triggered", "Odd: determination = Green (determination is Green)", "Odd — connection Green"),
        (
            "en",
            "triggered",
            f"Away: determination = Offline and {HOURS} (determination is Offline)",
            f"Away — connection is offline, and {HOURS}",
        ),
        (
            "en",
            "triggered",
            "Away: status.status = ContinuousOffline (status.status is ContinuousOffline)",
            "Away — connection is offline",
        ),
    ],
)
def test_a_connection_has_words_of_its_own(language, event, text, told):
    with override(language):
        assert brief(event, text, of_connection=True) == told
        assert "connection" not in brief(event, text)
        assert "Verbindung" not in brief(event, text)


def test_the_same_words_of_another_channel_stay():
    assert brief("triggered", AWAY) == "Gateway is offline — determination Offline"
    assert brief("cleared", BACK) == "Gateway is offline — back to normal, determination Online"
    assert brief("no-data", "Soil: no data (determination)") == "Soil — no data: determination"
