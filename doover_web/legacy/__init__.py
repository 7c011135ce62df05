"""The first-generation API, spoken on top of the rest: the same rows, under UUID keys and with other shapes."""
