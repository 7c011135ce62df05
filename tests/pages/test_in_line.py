"""Names and numbers in a line of text."""

import pytest

from doover_web.pages.in_line import held, isolated

OVERRIDE = "\N{RIGHT-TO-LEFT OVERRIDE}"


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("Level < 60 %", "Level < 60_%"),
        ("Speed 35 → 42 Hz", "Speed 35_→_42_Hz"),
        ("Level 12.4 %, below 20 %", "Level 12.4_%, below 20_%"),
        ("Inside (19 °C)", "Inside (19_°C)"),
        ("Sector 7 irrigation", "Sector 7 irrigation"),
        ("2.4 L/min and 3 m³/h", "2.4_L/min and 3_m³/h"),
        ("7 30", "7 30"),
        ("Tank 001 says hello", "Tank 001 says hello"),
        ("Pump 7 left Yard", "Pump 7 left Yard"),
        ("", ""),
    ],
)
def test_a_unit_stays_beside_its_number(text, there):
    assert held(text) == there.replace("_", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Pump 7", "Pump 7"),
        (f"Yard{OVERRIDE}dlo", "Yarddlo"),
        ("\u2066Yard\u2069", "Yard"),
        ("משאבה", "\u2068משאבה\u2069"),
        ("\u2069משאבה", "\u2068משאבה\u2069"),
    ],
)
def test_a_name_turns_nothing_of_its_sentence(name, said):
    assert isolated(name) == said
