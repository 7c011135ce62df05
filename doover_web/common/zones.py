"""The time zones there are."""

import functools
import zoneinfo


@functools.cache
def zone_names() -> frozenset[str]:
    """Read once: looking through the zone files takes longer than answering a request."""
    return frozenset(zoneinfo.available_timezones())
