"""Everything within everything: no parent draws a child that it cannot."""

import pytest

from doover_web.data.publish import update_aggregate
from portal.ui import kinds

CHILD = {"displayString": "The child", "currentValue": 1, "children": {}, "series": {}, "componentUrl": "a/b"}
BROKEN = "This part could not be drawn"


@pytest.fixture
def drawn(reach, pump, browse, alice):
    """`drawn({...})`: the page of Pump 7 when an application has these children."""

    def page(**children):
        app = {"type": "uiApplication", "displayString": "Main tank", "children": children}
        update_aggregate(reach=reach(pump, pump), name="ui_state", data={"state": {"children": {"tank_1": app}}})
        return browse(alice).get(f"/device/{pump.id}/").content.decode()

    return page


@pytest.mark.parametrize("parent", sorted(kinds.CONTAINERS))
def test_every_kind_within_every_container(drawn, parent):
    value = {"type": "uiVariable", "displayString": "Beside it", "currentValue": 7}
    for kind in kinds.TEMPLATES:
        child = {**CHILD, "type": kind, "children": {"inner": {"type": "uiTabs", "children": {"v": value}}}}
        assert BROKEN not in drawn(outer={"type": parent, "children": {"child": child, "value": value}}), kind


def test_a_warning_in_tabs_stands_above_them(drawn):
    tabs = {
        "leaky": {"type": "uiWarningIndicator", "displayString": "It leaks"},
        "one": {"type": "uiContainer", "displayString": "First", "children": {}},
        "two": {"type": "uiContainer", "displayString": "Second", "children": {}},
    }

    page = drawn(tabs={"type": "uiTabs", "defaultPage": 2, "children": tabs})

    assert page.index("It leaks") < page.index("dv-tabset")
    within = page[page.index("dv-tabset") :]
    assert "It leaks" not in within
    assert within.index("First") < within.index("Second") < within.index("</nav>")
    assert 'aria-current="true">Second' in within
