"""Merging and comparing documents: the laws, and the examples of the wire contract."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doover_web.common.mergepatch import diff, merge, merge_replacing, split_path

KEYS = st.sampled_from(["a", "b", "c", "a.b", "10", "9", ""])
SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-2, 2) | st.text(max_size=2)
VALUES = st.recursive(SCALARS, lambda v: st.lists(v, max_size=3) | st.dictionaries(KEYS, v, max_size=4), max_leaves=12)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=5)


def without_nulls(value):
    """A document as merging leaves it: no key of an object holds null."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    return value


def text(value):
    return json.dumps(value)


@pytest.mark.parametrize(
    ("stored", "patch", "merged"),
    [
        ({"a": 1, "b": {"x": 1, "y": 2}}, {"b": {"y": None, "z": 3}}, {"a": 1, "b": {"x": 1, "z": 3}}),
        ({"a": {"x": 1}}, {"a": {"x": None}}, {"a": {}}),
        ({}, {"n": {"x": None, "y": 1}}, {"n": {"y": 1}}),
        ({"n": 5}, {"n": {"x": None, "y": 1}}, {"n": {"x": None, "y": 1}}),
        ({"n": {"x": 1}}, {"n": 5}, {"n": 5}),
        ({"l": [1, 2, 3]}, {"l": [9]}, {"l": [9]}),
        ({"a": {"b": 1}}, {"a": {}}, {"a": {"b": 1}}),
        ({}, {"a": {}}, {"a": {}}),
        ([1], {"a": None}, {"a": None}),
        ({"a": 1}, [1], [1]),
        ({"a": 1}, None, None),
    ],
)
def test_merge_by_example(stored, patch, merged):
    assert merge(stored, patch) == merged


@given(DOCUMENTS, DOCUMENTS)
def test_merging_changes_neither_side(stored, patch):
    before = text(stored), text(patch)

    merge(stored, patch)
    merge_replacing(stored, patch, ["a", "b.c"])

    assert (text(stored), text(patch)) == before


@given(DOCUMENTS, DOCUMENTS)
def test_a_patch_twice_is_a_patch_once(stored, patch):
    once = merge(without_nulls(stored), without_nulls(patch))

    assert text(merge(once, without_nulls(patch))) == text(once)


@given(DOCUMENTS)
def test_an_empty_patch_changes_nothing(stored):
    assert text(merge(stored, {})) == text(stored)


@given(DOCUMENTS, DOCUMENTS)
def test_the_difference_leads_from_old_to_new(old, new):
    old, new = without_nulls(old), without_nulls(new)

    assert merge(old, diff(old, new)) == new


@given(DOCUMENTS)
def test_equal_documents_differ_by_nothing(document):
    assert diff(document, document) == {}


@given(DOCUMENTS, DOCUMENTS)
def test_known_keys_keep_their_place_and_new_ones_follow(stored, patch):
    merged = list(merge(stored, patch))

    kept = [key for key in stored if key in merged]
    assert merged[: len(kept)] == kept
    assert merged[len(kept) :] == [key for key in patch if key in merged and key not in stored]


def test_a_true_is_not_a_one():
    assert diff({"a": 1, "b": 0}, {"a": True, "b": False}) == {"a": True, "b": False}


def test_replace_takes_the_order_of_the_body_and_keeps_the_place():
    stored = {"x": {"k": {"b": 1, "a": 2}, "z": 1}, "y": 1}

    merged = merge_replacing(stored, {"x": {"k": {"a": 3, "b": 4}}}, ["x.k"])

    assert text(merged) == text({"x": {"k": {"a": 3, "b": 4}, "z": 1}, "y": 1})


@pytest.mark.parametrize(
    ("stored", "patch", "path", "merged"),
    [
        ({"a": {"x": 1}}, {"a": {"y": 2}}, "a", {"a": {"y": 2}}),
        ({}, {"a": {"b": {"c": 1}}}, "a.b", {"a": {"b": {"c": 1}}}),
        ({"a": {"b": 1, "c": 2}}, {}, "a.b", {"a": {"c": 2}}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": None}}, "a.b", {"a": {"c": 2}}),
        ({"a": 5}, {}, "a.b", {"a": 5}),
        ({}, {}, "a.b.c", {}),
        ({"a": 5}, {"a": {"b": {"n": None}}}, "a.b", {"a": {"b": {"n": None}}}),
        (
            {"a": {"b": {"o": 1}}, "z": 1},
            {"a": {"b": {"n": 1}}, "z": None, "y": 2},
            "a.b",
            {"a": {"b": {"n": 1}}, "y": 2},
        ),
        ({"a.b": {"o": 1}, "a": {"b": 1}}, {"a.b": {"n": 1}}, "a.b", {"a.b": {"n": 1}, "a": {"b": 1}}),
        ({"a": [1]}, {"a": [2]}, "a", {"a": [2]}),
    ],
)
def test_replace_by_example(stored, patch, path, merged):
    assert merge_replacing(stored, patch, [path]) == merged


@given(DOCUMENTS, DOCUMENTS)
def test_replacing_nothing_is_merging(stored, patch):
    assert text(merge_replacing(stored, patch, [])) == text(merge(stored, patch))


@given(DOCUMENTS, DOCUMENTS, st.lists(KEYS, min_size=1, max_size=3))
def test_what_was_replaced_is_what_was_sent(stored, patch, words):
    path = ".".join(words)
    keys = split_path(patch, path)
    sent = patch
    for key in keys:
        sent = sent.get(key) if isinstance(sent, dict) else None

    merged = merge_replacing(stored, patch, [path])

    for key in keys[:-1]:
        merged = merged.get(key, {}) if isinstance(merged, dict) else {}
    there = merged.get(keys[-1]) if isinstance(merged, dict) else None
    assert there == sent


@pytest.mark.parametrize(
    ("document", "path", "keys"),
    [
        ({}, "a.b", ["a", "b"]),
        ({"a.b": 1}, "a.b", ["a.b"]),
        ({"a": {"b.c": 1}}, "a.b.c", ["a", "b.c"]),
        ({"a.b": {"c": 1}, "a": 1}, "a.b.c", ["a.b", "c"]),
        (None, "a", ["a"]),
    ],
)
def test_the_longest_key_wins_when_a_path_is_split(document, path, keys):
    assert split_path(document, path) == keys
