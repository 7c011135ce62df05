"""bin/manage works beside a running server and on its own, and says what is wrong."""

import os
import signal
import subprocess
import sys

import httpx
import pytest

from doover_web.standalone import server
from doover_web.standalone.place import ROOT
from tests.standalone.outside import eventually, processes_of

pytestmark = pytest.mark.server
MANAGE = (sys.executable, "-m", "doover_web.standalone", "manage")
PASSWORD = "quiet otter on the weir"


def test_a_new_superuser_gets_a_working_profile(portal):
    made = portal.manage("create_superuser", "--email", "Ada@Example.com", "--password-stdin", text=PASSWORD)
    assert made.returncode == 0, made.stderr

    printed = portal.manage("profile", "ada@example.com").stdout
    header, *lines = printed.split()
    profile = dict(line.split("=", 1) for line in lines)

    assert header == "[profile=doover_web]"
    assert profile["BASE_DATA_URL"] == f"{portal.url}/api"
    whoami = httpx.get(
        f"{profile['BASE_DATA_URL']}/agents/{profile['AGENT_ID']}/channels",
        headers={"Authorization": f"Bearer {profile['TOKEN']}"},
    )
    assert whoami.status_code == 200, whoami.text


def test_doctor_finds_a_running_server_well(portal):
    def is_well():
        return portal.manage("doctor").returncode == 0

    eventually(is_well, seconds=30)


def test_an_error_is_a_sentence(portal):
    done = portal.manage("profile", "nobody@example.com")

    assert done.returncode == 1
    assert done.stderr.strip().startswith("CommandError: Nobody here signs in as nobody@example.com.")
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data directory nothing serves."""
    return tmp_path_factory.mktemp("alone") / "var"


@pytest.fixture
def environment(folder):
    named = {name: value for name, value in os.environ.items() if name not in server.NOT_INHERITED}
    return named | {"DOOVER_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT)}


def test_it_brings_its_own_services_when_nothing_runs(folder, environment):
    argv = [*MANAGE, "create_superuser", "--email", "ada@example.com", "--password-stdin"]
    done = subprocess.run(argv, env=environment, input=PASSWORD, capture_output=True, text=True, cwd=ROOT)

    assert done.returncode == 0, done.stderr
    assert "ada@example.com can sign in now." in done.stdout
    assert not processes_of(folder)


def test_the_folder_may_be_named_before_the_command(folder, environment):
    elsewhere = {name: value for name, value in environment.items() if name != "DOOVER_DATA_DIR"}
    argv = [*MANAGE, "--data-dir", str(folder), "changepassword", "nobody@example.com"]
    done = subprocess.run(argv, env=elsewhere, input="", capture_output=True, text=True, cwd=ROOT)

    assert "nobody@example.com" in done.stderr
    assert folder.is_dir()


@pytest.mark.timeout(300)
def test_two_at_once_take_turns(environment):
    argv = [*MANAGE, "version"]
    both = [subprocess.Popen(argv, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL) for _ in range(2)]

    assert [one.wait(120) for one in both] == [0, 0]


def test_a_kill_takes_its_services_along(folder, environment):
    command = subprocess.Popen([*MANAGE, "shell"], env=environment, cwd=ROOT, stdin=subprocess.PIPE)
    eventually(lambda: any("manage.py shell" in line for line in processes_of(folder)))

    os.kill(command.pid, signal.SIGKILL)
    command.wait()

    eventually(lambda: not processes_of(folder))
