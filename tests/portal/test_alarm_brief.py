"""What an alarm said is put for people: each thing once, in their language, no bound padded."""

import pytest
from django.utils.translation import override

from portal.ui.alarm_brief import brief


@pytest.mark.parametrize(
    ("language", "state", "text", "told"),
    [
        (
            "en",
            "Alarm",
            "Not full: Main tank · Level < 95.0 % (Main tank · Level is 47.4 %)",
            "Not full — Level 47.4 %, below 95 %",
        ),
        (
            "de",
            "Alarm",
            "Not full: Main tank · Level < 95,0 % (Main tank · Level is 47,4 %)",
            "Not full — Level 47,4 %, unter 95 %",
        ),
        ("en", "Alarm", "Big: Volume ≥ 20,000 L (Volume is 26,598 L)", "Big — Volume 26,598 L, at least 20,000 L"),
        ("de", "Alarm", "Big: Volume > 20.000,50 L (Volume is 26.598 L)", "Big — Volume 26.598 L, über 20.000,5 L"),
        ("en", "Alarm", "Hot: t > 30 and u > 5 (t is 31)", "Hot: t > 30 and u > 5 (t is 31)"),
        ("en", "Alarm", "Hot: t > 30 and between 05:00 and 21:00 UTC (t is 31)", None),
        ("en", "Alarm", "Gone: t < 3 (t is missing)", None),
        ("en", "Alarm", "Ring Bob: he is on call", None),
        ("de", "OK", "Hot: back to normal (Heat is 20 °C)", "Hot: wieder normal (Heat ist 20 °C)"),
        ("en", "Alarm", " < " * 900, None),
    ],
)
def test_it_is_told_once(language, state, text, told):
    with override(language):
        assert brief(state, text) == (text if told is None else told)
