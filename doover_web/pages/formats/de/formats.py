"""A number of a device is `24,279.5` on every page, in drawings and in exports; a comma would break drawings."""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
