"""The real client of the first generation, unmodified, story by story."""

import ast
import json
import subprocess
from pathlib import Path

import pytest

from .conftest import environment_of

pytestmark = pytest.mark.clients
STORIES = Path(__file__).parent / "first_generation"
NAMES = [
    f"{file.stem}.{one.name}"
    for file in sorted(STORIES.glob("*.py"))
    for one in ast.parse(file.read_text()).body
    if isinstance(one, ast.FunctionDef) and one.name.startswith("story_")
]
SET_UP = """
import json
from allauth.mfa.totp.internal.auth import TOTP
from doover_web.control.models import Device
from doover_web.identity.actions.member import add_member
from doover_web.identity.auth import issue_access_token, issue_device_token
from doover_web.identity.models import Agent, Organisation, OrganisationRole, User
far = Organisation.objects.found("Far Away")
flat = Organisation.objects.found("Flat Creek")
pump = Agent.objects.create(kind="device", organisation=flat, name="bore-4")
Device.objects.create(agent=pump, extra_config={"SITE": "north"})
words, secret = "a long enough sentence", "JBSWY3DPEHPK3PXP"
dora, tom = [User.objects.create_user(f"{name}@example.org", words, name=name) for name in ("dora", "tom")]
for user in (dora, tom):
    add_member(organisation=flat, user=user, role=OrganisationRole.objects.built_in("Admin"), by=None)
TOTP.activate(tom, secret)
print(json.dumps({
    "pump": str(pump.key), "pump_id": pump.id, "organisation": str(flat.agent.key), "user": str(dora.agent.key),
    "password": words, "email": dora.email, "totp_email": tom.email, "totp_secret": secret,
    "elsewhere": str(Agent.objects.create(kind="device", organisation=far, name="far").key),
    "token": issue_access_token(dora)[0], "device_token": issue_device_token(pump),
}))
"""


@pytest.fixture(scope="module")
def tell(portal):
    """`tell("files.story_…")`: what came of a story; all in one process, since the client takes long to start."""
    done = portal.manage("shell", "--verbosity=0", "--command", SET_UP)
    assert done.returncode == 0, done.stderr
    profile = portal.manage("profile", "dora@example.org", "--first-generation", "--name", "printed").stdout
    world = json.loads(done.stdout.splitlines()[-1]) | {"base_url": portal.url, "profile": profile}
    argv = [environment_of("pydoover-0.4.18"), "-m", STORIES.name, json.dumps(world)]
    spoken = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(argv, cwd=STORIES.parent, **spoken) as process:

        def ask(name):
            process.stdin.write(name + "\n")
            process.stdin.flush()
            # The client itself prints as well.
            while not (line := process.stdout.readline()).startswith('"'):
                assert line, "the stories ended early"
            return json.loads(line)

        yield ask
        process.stdin.close()


@pytest.mark.parametrize("name", NAMES)
def test_story(tell, name):
    assert tell(name) == ""
