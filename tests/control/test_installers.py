"""Setting a machine up as a device: what is downloaded really does it (`control-api §3.5`, `edge §9`)."""

import io
import json
import subprocess
import tarfile
import zipfile

import pytest

from doover_web.common.wire import BadRequest
from doover_web.control import installer
from doover_web.control.models import Device, DeviceType
from doover_web.identity.models import Token


@pytest.fixture
def here(pump, skid):
    """Where Pump 7, a pump skid that is installed both ways, is set up."""
    DeviceType.objects.update(install_type="BOTH", installer_info="Pump skids\nRun it as root.")
    Device.objects.create(agent=pump, type=skid)
    return f"/devices/{pump.id}/installer/"


def test_what_is_unpacked_puts_a_working_configuration_in_place(api, alice, pump, here, tmp_path, client):
    response = api(alice).get(f"{here}tarball/")

    assert (response["Content-Type"], response["Cache-Control"]) == ("application/gzip", "no-store")
    with tarfile.open(fileobj=io.BytesIO(response.content)) as archive:
        archive.extractall(tmp_path, filter="data")
    place = tmp_path / "etc" / "device.json"
    done = subprocess.run(
        ["sh", "install.sh"], cwd=tmp_path, env={"DOOVER_CONFIG": str(place), "PATH": "/usr/bin:/bin"}
    )
    assert done.returncode == 0
    config = json.loads(place.read_text())
    assert (config["agent_id"], place.stat().st_mode & 0o777) == (str(pump.id), 0o600)
    told = client.get("/api/agents/me/channels", headers={"authorization": f"Bearer {config['auth_token']}"})
    assert told.status_code == 200


def test_a_command_that_is_copied_needs_no_sign_in_and_works_for_an_hour(api, alice, client, here, monkeypatch):
    shown = api(alice).get(f"{here}info/").json()

    assert (shown["title"], shown["description"], shown["panel_type"]) == ("Pump skids", "Run it as root.", "both")
    key = shown["copy"].partition("?key=")[2].partition("'")[0]
    script = client.get(here, {"key": key})
    assert (script.status_code, script["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert subprocess.run(["sh", "-n"], input=script.content).returncode == 0
    assert "dvd_" not in script.content.decode(), "the token is in the archive alone"
    inner = script.content.decode().partition("tarball/?key=")[2].partition(" ")[0].strip("'")
    assert client.get(f"{here}tarball/", {"key": inner}).status_code == 200
    monkeypatch.setattr("doover_web.control.actions.onboarding.KEY_SECONDS", -1)
    for wrong in (key, "nonsense", ""):
        assert client.get(here, {"key": wrong}).status_code in (401, 403)


def test_a_key_is_for_one_device(api, alice, client, here, creek):
    other = type(Device.objects.get().agent).objects.create(kind="device", organisation=creek, name="tank-1")
    key = api(alice).get(f"{here}info/").json()["copy"].partition("?key=")[2].partition("'")[0]

    assert client.get(f"/devices/{other.id}/installer/", {"key": key}).status_code == 403


def test_every_download_has_a_token_of_its_own_and_few_unused_ones_stay(api, alice, here):
    for _ in range(8):
        assert api(alice).get(f"{here}zip/").status_code == 200

    assert Token.objects.valid().filter(kind="device", name="Installer").count() == 5


def test_zip_and_tarball_hold_the_same(api, alice, skid, here, form):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in (("./install.sh", b"echo hi"), ("bin/agent", b"1"), ("../outside", b"2")):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    api(alice).patch(f"/devices/types/{skid.id}/", **form(installer=("i.tar.gz", packed.getvalue())))

    with zipfile.ZipFile(io.BytesIO(api(alice).get(f"{here}zip/").content)) as archive:
        zipped = archive.namelist()
    with tarfile.open(fileobj=io.BytesIO(api(alice).get(f"{here}tarball/").content)) as archive:
        assert archive.getnames() == zipped == ["install.sh", "bin/agent", "device_config.json"]


def test_a_type_without_an_installer_tells_so(api, alice, bob, mallory, pump, here):
    DeviceType.objects.update(install_type="NONE")

    assert api(alice).get(f"{here}info/").json()["copy"] is None
    for part in ("", "download/", "tarball/", "zip/"):
        assert api(alice).get(here + part).status_code == 404
    DeviceType.objects.update(install_type="COPY_COMMAND")
    assert (api(bob).get(f"{here}info/").status_code, api(mallory).get(here).status_code) == (403, 404)
    assert api(pump).get(here).status_code == 403, "a device makes no credentials for itself"
    assert not Token.objects.filter(name="Installer").exists()


def test_what_cannot_be_unpacked_costs_no_token(api, alice, skid, here, form):
    api(alice).patch(f"/devices/types/{skid.id}/", **form(installer=("i.tar.gz", b"\x1f\x8bnot really")))

    assert api(alice).get(f"{here}tarball/").json()["code"] == "bad_installer"
    assert not Token.objects.filter(name="Installer").exists()


def test_a_bomb_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(installer, "LARGEST", 1000)
    packed = installer.tarball([installer.Packed("zeros", b"0" * 5000)])

    with pytest.raises(BadRequest):
        installer.files_of(packed, b"{}")


def test_a_copy_command_takes_the_devices_values():
    text = installer.filled("run {device_id} {{ device_name }} {other} ${HOME}", {"device_id": "5", "device_name": "p"})

    assert text == "run 5 p {other} ${HOME}"
