"""JSON as rows: exact numbers, order, folding, paths."""

from datetime import UTC, datetime

import pytest

from portal.viewer import tree

NOW = datetime(2026, 11, 21, 11, 26, 12, tzinfo=UTC)


def rows(nodes):
    return [(node.key, node.text or node.size) for node in nodes]


def test_numbers_and_order_are_kept_as_written():
    nodes, _ = tree.draw(tree.read_json('{"z": 12345678901234567890.10, "10": -0.0, "2": 1e5, "t": "1"}'), NOW)

    assert rows(nodes) == [("z", "12345678901234567890.10"), ("10", "-0.0"), ("2", "1e5"), ("t", '"1"')]


def test_large_and_deep_parts_are_folded():
    document = {"few": {"a": {"b": {"c": 1}}}, "many": {str(n): n for n in range(31)}}
    nodes, _ = tree.draw(document, NOW)

    assert [node.is_open for node in nodes] == [True, False]
    assert [node.is_open for node in nodes[0].children[0].children] == [False]


def test_a_huge_document_stays_a_small_page():
    document = {str(n): {"x": 1} for n in range(5000)}
    nodes, more = tree.draw(document, NOW)

    assert len(nodes) == 200
    assert more == 4800
    assert sum(1 + len(node.children) for node in nodes) <= 2 * tree.MOST_ROWS


def test_the_focus_is_opened_however_deep_and_far_down():
    document = tree.read_json('{"a": {"b": {"c": {"d": 5}}}, "list": [' + ",".join(map(str, range(300))) + "]}")

    nodes, _ = tree.draw(document, NOW, tree.find_path(document, "a/b/c/d"))
    assert nodes[0].children[0].children[0].children[0].is_focused
    nodes, _ = tree.draw(document, NOW, tree.find_path(document, "list/299"))
    assert nodes[1].children[-1].is_focused


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("a/b", ("a/b",)),
        ("a/b/c", ("a/b", "c")),
        ("a/x", ("a",)),
        ("nothing", ()),
        ("", ()),
        ("list/1/k", ("list", "1", "k")),
        ("list/-1", ("list",)),
        ("list/9", ("list",)),
    ],
)
def test_a_path_leads_as_far_as_there_is_something(address, path):
    document = {"a/b": {"c": 1}, "list": [0, {"k": 1}]}
    if address == "a/x":
        document["a"] = {}

    assert tree.find_path(document, address) == path


@pytest.mark.parametrize(
    ("key", "value", "hint"),
    [
        ("anything", "1795260372480", "today 11:26:12"),
        ("last_seen", "1795260372", "today 11:26:12"),
        ("count", "1795260372", ""),
        ("at", "1.5", ""),
        ("at", "99999999999999999", ""),
        ("at", "1e12", ""),
    ],
)
def test_numbers_that_look_like_moments_are_told(key, value, hint):
    assert tree.time_hint(key, tree.Digits(value), NOW) == hint


def test_a_long_text_is_cut_and_says_so():
    [node], _ = tree.draw({"t": "é" * 1000}, NOW)

    assert len(node.text) < 310
    assert node.hint == "1000 characters"
