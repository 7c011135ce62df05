"""Remote access: tunnels are described, opened and closed by whom may, and every opening is recorded."""

import pytest

from doover_web.common.snowflake import now_ms
from doover_web.control.models import Tunnel
from doover_web.data.publish import update_aggregate
from doover_web.identity.models import Agent, AuditEntry

SSH = {"do": "create", "name": "Shell", "hostname": "127.0.0.1", "port": "22", "protocol": "tcp", "minutes": "30"}


@pytest.fixture
def there(pump):
    return f"/device/{pump.id}/remote/"


@pytest.fixture
def shell(browse, alice, there):
    browse(alice).post(there, SSH)
    return Tunnel.objects.get()


@pytest.fixture
def served(pump, reach):
    """Something on Pump 7 opens tunnels."""
    update_aggregate(reach=reach(pump, pump), name="tunnels", data={"status": {}})


def test_it_is_described_opened_and_closed(browse, alice, there, shell, served, pump, reach):
    client = browse(alice)

    client.post(there, {"do": "open", "tunnel": shell.id})
    assert "Waits for the device" in client.get(there).content.decode()
    Tunnel.objects.update(endpoint="relay.example:20022")
    page = client.get(there).content.decode()
    assert 'data-copy="relay.example:20022"' in page
    assert "closes" in page
    client.post(there, {"do": "close", "tunnel": shell.id})

    assert Tunnel.objects.get().wanted_until is None
    assert [entry.action for entry in AuditEntry.objects.filter(source="tunnels").order_by("id")] == [
        "tunnel.created",
        "tunnel.opened",
        "tunnel.closed",
    ]


def test_a_long_host_is_its_name_as_far_as_that_goes(browse, alice, pump):
    host = ".".join(["a" * 49] * 4)
    form = {"do": "create", "name": "", "hostname": host, "port": "22", "protocol": "tcp", "minutes": "30"}
    assert browse(alice).post(f"/device/{pump.id}/remote/", form).status_code == 302
    assert Tunnel.objects.get().name == f"{host}:22"[:200]


def test_an_address_of_version_6_stands_in_brackets_before_its_port(browse, alice, there, served, pump):
    client = browse(alice)
    client.post(there, {**SSH, "name": "", "hostname": "[::1]"})

    tunnel = Tunnel.objects.get()
    assert (tunnel.hostname, tunnel.name) == ("::1", "[::1]:22")
    assert "tcp [::1]:22" in client.get(there).content.decode()
    client.post(there, {"do": "open", "tunnel": tunnel.id})
    assert AuditEntry.objects.get(action="tunnel.opened").metadata["address"] == "[::1]:22"


def test_a_name_with_other_letters_is_taken_as_it_is_looked_up(browse, alice, there):
    assert browse(alice).post(there, {**SSH, "hostname": "münchen.de"}).status_code == 302
    assert Tunnel.objects.get().hostname == "xn--mnchen-3ya.de"


def test_a_device_that_is_away_is_named(browse, alice, there, shell, served, pump, reach):
    gone = {"status": {"last_online": now_ms() - 10_000_000}, "determination": "Offline"}
    update_aggregate(reach=reach(alice, pump), name="doover_connection", data=gone)
    browse(alice).post(there, {"do": "open", "tunnel": shell.id})

    page = browse(alice).get(there).content.decode()

    assert "The device is offline" in page
    assert "which is offline" in page


def says(pump, reach, tunnel, **status):
    update_aggregate(reach=reach(pump, pump), name="tunnels", data={"status": {str(tunnel.id): status}})


def test_why_a_device_could_not_open_it_is_said_until_it_is_asked_anew(
    browse, alice, there, shell, served, pump, reach
):
    client = browse(alice)
    client.post(there, {"do": "open", "tunnel": shell.id})
    says(pump, reach, shell, state="error", error="No <route> to 127.0.0.1:22", at=1)

    for place in (there, there + "?part=tunnels", "/remote/", "/remote/?part=list"):
        page = client.get(place).content.decode()
        assert "The device could not open it" in page
        assert "No &lt;route&gt; to 127.0.0.1:22" in page
        assert "Open tunnel" in page
        assert 'value="close"' in page  # the wish still stands, and can be taken back

    client.post(there, {"do": "open", "tunnel": shell.id})
    page = client.get(there).content.decode()
    assert "Waits for the device" in page
    assert "could not open it" not in page


def test_what_a_device_said_of_the_last_time_is_no_state_of_a_closed_one(
    browse, alice, there, shell, served, pump, reach
):
    says(pump, reach, shell, state="error", error="No route", at=1)

    page = browse(alice).get(there).content.decode()

    assert "Closed" in page
    assert "No route" not in page


@pytest.mark.parametrize("error", [None, 5, {"x": 1}, ["y"], "z" * 5000])
def test_a_reason_that_is_no_sentence_breaks_no_page(browse, alice, there, shell, served, pump, reach, error):
    browse(alice).post(there, {"do": "open", "tunnel": shell.id})
    says(pump, reach, shell, state="error", error=error)

    page = browse(alice).get(there)

    assert page.status_code == 200
    assert "The device could not open it" in page.content.decode()
    assert "z" * 501 not in page.content.decode()


def test_a_device_at_work_says_so(browse, alice, there, shell, served, pump, reach):
    here = {"status": {"status": "ContinuousOnline", "last_online": now_ms()}, "determination": "Online"}
    update_aggregate(reach=reach(alice, pump), name="doover_connection", data=here)
    browse(alice).post(there, {"do": "open", "tunnel": shell.id})
    says(pump, reach, shell, state="opening")

    assert "The device is opening it" in browse(alice).get(there).content.decode()


def test_the_part_that_is_read_again_leads_back_to_the_whole_page(browse, alice, there, shell, served):
    part = browse(alice).get("/remote/?part=list&search=shell").content.decode()

    assert "<h1>" not in part
    assert 'name="next" value="/remote/?search=shell"' in part


def test_nothing_there_opens_tunnels(browse, alice, there, shell):
    refused = browse(alice).post(there, {"do": "open", "tunnel": shell.id})

    assert refused.status_code == 400
    assert "Nothing on this device opens tunnels" in refused.content.decode()


def test_opening_is_offered_where_something_does_it(browse, alice, there, shell, pump, reach):
    for page in (there, "/remote/"):
        assert "Open tunnel" not in browse(alice).get(page).content.decode()
    assert "has to be installed on it first" in browse(alice).get(there).content.decode()

    update_aggregate(reach=reach(pump, pump), name="tunnels", data={"open": []})

    for page in (there, "/remote/"):
        assert "Open tunnel" in browse(alice).get(page).content.decode()
    assert "has to be installed on it first" not in browse(alice).get(there).content.decode()


def test_a_refused_form_keeps_what_was_typed(browse, alice, there):
    refused = browse(alice).post(there + "?preset=camera", {**SSH, "port": "x", "name": "Cellar"})

    assert refused.status_code == 400
    assert 'value="Cellar"' in refused.content.decode()
    assert "<option selected>tcp" in refused.content.decode()


def test_changed_marked_and_deleted(browse, alice, there, shell):
    client = browse(alice)
    changed = {**SSH, "do": "edit", "tunnel": shell.id, "name": "Night <shell>", "minutes": "5"}
    client.post(there, {**changed, "ip_restricted": "1", "addresses": "203.0.113.9, 10.0.0.0/8"})
    client.post(there, {"do": "favourite", "tunnel": shell.id})

    shell.refresh_from_db()
    assert (shell.name, shell.timeout, shell.is_favourite) == ("Night <shell>", 300, True)
    assert shell.ip_whitelist == ["203.0.113.9/32", "10.0.0.0/8"]
    assert "Night &lt;shell&gt;" in client.get("/remote/").content.decode()
    client.post(there, {"do": "delete", "tunnel": shell.id})
    assert not Tunnel.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"port": "0"},
        {"port": "99999"},
        {"minutes": "0"},
        {"minutes": "99999"},
        {"ip_restricted": "1"},
        {"protocol": "gopher"},
        {"hostname": "x" * 300},
        {"hostname": ""},
        {"hostname": "http://evil"},
        {"hostname": "a b"},
        {"hostname": "[127.0.0.1"},
        {"hostname": "a..b"},
        {"hostname": "256.1.1.1"},
        {"hostname": '::1%"<x>'},
        {"hostname": "fe80::1%a b"},
        {"ip_restricted": "1", "addresses": "nowhere"},
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(browse, alice, there, wrong):
    refused = browse(alice).post(there, {**SSH, **wrong})

    assert refused.status_code == 400
    assert 'value="Shell"' in refused.content.decode()
    assert not Tunnel.objects.exists()


def test_who_may(browse, bob, mallory, there, shell):
    assert browse(bob).get(there).status_code == 403
    assert browse(bob).post(there, SSH).status_code == 403
    assert browse(mallory).get(there).status_code == 404
    assert "Shell" not in browse(bob).get("/remote/").content.decode()
    for place in ("/remote/", there):
        refused = browse(bob).get(place).content.decode()
        assert "the permission “Remote access”" in refused
        assert "device_tunnels" not in refused


def test_an_organisation_without_devices_has_nothing_to_reach(browse, alice, creek):
    page = browse(alice).get("/remote/").content.decode()

    assert "there is no device yet" in page
    assert "takes the permission" not in page


def test_a_tunnel_of_another_device_is_not_there(browse, alice, creek, there, shell):
    other = Agent.objects.create(kind="device", organisation=creek, name="tank")

    assert browse(alice).post(f"/device/{other.id}/remote/", {"do": "delete", "tunnel": shell.id}).status_code == 404
    assert Tunnel.objects.exists()


def test_its_queries_stay_level(browse, alice, creek, pump, shell, statements):
    client = browse(alice)
    client.get("/remote/")
    few = statements(lambda: client.get("/remote/"))
    for number in range(10):
        device = Agent.objects.create(kind="device", organisation=creek, name=f"tank-{number}")
        Tunnel.objects.create(device=device, name="x", hostname="127.0.0.1", port=80)

    assert statements(lambda: client.get("/remote/")) == few
