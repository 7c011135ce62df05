"""Roll-outs of an application to the devices of Tallow Creek Water."""

from doover_web.deployments.models import Rollout, RolloutDevice

from ..lines import Lines, api

line = Lines()
# Members whose role sees applications see how a roll-out stands; of its devices only those that they see.
LISTS = api(stranger=200, bare=200, neighbour=200)
HERE = api(bare=200, own=404)
STEERS = api(bare=403, looker=403, narrow=403, own=404)
BODY = {"application_id": "{rollout_application}", "devices": {"all": True}, "change": {"config": {"speed": 5}}}
# Somebody else's application in the body is the field's mistake, the own role is asked first.
MAKES = api(stranger=400, bare=403, looker=403, narrow=403, admin=201, own=403, neighbour=403, root=403)


def seed(world) -> None:
    """One that waits, one that runs, one that is paused; of what `deployments` has installed."""
    application, creek = world.things["application"], world.things["creek"]
    world.add("rollout_application", application.id)
    for status in ("ready", "running", "paused"):
        made = {"organisation": creek, "application": application, "rings": [100], "name": "Amber everywhere"}
        rollout = Rollout.objects.create(status=status, **made)
        RolloutDevice.objects.create(rollout=rollout, install=world.things["install"], ring=0)
        world.add(f"rollout_{status}", rollout.id)


line("GET", "/rollouts/", LISTS)
line("POST", "/rollouts/", MAKES, body=BODY)
line("POST", "/rollouts/preview/", MAKES.but(admin=200, browser=200), body=BODY)
line("GET", "/rollouts/{rollout_ready}/", HERE)
line("GET", "/rollouts/{rollout_ready}/devices/", HERE)
line(
    "GET",
    "/rollouts/{rollout_ready}/devices/1/",
    HERE.but(bare=404, looker=404, narrow=404, admin=404, browser=404, root=404),
)
line("POST", "/rollouts/{rollout_ready}/start/", STEERS)
line("POST", "/rollouts/{rollout_running}/pause/", STEERS)
line("POST", "/rollouts/{rollout_paused}/resume/", STEERS)
line("POST", "/rollouts/{rollout_paused}/abort/", STEERS)
line("POST", "/rollouts/{rollout_paused}/take_back/", STEERS)
