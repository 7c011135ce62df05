"""The life of a whole server, from `Ready` to no process left behind."""

import os
import signal
import socket
import stat

import pytest

from doover_web.standalone import server
from tests.standalone.outside import alive, eventually, is_up, processes_of

pytestmark = pytest.mark.server


def test_it_says_where_it_is_and_how_to_sign_in(portal):
    email, password = portal.sign_in

    assert f"Ready: {portal.url}\n" in portal.printed
    assert email == "admin@localhost"
    assert len(password) >= 12


def test_the_password_is_kept_nowhere_in_clear(portal):
    _, password = portal.sign_in
    files = [path for path in portal.place.folder.rglob("*") if path.is_file() and path != portal.output]

    assert not [path for path in files if password.encode() in path.read_bytes()]


def test_secrets_are_for_the_owner_alone(portal):
    for name in ("secrets.json", "state.json", "postgres", "valkey", "log"):
        assert not stat.S_IMODE((portal.place.folder / name).stat().st_mode) & 0o077, name


def test_a_second_start_is_refused(portal):
    second = server.start(portal.place.folder, wait=False, log="second")

    assert second.process.wait(20) == 1
    assert f"already served at {portal.url}" in second.printed
    assert is_up(portal.url)


def test_a_taken_port_is_refused(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = server.start(tmp_path / "var", port=port, wait=False)

        assert refused.process.wait(20) == 1
    assert f"Port {port} cannot be used" in refused.printed
    assert "--port" in refused.printed
    assert not processes_of(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_and_leaves_nothing(stopped, number):
    again = server.start(stopped.place.folder)
    there = f"bin/manage --data-dir {stopped.place.folder} changepassword"
    assert f"(forgot the password? {there} " in again.printed

    again.process.send_signal(number)

    assert again.process.wait(30) == 0
    assert not processes_of(stopped.place.folder)


def test_it_starts_again_after_a_crash(stopped):
    crashed = server.start(stopped.place.folder)
    pids = crashed.pids
    crashed.kill()

    with server.start(stopped.place.folder) as again:
        assert is_up(again.url)
        assert not [name for name, pid in pids.items() if alive(pid)]
    eventually(lambda: not processes_of(stopped.place.folder))


def test_a_pid_file_that_names_a_stranger_does_not_stop_it(stopped):
    pid_file = stopped.place.folder / "postgres" / "data" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{pid_file.parent}\n1\n1\n\n127.0.0.1\n")

    with server.start(stopped.place.folder) as again:
        assert is_up(again.url)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """A server that has run once."""
    with server.start(tmp_path_factory.mktemp("stopped") / "var") as first:
        pass
    return first
