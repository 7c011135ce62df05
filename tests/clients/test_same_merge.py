"""Our merging beside the client library's own, on documents at random."""

import json
import random

import pytest

from doover_web.common.mergepatch import diff, merge

pytestmark = [pytest.mark.clients, pytest.mark.server, pytest.mark.timeout(300)]
KEYS = ["a", "b", "c", "d", "10", "9", ""]


def document(chance, depth=0):
    """A document with few keys, so that two of them meet often."""
    return {key: value(chance, depth) for key in chance.sample(KEYS, chance.randrange(5))}


def value(chance, depth):
    kind = chance.randrange(8 if depth < 3 else 6)
    if kind > 5:
        return document(chance, depth + 1)
    return [None, chance.randrange(3), chance.random(), chance.choice("xyz"), [chance.randrange(3), None], True][kind]


def test_it_merges_as_the_client_predicts(device):
    chance = random.Random(7)
    pairs = [(document(chance), document(chance)) for _ in range(800)]

    predicted = device.ask({"function": "pydoover.utils.diff.apply_diff", "calls": pairs})

    for (stored, patch), expected in zip(pairs, predicted, strict=True):
        assert json.dumps(merge(stored, patch)) == json.dumps(expected), (stored, patch)


def test_the_client_follows_our_differences(device):
    chance = random.Random(8)
    pairs = [(without_nulls(document(chance)), without_nulls(document(chance))) for _ in range(400)]

    reached = device.ask(
        {"function": "pydoover.utils.diff.apply_diff", "calls": [(old, diff(old, new)) for old, new in pairs]}
    )

    assert reached == [new for _, new in pairs]


def test_we_follow_the_clients_differences(device):
    """Objects that hold nothing are left out: the client's differences do not tell of them."""
    chance = random.Random(9)
    pairs = [(without_nulls(document(chance)), filled(without_nulls(document(chance)))) for _ in range(400)]

    differences = device.ask({"function": "pydoover.utils.diff.generate_diff", "calls": pairs})

    for (old, new), change in zip(pairs, differences, strict=True):
        assert filled(merge(old, change)) == new


def test_the_server_ends_where_the_client_expects(device, pump, channel):
    chance, expected = random.Random(10), {}

    for _ in range(40):
        patch = document(chance)
        [expected] = device.ask({"function": "pydoover.utils.diff.apply_diff", "calls": [(expected, patch)]})
        state = device.update_channel_aggregate(pump, channel, patch)
        assert json.dumps(state["data"]) == json.dumps(expected)


def without_nulls(found):
    if not isinstance(found, dict):
        return found
    return {key: without_nulls(inner) for key, inner in found.items() if inner is not None}


def filled(found):
    if not isinstance(found, dict):
        return found
    inner = {key: filled(value) for key, value in found.items()}
    return {key: value for key, value in inner.items() if value != {}}
