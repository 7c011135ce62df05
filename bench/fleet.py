"""What the first page of a large fleet costs at the Control API and on the home page, over HTTP:
`bin/bench fleet [--devices 10000] [--calls 60]`."""

from django.conf import settings
from django.test import Client

from bench.addresses import print_table, read_options
from doover_web.control.models import Device, DeviceType
from doover_web.identity.actions.member import add_member
from doover_web.identity.actions.token import create_personal_token
from doover_web.identity.models import Agent, Group, Organisation, OrganisationRole, User

GROUPS = 100
LISTS = {
    "Control API, first 100": "/devices/?archived=false&page=1&per_page=100",
    "Control API, by display name": "/devices/?archived=false&ordering=display_name&per_page=100",
    "Control API, search": "/devices/?search=device%2077&per_page=100",
    "Control API, one group and below": "/devices/?group_tree={group}&per_page=100",
}
PAGES = {"Home page": "/", "Beside its list": "/home/beside/"}


def main() -> None:
    """The first page of each list."""
    asked = read_options("fleet")
    user, group = fleet(asked.devices)
    token = create_personal_token(user=user, name="bench", scope="full", days=1, by=None)[1]
    by_token = {"authorization": f"Bearer {token}"}
    lists = [(what, path.format(group=group.id), by_token) for what, path in LISTS.items()]
    pages = [(what, path, session(user)) for what, path in PAGES.items()]
    print(f"{asked.devices:,} devices in {GROUPS} groups\n")
    print_table("list", [*lists, *pages], asked.calls)


def fleet(devices: int) -> tuple[User, Group]:
    """So many devices, an administrator of them, and one of their groups."""
    organisation = Organisation.objects.found("Bench fleet")
    user = User.objects.create_user(f"fleet-{organisation.id}@example.com")
    add_member(organisation=organisation, user=user, role=OrganisationRole.objects.built_in("Admin"), by=None)
    root = organisation.root_group
    groups = [Group.objects.create(organisation=organisation, parent=root, name=f"Group {n}") for n in range(GROUPS)]
    kind = DeviceType.objects.create(organisation=organisation, name="Bench")
    agents = [
        Agent(
            kind=Agent.Kind.DEVICE,
            organisation=organisation,
            group=groups[number % GROUPS],
            name=f"device-{number}",
            display_name=f"Device {number}",
        )
        for number in range(devices)
    ]
    Agent.objects.bulk_create(agents, batch_size=1000)
    Device.objects.bulk_create([Device(agent=agent, type=kind) for agent in agents], batch_size=1000)
    return user, groups[0]


def session(user: User) -> dict[str, str]:
    """The headers of a browser in which somebody is signed in."""
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    name = settings.SESSION_COOKIE_NAME
    return {"cookie": f"{name}={client.cookies[name].value}", "accept": "text/html"}
