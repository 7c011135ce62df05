"""The published command line over devices and people: what it prints, and how it ends (`control-api §7`)."""

import tarfile
import zipfile

import pytest

pytestmark = [pytest.mark.clients, pytest.mark.server, pytest.mark.timeout(600)]
CREEK = "Tallow Creek Water"


@pytest.fixture(scope="module")
def kind(doover):
    """A type of device that the command line made."""
    return doover("device-type", "create", "--name", "Gateway", "--install-type", "INSTALL_PACKAGE")["id"]


@pytest.fixture(scope="module")
def shed(doover, kind, cast):
    """A device of that type, in the group at the top."""
    top = next(one["group"] for one in doover("agent", "list") if one["id"] == cast["pump"])
    names = ("--name", "shed", "--display-name", "Shed")
    return doover("device", "create", *names, "--type-id", kind, "--group-id", top)["id"]


def test_devices_are_found_by_name_changed_and_archived(doover, shed):
    assert doover("device", "get", "Shed")["id"] == shed
    doover("device", "update", shed, "--fixed-location", '{"latitude": 1.0, "longitude": 2.0}')
    assert doover("device", "get", shed)["fixed_location"] == {"latitude": 1.0, "longitude": 2.0}
    assert doover("device", "archive", "Shed")["archived"] is True
    assert doover("device", "list", "--search", "Shed", "--archived", "false")["count"] == 0
    assert doover("device", "unarchive", "Shed")["archived"] is False
    assert [one["name"] for one in doover("device", "list", "--search", "Shed")["results"]] == ["shed"]


def test_all_agents_stand_in_a_list_and_in_a_tree(doover, shed):
    assert "shed" in [one["name"] for one in doover("agent", "list")]
    assert CREEK in str(doover("agent", "list", "--tree"))


def test_an_installer_is_uploaded_and_comes_back_for_a_device(doover, kind, shed, tmp_path):
    """The archive is the type's; each device gets it with a token of its own."""
    (tmp_path / "gateway").mkdir()
    (tmp_path / "gateway" / "install.sh").write_text("#!/bin/sh\n")
    changed = doover("device-type", "upload-installer-tar", "Gateway", tmp_path / "gateway")
    assert changed["installer"].endswith(f"/devices/types/{kind}/installer/")

    assert doover("device", "installer-info", "Shed")["title"] == "Set up Shed"
    for command in ("installer", "installer-tarball", "installer-zip"):
        doover("device", command, "Shed", "--output", tmp_path / command)
    held = [zipfile.ZipFile(tmp_path / name).namelist() for name in ("installer", "installer-zip")]
    with tarfile.open(tmp_path / "installer-tarball") as tarball:
        held.append(tarball.getnames())
    assert all(any(name.endswith("install.sh") for name in names) for names in held)


def test_types_are_changed_and_archived(doover, kind, shed):
    assert doover("device-type", "update", kind, "--description", "In sheds")["description"] == "In sheds"
    assert doover("device-type", "archive", "Gateway")["archived"] is True
    assert doover("device-type", "unarchive", "Gateway")["archived"] is False
    assert "Gateway" in [one["name"] for one in doover("device-type", "list")["results"]]


def test_tunnels_of_a_device(doover, shed):
    target = ("--hostname", "127.0.0.1", "--port", 22, "--protocol", "tcp")
    made = doover("device", "tunnels", "create", "Shed", "--name", "shell", *target)
    assert (made["port"], made["is_active"]) == (22, False)
    assert doover("device", "tunnels", "update", "Shed", "shell", "--port", 2222)["port"] == 2222
    assert doover("device", "tunnels", "get", "Shed", "shell")["id"] == made["id"]
    assert "Nothing on this device opens tunnels" in doover("device", "tunnels", "activate", "Shed", "shell", code=1)
    doover("device", "tunnels", "deactivate", "Shed", "shell")
    doover("device", "tunnels", "delete", "Shed", "shell", "--yes")
    assert doover("device", "tunnels", "list", "Shed")["count"] == 0


def test_the_tunnel_client_finds_its_tunnels_and_is_told_that_nothing_relays(doover, shed):
    """At a device that nobody made a tunnel of: the client makes itself one to sign in with."""
    names = ("--name", "mill", "--display-name", "Mill")
    top = doover("device", "get", shed)
    doover("device", "create", *names, "--type-id", top["type"]["id"], "--group-id", top["group"]["id"])
    for command in ("ssh", "ssh", "tunnel"):
        assert "no relay for tunnel sessions" in doover(command, "Mill", code=1)
    [made] = doover("device", "tunnels", "list", "Mill")["results"]
    assert (made["port"], made["protocol"]) == (22, "tcp")


def test_people(doover, cast):
    assert doover("users", "me")
    assert {one["email"] for one in doover("users", "list")["results"]} >= {"alice@example.com", "bob@example.com"}
    assert doover("users", "get", cast["alice"])["first_name"] == "Alice"
    assert doover("users", "update", cast["alice"], "--custom-data", '{"dark": true}')["custom_data"] == {"dark": True}
    assert doover("users", "sync", cast["alice"])["email"] == "alice@example.com"


def test_members_and_invitations(doover):
    members = doover("org", "users", "list", CREEK)["results"]
    assert {one["user"]["email"] for one in members} >= {"alice@example.com", "bob@example.com"}
    roles = {one["name"]: one["id"] for one in doover("org", "roles", "list", CREEK)["results"]}
    doover("org", "users", "add", CREEK, "olga@example.com", "--role-id", roles["Admin"])
    doover("org", "invite", CREEK, "nina@example.com", "--message", "Join")
    pending = doover("org", "users", "pending", "list", CREEK)["results"]
    assert [one["email"] for one in pending] == ["nina@example.com"]


def test_channels(doover, cast):
    here = ("--agent", cast["pump"])
    assert "created successfully" in doover("channel", "create", "shed_level", *here)
    doover("channel", "publish", "shed_level", '{"metres": 2}', *here)
    assert '"metres": 2' in str(doover("channel", "get", "shed_level", *here))


def test_what_is_not_there_ends_with_an_error(doover, shed):
    assert "There is no such thing here" in doover("device", "get", 5, code=1)
    assert "No device found" in doover("device", "get", "Nowhere", code=2)
