"""Bindings of a tree: every vector of the contract, and what no document may do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.ui.lookups import Sources, bindings, parse, resolve, walk

from .fixtures import load

VECTORS = load("16-lookups")
CONTEXT = VECTORS["context"]
SOURCES = Sources(CONTEXT["tag_values"], CONTEXT["ui_cmds"], CONTEXT["deployment_config"]["applications"])


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["expr"])
def test_a_vector(vector):
    found = resolve(vector["expr"], VECTORS["app_key"], SOURCES)

    assert found == vector["value"]
    assert type(found) is type(vector["value"])
    assert (parse(vector["expr"]) is not None) == vector["is_lookup"]


def test_the_doubled_suffix_of_older_documents():
    variants = load("08-static-export")["legacy_variants"]

    def hidden(config):
        return resolve(variants["hidden"], "a", Sources(config={"a": config}))

    assert hidden({}) is False
    assert hidden({"hidden": True}) is True


def test_bindings_at_any_depth():
    document = {"a": ["$tag.app().x", {"b": "!$cmds.other.y:boolean"}], "c": "text $tag.no"}

    assert [(one.source, one.key("app_1")) for one in bindings(document)] == [("tag", "app_1.x"), ("cmds", "other.y")]


def test_a_default_that_is_a_list_is_nobody_elses():
    first = resolve("$tag.app().none:array:[1]", "a", Sources())
    first.append(2)

    assert resolve("$tag.app().none:array:[1]", "a", Sources()) == [1]


@given(
    st.text(max_size=60), st.recursive(st.none() | st.floats() | st.text(), lambda inner: st.lists(inner), max_leaves=5)
)
def test_no_text_and_no_document_is_an_error(text, value):
    for expression in (text, f"$tag.app().{text}", f"!$tag.x:number:{text}", f"$cmds.x::[{text}]"):
        resolve(expression, "a", Sources({"a": {text: value}, "x": value}, {"x": None}, {}))


def test_a_path_without_end_leads_nowhere():
    document: dict = {"end": 1}
    for _ in range(200):
        document = {"a": document}

    assert walk(document, ("a",) * 200 + ("end",)) is None
    assert walk({"a": {"a": 7}}, ("a", "a")) == 7
