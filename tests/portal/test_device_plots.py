"""Plots on the page of a device: the first are drawn with it, the others once somebody comes near them."""

import re
from html import unescape

import pytest

from doover_web.common.snowflake import now_ms
from doover_web.data.publish import post_message, update_aggregate
from doover_web.identity.models import GroupGrant, GroupRole


def plot(value, title):
    series = {value: {"displayString": value, "lookup": f"$tag.app().{value}:number", "dataType": "number"}}
    return {"type": "uiMultiPlot", "displayString": title, "series": series}


@pytest.fixture
def draws(reach, alice, pump):
    """`draws(children)`: Pump 7 has one application with these elements, and said something."""

    def draw(children):
        at = reach(alice, pump)
        app = {"type": "uiApplication", "displayString": "Pump", "children": children}
        update_aggregate(reach=at, name="ui_state", data={"state": {"children": {"pump_1": app}}}, replace_all=True)
        post_message(reach=at, name="tag_values", data={"pump_1": {"flow": 3, "rpm": 900}}, ts=now_ms() - 60_000)
        update_aggregate(reach=at, name="tag_values", data={"pump_1": {"flow": 4, "rpm": 950}})
        return f"/device/{pump.id}/"

    return draw


def page_of(client, address):
    return client.get(address).content.decode()


def later(page):
    """The addresses of the plots that are not drawn yet."""
    return [unescape(one) for one in re.findall(r'<plot-later src="([^"]+)"', page)]


def test_the_first_two_are_drawn_and_the_others_say_where_they_are(browse, alice, draws):
    address = draws({f"plot_{n}": plot("flow", f"Plot {n}") for n in range(5)})
    client = browse(alice)

    page = page_of(client, address)

    assert page.count("<device-chart") == 2
    assert len(later(page)) == 3
    for n in (2, 3, 4):
        assert re.search(rf'<a class="btn" href="{address[:-1]}/chart/?\?plot=pump_1.plot_{n}" data-chart', page)
    drawn = client.get(later(page)[0]).content.decode()
    assert '<path class="series s-1" d="M' in drawn
    assert "Plot 2 over time" in drawn
    assert "<html" not in drawn


def test_more_plots_cost_the_page_nothing(browse, alice, draws, statements):
    client = browse(alice)
    address = draws({f"plot_{n}": plot("flow", f"Plot {n}") for n in range(2)})
    page_of(client, address)
    few = statements(lambda: client.get(address))
    draws({f"plot_{n}": plot("flow", f"Plot {n}") for n in range(30)})
    page_of(client, address)

    assert statements(lambda: client.get(address)) <= few


def test_plots_inside_of_others_are_drawn_later_each_as_itself(browse, alice, draws):
    tabs = {
        "type": "uiTabs",
        "children": {
            "day": {"type": "uiContainer", "displayString": "Day", "children": {"trend": plot("flow", "Flow")}},
            "year": {"type": "uiContainer", "displayString": "Year", "children": {"trend": plot("rpm", "Speed")}},
        },
    }
    client = browse(alice)
    page = page_of(client, draws({"tabs": tabs, "trend": plot("rpm", "All")}))

    drawn = [client.get(one).content.decode() for one in later(page)]

    assert [re.search(r"(\w+) over time", one)[1] for one in drawn] == ["Flow", "Speed"]
    assert page.count("<device-chart") == 1
    assert "All over time" in page


def test_without_the_right_to_history_none_is_drawn(browse, bob, draws, pump):
    address = draws({f"plot_{n}": plot("flow", f"Plot {n}") for n in range(4)})
    GroupGrant.objects.filter(user=bob).update(role=GroupRole.objects.create(name="Now", flags=["device_view"]))

    page = page_of(browse(bob), address)

    assert "<device-chart" not in page
    assert "<plot-later" not in page
    assert browse(bob).get(f"/device/{pump.id}/chart/?plot=pump_1.plot_3&part=plot").status_code == 403


def test_strangers_find_no_plot(browse, mallory, draws, pump):
    draws({"plot": plot("flow", "Flow")})

    assert browse(mallory).get(f"/device/{pump.id}/chart/?plot=pump_1.plot&part=plot").status_code == 404
