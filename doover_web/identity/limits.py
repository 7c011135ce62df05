"""How often an address may try something in a minute."""

from django.core.cache import cache

from .context import origin

SECONDS = 60


class Limit:
    """`most` times a minute from one address, or by one that is named; 0 is no limit."""

    def __init__(self, name: str, most: int):
        self._name, self._most = name, most

    def reached(self) -> bool:
        return bool(self._most) and (cache.get(self._key()) or 0) >= self._most

    def count(self, of: object = None) -> bool:
        """Count one more; True when it was one too many."""
        key = self._key(of)
        cache.add(key, 0, SECONDS)
        try:
            return bool(self._most) and cache.incr(key) > self._most
        except ValueError:  # the minute ended between the two calls
            return False

    def _key(self, of: object = None) -> str:
        return f"limit:{self._name}:{origin.get().address or '' if of is None else of}"
