"""The control client of pydoover over what hangs on organisations and devices: deployments, integrations, reports,
tunnels, looks, domains and sharing (`control-api §3.8–§3.15`)."""

import json
import time

import pytest

from .conftest import Raised, Remote, environment_of

pytestmark = [pytest.mark.clients, pytest.mark.server, pytest.mark.timeout(600)]
SEED = """
import json
from doover_web.control import fleet_report
from doover_web.identity.actions.member import add_member
from doover_web.identity.auth import issue_access_token
from doover_web.identity.models import GroupRole, Organisation, OrganisationRole, User
away = Organisation.objects.filter(name="Elsewhere").first() or Organisation.objects.found("Elsewhere")
mallory = User.objects.filter(email="mallory@example.com").first()
if mallory is None:
    mallory = User.objects.create_user("mallory@example.com", name="Mallory")
    add_member(organisation=away, user=mallory, role=OrganisationRole.objects.built_in("Admin"), by=None)
print(json.dumps({"id": away.id, "top": away.root_group.id, "token": issue_access_token(mallory)[0],
                  "generator": fleet_report.generator().id, "viewer": GroupRole.objects.built_in("Viewer").id}))
"""


@pytest.fixture(scope="module")
def elsewhere(portal, cast):
    """Another organisation with Mallory in it, and ids of what comes with the server."""
    done = portal.manage("shell", "--verbosity=0", "--command", SEED)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module", params=["ControlClient", "AsyncControlClient"])
def client_of(request, portal, home):
    """`client_of(token, organisation)`: a function that calls a method of that client by its name."""
    python, remotes = environment_of("pydoover-1.18.3"), []

    def made(token, organisation):
        remote = Remote(python, request.param, {"base_url": portal.url, "token": token}, home)
        remotes.append(remote)

        def call(method, *args, **kwargs):
            return remote.ask({"method": method, "args": args, "kwargs": {"organisation_id": organisation, **kwargs}})

        return call

    yield made
    for remote in remotes:
        remote.close()


@pytest.fixture(scope="module")
def control(client_of, cast):
    """Alice's client at Tallow Creek Water."""
    return client_of(cast["alices_token"], cast["creek"])


@pytest.fixture(scope="module")
def mallory(client_of, elsewhere):
    """Mallory's client, at another organisation."""
    return client_of(elsewhere["token"], elsewhere["id"])


@pytest.fixture
def application(control, cast, request):
    """`application("INT")`: one of the organisation's own, of that type."""

    def made(kind):
        name = f"{kind.lower()}_{abs(hash(request.node.nodeid))}"
        body = {
            "name": name, "display_name": name, "description": "x", "long_description": "", "type": kind,
            "visibility": "PRI", "allow_many": True, "depends_on": [], "organisation_id": cast["creek"],
            "config_schema": {"type": "object", "properties": {"height": {"type": "number", "default": 2}}},
        }  # fmt: skip
        return control("applications.create", body)["id"]

    return made


def until(look, ready):
    """What `look` finds as soon as `ready` says so."""
    end = time.monotonic() + 60
    while not ready(found := look()):
        assert time.monotonic() < end, found
        time.sleep(0.3)
    return found


def test_an_install_is_deployed(control, application, cast):
    body = {"display_name": "Level", "application_id": application("DEV"), "device_id": cast["pump"]}
    number = str(control("app_installs.create", body)["id"])

    control("app_installs.deployments_create", number)

    [row] = control("app_installs.deployments_list", number)["results"]
    told = until(lambda: control("app_deployments.retrieve", str(row["id"])), lambda one: one["status"] != "QUE")
    assert (told["status"], told["deployment_config"]["height"]) in (("RUN", 2), ("SUC", 2))
    assert control("app_installs.deployments_retrieve", str(row["id"]), number)["id"] == row["id"]
    assert row["id"] in [one["id"] for one in control("app_deployments.list", per_page=100)["results"]]
    control("app_installs.delete", number)


def test_an_integration_is_saved_and_deployed(control, application):
    hook = application("INT")
    name = f"hook_{hook}"
    made = control("integrations.create", {"name": name, "display_name": "Hook", "application_id": hook})
    number = str(made["id"])
    changed = control("integrations.partial", number, {"deployment_config": {"height": 3}})
    assert changed["latest_deployment"]["id"] != made["latest_deployment"]["id"]
    control("integrations.archive", number)
    assert control("integrations.list", name=name, archived=True)["count"] == 1
    control("integrations.unarchive", number)
    assert control("integrations.list", name=name)["count"] == 1
    control("integrations.delete", number)
    assert control("integrations.list", name=name)["count"] == 0


def test_a_report_is_made_and_scheduled(control, elsewhere):
    now = int(time.time() * 1000)
    wanted = {"name": "Week", "config": {}, "report_generator_id": elsewhere["generator"]}
    number = str(control("reports.create", {**wanted, "period_start": now - 604_800_000, "period_end": now})["id"])

    report = until(lambda: control("reports.retrieve", number), lambda one: one["status"] != "Generating")

    assert (report["status"], report["name"]) == ("Complete", "Week")
    assert [one["filename"] for one in report["files"]] == ["summary.csv", "course.csv"]
    control("reports.delete", number)
    body = {"name": "monthly", "display_name": "Monthly", "application_id": elsewhere["generator"]}
    schedule = str(control("reports.schedules_create", body)["id"])
    assert control("reports.schedules_archive", schedule)["archived"] is True
    assert control("reports.schedules_list", archived=True)["count"] == 1
    control("reports.schedules_delete", schedule)


def test_tunnels(control, cast):
    body = {"name": "ssh", "hostname": "127.0.0.1", "port": 22, "protocol": "tcp", "device_id": cast["pump"]}
    made = control("tunnels.create", body)
    number = str(made["id"])
    assert (made["device"]["id"], made["is_active"]) == (cast["pump"], False)
    assert control("tunnels.partial", number, {"port": 2222})["port"] == 2222
    assert control("devices.tunnels_retrieve", number, str(cast["pump"]))["port"] == 2222
    with pytest.raises(Raised, match="Nothing on this device opens tunnels"):
        control("tunnels.activate", number, {})
    assert control("tunnels.deactivate", number, {})["is_active"] is False
    control("tunnels.delete", number)
    assert control("devices.tunnels_list", str(cast["pump"]))["count"] == 0


def test_the_look_and_the_addresses_of_a_site(control, cast):
    changed = control("themes.partial", str(cast["creek"]), {"accent_colour": "#aa0000"})
    assert changed["accent_colour"] == "#aa0000"
    control("organisations.domains.create", str(cast["creek"]), {"hostname": "creek.example.com", "default": True})
    [domain] = control("organisations.domains.list")["results"]
    assert (domain["hostname"], domain["default"]) == ("creek.example.com", True)
    assert control("site.retrieve", hostname="creek.example.com")["theme"]["accent_colour"] == "#aa0000"
    control("organisations.domains.delete", domain["id"])


def test_devices_are_lent_and_taken(portal, control, mallory, elsewhere, cast):
    lent = control(
        "organisations.sharing_profiles.create",
        {"name": "Loan", "description": "", "dd_permission_id": 0, "role_id": elsewhere["viewer"],
         "shared_organisation_id": elsewhere["id"], "device_ids": [cast["pump"]], "group_ids": []},
    )  # fmt: skip
    assert [one["id"] for one in lent["all_devices"]] == [cast["pump"]]
    taken = mallory(
        "organisations.shared_profiles.create",
        {"name": "Theirs", "description": "", "sharing_organisation_id": cast["creek"], "sharing_base_url": portal.url,
         "sharing_profile_id": lent["id"]},
    )  # fmt: skip
    body = {"device_id": cast["pump"], "group_id": elsewhere["top"], "shared_profile_id": taken["id"]}
    hung = mallory("shared_devices.create", body)
    assert (hung["device"]["name"], hung["group"]["name"]) == ("pump-7", "Elsewhere")
    mallory("shared_devices.delete", str(hung["id"]))
    mallory("organisations.shared_profiles.delete", str(taken["id"]))
    control("organisations.sharing_profiles.delete", str(lent["id"]))


def test_a_group_is_lent_and_taken(portal, control, mallory, elsewhere, cast):
    [top] = control("groups.list", root_group=True)["results"]
    profile = {"name": "Tree", "description": "", "dd_permission_id": 0, "role_id": elsewhere["viewer"]}
    lent = control(
        "organisations.sharing_profiles.create",
        {**profile, "shared_organisation_id": elsewhere["id"], "device_ids": [], "group_ids": [top["id"]]},
    )
    taken = mallory(
        "organisations.shared_profiles.create",
        {"name": "Theirs", "description": "", "sharing_organisation_id": cast["creek"], "sharing_base_url": portal.url,
         "sharing_profile_id": lent["id"]},
    )  # fmt: skip
    body = {"shared_group_id": top["id"], "group_id": elsewhere["top"], "shared_profile_id": taken["id"]}
    hung = mallory("shared_groups.create", body)
    assert mallory("shared_groups.retrieve", str(hung["id"]))["shared_group"]["name"] == top["name"]
    assert top["name"] in json.dumps(mallory("agents.retrieve")["groups"])
    mallory("shared_groups.delete", str(hung["id"]))
    mallory("organisations.shared_profiles.delete", str(taken["id"]))
    control("organisations.sharing_profiles.delete", str(lent["id"]))


def test_who_else_may_use_something(control, application, elsewhere):
    """The lists of applications, device types and solutions that say it."""
    number = application("DEV")
    kind = control("devices.types_create", {"name": f"Lent {number}"})["id"]
    solution = control("solutions.create", {"display_name": f"Lent {number}"})["id"]
    lists = (("applications.", "application_id", number), ("devices.types_", "device_type_id", kind),
             ("solutions.", "solution_id", solution))  # fmt: skip
    for prefix, field, thing in lists:
        body = {field: thing, "organisation_id": elsewhere["id"], "access": "WHL"}
        row = control(f"{prefix}organisation_access_create", str(thing), body)
        assert row["organisation"]["id"] == elsewhere["id"]
        listed = control(f"{prefix}organisation_access_list", str(thing))["results"]
        assert [one["access"] for one in listed] == ["WHL"]


EVERY = (
    "app_deployments", "app_installs", "applications", "container.registry", "devices", "groups", "integrations",
    "organisations", "organisations.domains", "organisations.pending_users", "organisations.roles",
    "organisations.shared_profiles", "organisations.sharing_profiles", "organisations.users", "shared_devices",
    "shared_groups", "solution_installs", "solutions", "themes", "tunnels", "users",
)  # fmt: skip


def test_what_every_list_holds_is_read_by_itself(control):
    for group in EVERY:
        listed = control(f"{group}.list", per_page=5)
        assert len(listed["results"]) == min(5, listed["count"]), group
        for row in listed["results"][:1]:
            key = row["id"] if "id" in row else row["user"]["id"]
            assert control(f"{group}.retrieve", str(key)), group


def test_what_is_of_others(mallory, cast):
    assert mallory("tunnels.list")["count"] == 0
    with pytest.raises(Raised) as refused:
        mallory("app_installs.list", organisation_id=cast["creek"])
    assert refused.value.status == 403
