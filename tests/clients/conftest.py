"""Published clients, each in an environment of its own, against a whole running server."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from doover_web.standalone import server
from doover_web.standalone.place import ROOT

SPEAK = Path(__file__).parent / "speak.py"
SET_UP = """
import json
from doover_web.identity.auth import issue_access_token, issue_device_token
from doover_web.identity.actions.member import add_member, grant_group_role
from doover_web.identity.models import Agent, GroupRole, Organisation, OrganisationRole, User
creek = Organisation.objects.found("Tallow Creek Water")
pump = Agent.objects.create(kind="device", organisation=creek, name="pump-7")
bob = User.objects.create_user("bob@example.com", name="Bob Tran")
add_member(organisation=creek, user=bob, role=OrganisationRole.objects.built_in("Member"), by=None)
grant_group_role(group=creek.root_group, user=bob, role=GroupRole.objects.built_in("Viewer"), by=None)
alice = User.objects.create_user("alice@example.com", name="Alice Moreau")
add_member(organisation=creek, user=alice, role=OrganisationRole.objects.built_in("Admin"), by=None)
gone = issue_device_token(Agent.objects.create(kind="device", organisation=creek, name="pump-8"))
Agent.objects.get(name="pump-8").tokens.get().revoke()
print(json.dumps({"creek": creek.id, "pump": pump.id, "alice": alice.id, "revoked": gone,
                  "token": issue_device_token(pump), "bobs_token": issue_access_token(bob)[0],
                  "alices_token": issue_access_token(alice)[0]}))
"""


class Raised(Exception):
    """An exception of the client: the name of its class, its status and its text."""

    def __init__(self, name, status, text):
        super().__init__(f"{name}: {text}")
        self.name, self.status, self.text = name, status, text


class Remote:
    """A client in another environment; its methods are called by name."""

    def __init__(self, python, kind, options, home):
        self._process = subprocess.Popen(
            [python, SPEAK, kind, json.dumps(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"HOME": str(home), "PATH": os.environ["PATH"]},
        )

    def __getattr__(self, method):
        return lambda *args, **kwargs: self.ask({"method": method, "args": args, "kwargs": kwargs})

    def ask(self, request):
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "raised" in answer:
            raise Raised(answer["raised"], answer["status"], answer["text"])
        return answer["returned"]

    def close(self):
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


def environment_of(client):
    """The Python of a client's own environment, made from its locked and hashed requirements when it is not there."""
    lock = ROOT / "requirements" / "clients" / f"{client}.txt"
    folder = Path(sys.prefix) / "clients" / client
    stamp, wanted = folder / "installed", hashlib.sha256(lock.read_bytes()).hexdigest()
    folder.parent.mkdir(exist_ok=True)
    with open(folder.parent / f"{client}.lock", "w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            uv = Path(sys.prefix) / "bin" / "uv"
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
            python = folder / "bin" / "python"
            install = [uv, "pip", "install", "--quiet", "--require-hashes", "--python", python, "-r", lock]
            subprocess.run(install, check=True)
            stamp.write_text(wanted)
    return folder / "bin" / "python"


@pytest.fixture(scope="session")
def portal(tmp_path_factory):
    settings = {
        # Webhooks of these tests go to this machine, which no other server may call.
        "DOOVER_OUTGOING_ALLOW": "127.0.0.0/8",
        "DOOVER_TURN_URIS": "turn:turn.example.com:3478?transport=udp",
        "DOOVER_TURN_SECRET": "a secret of both",
    }
    with server.start(tmp_path_factory.mktemp("clients") / "var", env=settings) as running:
        yield running


@pytest.fixture(scope="session")
def cast(portal):
    """Ids and tokens of Pump 7 and the people of Tallow Creek Water on that server."""
    done = portal.manage("shell", "--verbosity=0", "--command", SET_UP)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="session")
def home(portal, cast, tmp_path_factory):
    """A home directory with Alice's profile, as `bin/manage profile` prints it; also where commands look by default."""
    folder = tmp_path_factory.mktemp("home")
    (folder / ".doover").mkdir()
    blocks = [portal.manage("profile", "alice@example.com", "--name", name).stdout for name in ("alice", "default")]
    (folder / ".doover" / "config").write_text("\n".join(blocks))
    return folder


@pytest.fixture(scope="session")
def doover(home):
    """`doover("device", "list")`: what the published command line prints for Alice, JSON read; `code`: how it ends."""
    program = environment_of("doover-cli-0.7.1").parent / "doover"
    env = {"HOME": str(home), "PATH": os.environ["PATH"], "DOOVER_SENTRY_ENABLED": "0", "COLUMNS": "400"}

    def run(*words, code=0, where=None, profile="alice"):
        # The tunnel client is a program of its own, which the command line runs when its verb comes first.
        shown = [] if words[0] in ("ssh", "tunnel") else ["--render", "json"]
        command = [program, *shown, *map(str, words), *(["--profile", profile] if profile else [])]
        told = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True}
        done = subprocess.run(command, env=env, timeout=120, cwd=where, **told)
        assert done.returncode == code, f"{words}: {done.stdout}{done.stderr}"
        return _document(done.stdout) if code == 0 else done.stdout + done.stderr

    return run


def _document(text):
    """The JSON document in what was printed, or the text when there is none."""
    for place, letter in enumerate(text):
        if letter in "[{" and (place == 0 or text[place - 1] == "\n"):
            try:
                return json.JSONDecoder().raw_decode(text[place:])[0]
            except ValueError:
                continue
    return text


@pytest.fixture(scope="session", params=["DataClient", "AsyncDataClient"])
def connect(request, portal, home):
    """`connect(token=…)` or `connect(profile=…)`: pydoover's client, once synchronous and once asynchronous."""
    python, made = environment_of("pydoover-1.18.3"), []

    def client_of(**options):
        address = {} if "profile" in options else {"base_url": f"{portal.url}/api"}
        made.append(Remote(python, request.param, {**address, **options}, home))
        return made[-1]

    yield client_of
    for client in made:
        client.close()


@pytest.fixture(scope="session")
def device(connect, cast):
    """Pump 7's client, with its device token."""
    return connect(token=cast["token"])


@pytest.fixture(scope="session")
def alice(connect):
    return connect(profile="alice")


@pytest.fixture(scope="session")
def bob(connect, cast):
    return connect(token=cast["bobs_token"])


@pytest.fixture
def pump(cast):
    return cast["pump"]


@pytest.fixture
def channel(request, connect):
    """The name of a channel that only this test uses."""
    return f"t{abs(hash(request.node.nodeid))}"
