"""What the hub and the fan-out need of the channel layer beyond Channels' own interface.

The layer sends to one group at a time and does not tell when its connection was made anew. Both are a few lines over
its parts, and they live here alone; the lock pins the version, and the tests restart Valkey.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable

from channels.layers import get_channel_layer

EVERYONE = "gateway.everyone"


def default_layer():
    return get_channel_layer()


def group_of(agent_id: int) -> str:
    return f"agent.{agent_id}"


async def listened_to(layer, groups: Iterable[str]) -> set[str]:
    """Those of `groups` that any process listens to now, in one round trip."""
    inner, found = layer._get_layer(), set()
    for shard, names in _by_shard(inner, groups).items():
        shard._ensure_redis()
        counts = await shard._redis.pubsub_numsub(*names)
        found |= {names[name.decode()] for name, count in counts if count}
    return found


async def send_all(layer, messages: Iterable[tuple[str, dict]]) -> None:
    """Send each message to its group, in order, in one round trip."""
    inner, pipes = layer._get_layer(), {}
    for group, message in messages:
        name = inner._get_group_channel_name(group)
        shard = inner._get_shard(name)
        if shard not in pipes:
            shard._ensure_redis()
            pipes[shard] = shard._redis.pipeline(transaction=False)
        pipes[shard].publish(name, layer.serialize(message))
    for pipe in pipes.values():
        await pipe.execute()


def tell_reconnects(layer, callback: Callable) -> None:
    """Call the method `callback` with the connection whenever the layer's listening connection was made anew."""
    for shard in layer._get_layer()._shards:
        if shard._pubsub is not None and shard._pubsub.connection is not None:
            shard._pubsub.connection.register_connect_callback(callback)


def _by_shard(inner, groups: Iterable[str]) -> dict:
    shards: dict = defaultdict(dict)
    for group in groups:
        name = inner._get_group_channel_name(group)
        shards[inner._get_shard(name)][name] = group
    return shards
