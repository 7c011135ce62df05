"""Operations of the specification's tiers 1 and 2 that are not there yet. The list only shrinks."""

MISSING: list[str] = []
