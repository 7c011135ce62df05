"""Tunnels, applications and reports."""

from datetime import datetime, timedelta

from pydoover.cloud.api import NotFound
from pydoover.cloud.api.application import Application
from pydoover.cloud.api.exceptions import HTTPException
from pydoover.reports.base import ReportGenerator

from . import AGENT, HOME, WORLD
from .stage import by_token, raises

FIELDS = {
    "name": "pump_control",
    "display_name": "Pump control",
    "type": "DEV",
    "visibility": "PRI",
    "allow_many": True,
    "description": "Runs a pump",
    "long_description": "README.md",
    "depends_on": [],
    "owner_org_key": WORLD["organisation"],
    "code_repo_key": None,
    "container_registry_profile_key": None,
    "repo_branch": "main",
    "image_name": "example/pump:1",
    "config_schema": {"type": "object"},
    "key": None,
}


def story_tunnels():
    client = by_token()
    made = client.create_tunnel(WORLD["pump"], hostname="127.0.0.1", port=22, protocol="tcp", timeout=15)
    assert (made["name"], made["timeout"], made["is_active"]) == ("127.0.0.1:22", 15, False)
    assert [one["key"] for one in client.get_tunnels(AGENT)["tunnels"]] == [made["key"]]
    assert client.get_tunnels(AGENT, show_choices=True)["tunnels"]
    raises(HTTPException, client.activate_tunnel, made["key"])
    device = by_token(WORLD["device_token"])
    device.publish_to_channel_name(AGENT, "tunnels", {"open": []})
    client.activate_tunnel(made["key"])
    channel = client.get_channel_named("tunnels", AGENT)
    assert channel.aggregate["to_open"] == [{"address": "127.0.0.1:22", "protocol": "tcp", "timeout": 15}]
    assert channel.get_tunnel_url("127.0.0.1:22") is None
    opened = [{"address": "127.0.0.1:22", "url": "tcp://relay.example:20022"}]
    device.publish_to_channel_name(AGENT, "tunnels", {"open": opened, "to_open": []})
    channel.update()
    assert channel.get_tunnel_url("127.0.0.1:22") == "tcp://relay.example:20022"
    assert client.get_tunnel(made["key"])["endpoint"] == "relay.example:20022"
    assert client.get_tunnel(made["key"])["is_active"] is True
    assert client.patch_tunnel(made["key"], name="ssh", is_favourite=True)["name"] == "ssh"
    raises(HTTPException, client.patch_tunnel, made["key"], protocol="http")
    client.deactivate_tunnel(made["key"])
    channel.update()
    assert channel.aggregate["to_close"] == opened
    device.publish_to_channel_name(AGENT, "tunnels", {"open": [], "to_close": []})
    assert client.get_tunnel(made["key"])["is_active"] is False
    client.delete_tunnel(made["key"])
    raises(NotFound, client.get_tunnel, made["key"])
    raises(RuntimeError, client.create_channel("no-tunnels", AGENT).get_tunnel_url, "x")
    assert client.get_tunnel_endpoints(AGENT, "tcp") == []
    raises(HTTPException, client.create_tunnel_endpoints, AGENT, "tcp", 1)


def story_all_tunnels_are_closed():
    """As the old command line does it: on the channel, without the tunnels' own addresses."""
    client, device = by_token(), by_token(WORLD["device_token"])
    opened = [{"address": "127.0.0.1:80", "url": "https://shed.relay.example"}]
    device.publish_to_channel_name(AGENT, "tunnels", {"open": opened})
    channel = client.get_channel_named("tunnels", AGENT)
    assert channel.get_tunnel_url("127.0.0.1:80") == "https://shed.relay.example"
    channel.publish({"to_close": channel.aggregate["open"], "to_open": []})
    assert device.get_channel("tunnels").aggregate["to_close"] == opened
    device.publish_to_channel_name(AGENT, "tunnels", {"open": [], "to_close": []})
    channel.update()
    assert channel.get_tunnel_url("127.0.0.1:80") is None


def story_applications():
    client = by_token()
    base = HOME / "app"
    (base / "deployment").mkdir(parents=True)
    (base / "deployment" / "docker-compose.yml").write_text("services: {}\n")
    (base / "README.md").write_text("# Pump control\n")
    application = Application.from_config(FIELDS, base)
    application.key = client.create_application(application)
    assert isinstance(application.key, str)
    application.description = "Runs two pumps"
    client.update_application(application)
    [listed] = [one for one in client.get_applications() if one["key"] == application.key]
    assert listed["description"] == "Runs two pumps"
    assert listed["long_description"] == "# Pump control\n"
    client.get_application(application.key)
    raises(HTTPException, client.create_application, application)


def story_a_report_is_composed():
    """With the library's own reports: the clock of the server, the state, and the history day by day."""
    client, now = by_token(), datetime.now().replace(microsecond=0)
    for hours in (50, 30, 10):
        reading = {"state": {"children": {"level": {"type": "uiVariable", "name": "Level", "currentValue": hours}}}}
        client.publish_to_channel_name(AGENT, "ui_state", reading, timestamp=now - timedelta(hours=hours))
    said = []
    report = ReportGenerator(
        str(HOME), WORLD["token"], [AGENT], ["bore-4"], now - timedelta(days=3), now, None, said.append
    )
    report.api_endpoint = WORLD["base_url"]
    found = report.retrieve_data(now - timedelta(days=3), now, AGENT, max_workers=2)
    levels = [one["payload"]["state"]["children"]["level"]["currentValue"] for one in found]
    assert levels == [50, 30, 10]
    state = report.get_current_data_aggregate(AGENT)
    assert report.get_data_object(state, "Level")["currentValue"] == 10
    report.access_token = "over"
    raises(Exception, report.get_current_server_time, AGENT)
