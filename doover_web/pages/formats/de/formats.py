"""Counts are grouped as Germans do. The point of a float in a template stays, a comma would break drawings: numbers
that people read are written by `words.numerals`."""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = "."
NUMBER_GROUPING = 3
