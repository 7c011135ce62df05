"""Which paths a channel tells at all, so that only those are rolled up."""

from collections.abc import Sequence

from .asking import ask
from .leaves import LARGEST, VALUE
from .models import Channel
from .values import value_before

NUMBERS, STATES = ["number", "boolean"], ["string", "boolean"]  # by their names in JSON
STATED = f"""
SELECT path FROM (
    SELECT p.path, {VALUE.format(data="a.data", path="p.path", parts="string_to_array(p.path, '.')")} AS v
    FROM data_aggregate a CROSS JOIN unnest(%(paths)s::text[]) AS p(path)
    WHERE a.agent_id = %(agent)s AND a.channel_id = %(channel)s
) f
WHERE json_typeof(v) = ANY(%(kinds)s)
  AND CASE json_typeof(v) WHEN 'number' THEN abs((v::text)::numeric) < 1e290 ELSE true END
"""  # noqa: S608 (columns of ours)


def stated(channel: Channel, paths: Sequence[str], kinds: Sequence[str]) -> set[str]:
    """Those of the `paths` at which the state holds a value of these kinds."""
    asked = {"agent": channel.agent_id, "channel": channel.id, "paths": list(paths), "kinds": list(kinds)}
    return {path for [path] in ask(STATED, asked)} if paths else set()


def is_known(channel: Channel, path: str, kinds: Sequence[str], before: int) -> bool:
    """Whether there is a value of these kinds at `path` in the state, or in the messages just before a moment (ms)."""
    if stated(channel, [path], kinds):
        return True
    _ms, value = value_before(channel, path, before) or (before, None)
    if isinstance(value, bool | str):
        return isinstance(value, bool) or kinds == STATES
    return isinstance(value, int | float) and kinds == NUMBERS and abs(value) < LARGEST
