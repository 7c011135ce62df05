"""The fleet at the root: devices, applications, installs, solutions, registries."""

from django.core.files.base import ContentFile

from doover_web.control.models import (
    AppInstall,
    Application,
    ApplicationAccess,
    ConfigProfile,
    Device,
    DeviceType,
    DeviceTypeAccess,
    RegistryProfile,
    Solution,
    SolutionAccess,
    SolutionInstall,
    SolutionTemplate,
    TrustedPublisher,
)
from doover_web.control.uploads import keep
from doover_web.identity.models import Agent

from ..lines import Lines, api, everybody

line = Lines()

LISTS = api(stranger=200, bare=200, neighbour=200)
# What members of Tallow Creek Water see, whatever their role in groups is; devices and guests do not.
MEMBERS = api(bare=200, own=404).but(guest=404)
MANAGES = api(bare=403, looker=403, narrow=403, own=404).but(guest=404)
MAKES = api(stranger=404, bare=403, looker=403, narrow=403, own=403, neighbour=403)
# A device itself may do what those may who configure it.
DEVICE = api()
CONFIGURES = api(looker=403, narrow=403)
JSON_ROW = {"deployment_config": {}}

# Devices.
# A neighbour is told of itself, in words that are secrets elsewhere.
line("GET", "/devices/", LISTS, public=True)
line("GET", "/devices/{pump}/", DEVICE)
line("PATCH", "/devices/{pump}/", CONFIGURES, body={"notes": "x"})
whole = {"display_name": "Kestrel Seven", "type_id": "{skid}", "group_id": "{weir}"}
line("PUT", "/devices/{pump}/", CONFIGURES, body=whole, looker=403, own=400)
NEW = api(stranger=400, bare=400, looker=403, narrow=403, admin=201, root=201, own=400, neighbour=400)
line("POST", "/devices/", NEW, body={**whole, "display_name": "New"})
for verb in ("archive/", "unarchive/"):
    line("POST", "/devices/{pump}/" + verb, CONFIGURES)

line("GET", "/devices/{pump}/installer/info/", CONFIGURES)
for part in ("", "download/", "tarball/", "zip/"):
    line("GET", f"/devices/{{pump}}/installer/{part}", CONFIGURES, own=403)

# Kinds of device.
line("GET", "/devices/types/", LISTS)
line("GET", "/devices/types/{skid}/", MEMBERS)
line("GET", "/devices/types/{skid}/installer/", MEMBERS)
for method in ("PUT", "PATCH"):
    line(method, "/devices/types/{skid}/", MANAGES, body={"name": "amber-skid"})
TYPE = api(stranger=201, bare=403, looker=403, narrow=403, admin=201, root=403, own=404, neighbour=404)
line("POST", "/devices/types/", TYPE, body={"name": "New"})
for verb in ("archive/", "unarchive/"):
    line("POST", "/devices/types/{skid}/" + verb, MANAGES)

# Applications.
line("GET", "/applications/", LISTS)
line("GET", "/public/applications/", everybody(200, by_token=True))
line("GET", "/applications/{pond}/", MEMBERS)
for picture in ("icon", "banner"):
    shut = {"nobody": 404, "revoked": 404, "expired": 404, "forged": 200}
    line("GET", f"/applications/{{pond}}/{picture}/", MEMBERS, **shut)
for method in ("PUT", "PATCH"):
    body = {
        "name": "amber_pond",
        "display_name": "Pond",
        "description": "",
        "type": "PRO",
        "visibility": "PRI",
        "depends_on": [],
        "organisation_id": "{creek}",
        "container_registry_profile_id": None,
    }
    line(method, "/applications/{pond}/", MANAGES, body=body)
PUBLISHES = api(stranger=400, bare=403, looker=403, narrow=403, admin=201, own=403, neighbour=403)
line("POST", "/applications/", PUBLISHES, body={**body, "name": "amber_new"})
for verb in ("archive/", "unarchive/", "processor_version/"):
    line("POST", "/applications/{pond}/" + verb, MANAGES)
for part in ("widget/", "processor_source/"):
    line("PUT", "/applications/{pond}/" + part, MANAGES, admin=400, browser=400, root=400)
line("POST", "/applications/{pond}/registry_token/", MEMBERS, looker=400, narrow=400, admin=400, browser=400, root=400,
     bare=400, own=400)  # fmt: skip
line("GET", "/applications/{pond}/versions/", MEMBERS)
line("POST", "/applications/{pond}/versions/", MANAGES, body={"tag": "v1"}, admin=201, browser=201, root=201)

# Config profiles.
line("GET", "/applications/{pond}/config_profiles/", MEMBERS)
line("GET", "/applications/{pond}/config_profiles/{profile}/", MEMBERS)
profile = {"display_name": "amber", "application_id": "{pond}"}
line("POST", "/applications/{pond}/config_profiles/", MANAGES, body=profile, admin=201, browser=201, root=403)
for method in ("PUT", "PATCH"):
    line(method, "/applications/{pond}/config_profiles/{profile}/", MANAGES, body=profile)
line("DELETE", "/applications/{pond}/config_profiles/{profile}/", MANAGES, admin=204, browser=204, root=204)

# Installs.
line("GET", "/app_installs/", LISTS)
line("GET", "/app_installs/{install}/", DEVICE)
install = {"display_name": "Pond", "application_id": "{pond}", "device_id": "{pump}"}
for method in ("PUT", "PATCH"):
    line(method, "/app_installs/{install}/", CONFIGURES, body=install)
line("POST", "/app_installs/", NEW, body=install, bare=400)
for verb in ("archive/", "unarchive/"):
    line("POST", "/app_installs/{install}/" + verb, CONFIGURES)
line("DELETE", "/app_installs/{install}/", CONFIGURES, admin=204, browser=204, root=204, own=204)
for place in ("/app_installs/", "/devices/{pump}/app_installs/"):
    line("POST", place + "{install}/sync_config_profiles/", CONFIGURES, body=JSON_ROW)
line("POST", "/applications/{pond}/installs/{install}/sync_config_profiles/", CONFIGURES, body=JSON_ROW, own=404)
line("GET", "/devices/{pump}/app_installs/", DEVICE)
line("GET", "/applications/{pond}/installs/", MEMBERS)

# Solutions.
line("GET", "/solutions/", LISTS)
line("GET", "/solutions/{tanks}/", MEMBERS)
for method in ("PUT", "PATCH"):
    line(method, "/solutions/{tanks}/", MANAGES, body={"display_name": "amber-tanks"})
line("POST", "/solutions/", TYPE, body={"display_name": "New"})
for verb in ("archive/", "unarchive/"):
    line("POST", "/solutions/{tanks}/" + verb, MANAGES)
line("GET", "/solutions/{tanks}/application_templates/", MEMBERS)
line("GET", "/solutions/{tanks}/application_templates/{template}/", MEMBERS)
template = {"display_name": "Pond", "application_id": "{pond}", "solution_id": "{tanks}"}
MADE = {"admin": 201, "browser": 201, "root": 201}
line("POST", "/solutions/{tanks}/application_templates/", MANAGES, body=template, **MADE)
for method in ("PUT", "PATCH"):
    line(method, "/solutions/{tanks}/application_templates/{template}/", MANAGES, body=template)
line("DELETE", "/solutions/{tanks}/application_templates/{template}/", MANAGES, admin=204, browser=204, root=204)
line("GET", "/solutions/{tanks}/installs/", MEMBERS)

# Solutions on devices.
line("GET", "/solution_installs/", LISTS)
line("GET", "/solution_installs/{tanks_here}/", DEVICE)
here = {"display_name": "Tanks", "device_id": "{pump}", "solution_id": "{tanks}"}
line("POST", "/solution_installs/", NEW, body=here)
for method in ("PUT", "PATCH"):
    line(method, "/solution_installs/{tanks_here}/", CONFIGURES, body=here)
line("DELETE", "/solution_installs/{tanks_here}/", CONFIGURES, admin=204, browser=204, root=204, own=204)
line("GET", "/devices/{pump}/solution_installs/", DEVICE)
for place, others in (("/", {}), ("/devices/{pump}/", {}), ("/solutions/{tanks}/", {"own": 404})):
    name = "installs/" if "tanks" in place else "solution_installs/"
    for verb in ("sync/", "deploy/"):
        line("POST", place + name + "{tanks_here}/" + verb, CONFIGURES, **others)

# Who else may use what.
for path, row, kind in (
    ("/devices/types/{skid}/", "{skid_access}", "device_type_id"),
    ("/applications/{pond}/", "{pond_access}", "application_id"),
    ("/solutions/{tanks}/", "{tanks_access}", "solution_id"),
):
    thing = path.rstrip("/").rpartition("/")[2]
    body = {kind: thing, "organisation_id": "{creek}", "access": "BLK"}
    line("GET", f"{path}organisation_access/", MANAGES)
    line("GET", f"{path}organisation_access/{row}/", MANAGES)
    line("POST", f"{path}organisation_access/", MANAGES, body=body, admin=409, browser=409, root=409)
    for method in ("PUT", "PATCH"):
        line(method, f"{path}organisation_access/{row}/", MANAGES, body=body)
    line("DELETE", f"{path}organisation_access/{row}/", MANAGES, admin=204, browser=204, root=204)

# Where images lie, and who publishes.
line("GET", "/container/registry/", LISTS)
line("GET", "/container/registry/{registry}/", MEMBERS)
profile = {"name": "amber-registry", "description": "", "url": "r.example", "username": "u", "password": "p"}
for method in ("PUT", "PATCH"):
    line(method, "/container/registry/{registry}/", MANAGES, body=profile)
line("POST", "/container/registry/", TYPE, body={**profile, "name": "New"})
for verb in ("archive/", "unarchive/"):
    line("POST", "/container/registry/{registry}/" + verb, MANAGES)
line("GET", "/publishers/", LISTS)
line("GET", "/publishers/{publisher}/", MEMBERS)
publisher = {"provider": "GH", "repository_owner": "creek", "repository_name": "other"}
line("PATCH", "/publishers/{publisher}/", MANAGES, body=publisher)
line("POST", "/publishers/", TYPE, body=publisher)


def seed(world) -> None:
    """One of everything, of Tallow Creek Water, on its pump."""
    creek, pump = world.things["creek"], world.things["pump"]
    upload = keep(ContentFile(b"picture", "f.txt"), field="file", most=100, content_type="text/plain")
    skid = DeviceType.objects.create(organisation=creek, name="amber-skid", installer=upload, install_type="BOTH")
    Device.objects.create(agent=pump, type=skid)
    pond = Application.objects.create(
        organisation=creek,
        name="amber_pond",
        display_name="Pond",
        type="PRO",
        allow_many=True,
        icon=upload,
        banner=upload,
    )
    tanks = Solution.objects.create(organisation=creek, display_name="amber-tanks")
    agent = Agent.objects.create(kind="app", organisation=creek, name="publisher")
    made = {
        "skid": skid,
        "pond": pond,
        "tanks": tanks,
        "profile": ConfigProfile.objects.create(application=pond, organisation=creek, display_name="amber"),
        "install": AppInstall.objects.create(agent=pump, application=pond, name="amber_pond_1", display_name="Pond"),
        "template": SolutionTemplate.objects.create(solution=tanks, application=pond, display_name="amber"),
        "tanks_here": SolutionInstall.objects.create(solution=tanks, device=pump, display_name="amber"),
        "skid_access": DeviceTypeAccess.objects.create(device_type=skid, organisation=creek, access="WHL"),
        "pond_access": ApplicationAccess.objects.create(application=pond, organisation=creek, access="WHL"),
        "tanks_access": SolutionAccess.objects.create(solution=tanks, organisation=creek, access="WHL"),
        "registry": RegistryProfile.objects.create(organisation=creek, name="amber-registry", url="r.example"),
        "publisher": TrustedPublisher.objects.create(
            organisation=creek, agent=agent, repository_owner="creek", repository_name="amber"
        ),
    }
    for name, row in made.items():
        world.add(name, row.pk)
    world.secrets += ["amber-skid", "amber_pond", "amber-tanks", "amber-registry"]
