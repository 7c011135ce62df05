"""The pages of applications, profiles, device types and solutions; `deployments` and `installs` make some."""

from doover_web.control.models import Application, Solution, SolutionInstall, SolutionTemplate

from ..lines import DEVICE_PAGE, MANAGER_PAGE, MEMBER_PAGE, Lines, page

line = Lines()
APPS, TYPES, SETS = "/admin-portal/applications", "/admin-portal/device-types", "/admin-portal/solutions"
PUT = "/admin-portal/solution-install/{page_put}/"
# About one thing of the organisation: members see it, administrators change it.
ONE = page(bare=200)
CHANGES = page(bare=403, looker=403, admin=302)


def seed(world) -> None:
    """A solution with an application in it, on Pump 7."""
    creek, pump = world.things["creek"], world.things["pump"]
    level = Application.objects.create(organisation=creek, name="amber_level", display_name="Amber level", type="DEV")
    solution = Solution.objects.create(organisation=creek, display_name="Amber set")
    template = SolutionTemplate.objects.create(solution=solution, application=level, display_name="Amber part")
    world.add("page_solution", solution.id)
    world.add("page_part", template.id)
    world.add("page_put", SolutionInstall.objects.create(solution=solution, device=pump, display_name="Amber put").id)
    world.secrets.append("Amber set")


line("GET", APPS + "/", MEMBER_PAGE)
line("GET", APPS + "/new/", MANAGER_PAGE)
line("POST", APPS + "/new/", page(stranger=400, bare=403, looker=403, admin=400), form={"name": ""})
line("GET", APPS + "/{rollout_application}/", ONE)
line("GET", APPS + "/{rollout_application}/edit/", ONE)
line("POST", APPS + "/{rollout_application}/edit/", CHANGES, form={"do": "archive"})
line("GET", APPS + "/{rollout_application}/profiles/0/", page(bare=403, looker=403))
line("POST", APPS + "/{rollout_application}/profiles/0/", CHANGES, form={"do": "save", "display_name": "Amber set"})
line("GET", TYPES + "/", MEMBER_PAGE)
line("GET", TYPES + "/{page_type}/", ONE)
line("POST", TYPES + "/{page_type}/", CHANGES, form={"do": "archive"})
line("GET", SETS + "/", MEMBER_PAGE)
line("GET", SETS + "/{page_solution}/", ONE)
line("POST", SETS + "/{page_solution}/", CHANGES, form={"do": "archive"})
line("GET", SETS + "/{page_solution}/applications/{page_part}/", page(bare=403, looker=403))
line("POST", SETS + "/{page_solution}/applications/{page_part}/", CHANGES, form={"do": "remove"})
line("GET", PUT, DEVICE_PAGE)
line("POST", PUT, page(looker=403, admin=302), form={"do": "sync"})
