"""A roll-out to simulated devices, and one deployment from the click to the device's report:
`bin/bench rollout [--devices 1000] [--clicks 40]`."""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from django.db import connection, connections

from bench.server import Web, running_web
from doover_web.control.models import AppInstall, Application
from doover_web.data.access import Reach
from doover_web.data.publish import update_message
from doover_web.deployments.actions import rollout as actions
from doover_web.deployments.describe import described
from doover_web.deployments.models import Deployment, Rollout
from doover_web.deployments.tasks import sweep, sweep_rollouts
from doover_web.identity.actions.member import add_member
from doover_web.identity.auth import Caller, caller_of_user, issue_access_token, issue_device_token
from doover_web.identity.flags import EVERYTHING
from doover_web.identity.models import Agent, Organisation, OrganisationRole, User
from doover_web.identity.standing import Standing
from doover_web.standalone.fleet.client import Address, Client, open_pool
from doover_web.standalone.fleet.installs import CHANNEL, Installs
from doover_web.standalone.fleet.link import Link

# Without a device more for so long, a roll-out has stuck.
STUCK_SECONDS = 120
SWEEP_SECONDS = 10  # as the timetable has it
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser("bin/bench rollout")
    parser.add_argument("--devices", type=int, default=1000)
    parser.add_argument("--clicks", type=int, default=40)
    asked = parser.parse_args(sys.argv[2:])
    person, organisation, application, installs = _seed(asked.devices)
    print("| what | | | |\n|---|---|---|---|")
    with running_worker() as worker, running_web() as web:
        _rollout(caller_of_user(person), organisation, application, worker)
        _clicks(person, web, installs[0], asked.clicks)


@contextmanager
def running_worker() -> Iterator[int]:
    """One worker process with two children, as bin/serve starts it; its process id."""
    argv = [sys.executable, "-m", "celery", "-A", "doover_web.celery", "worker", "--concurrency", "2", "-l", "ERROR"]
    process = subprocess.Popen(argv)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def _seed(count: int):
    organisation = Organisation.objects.found("Bench")
    person = User.objects.create_user("bench@example.com", None, name="Bench")
    add_member(organisation=organisation, user=person, role=OrganisationRole.objects.built_in("Admin"), by=None)
    application = Application.objects.create(
        organisation=organisation, name="bench_pump", display_name="Bench pump", type="DEV", image_name="bench:1",
        config_schema={"type": "object", "properties": {f"k{n}": {"type": "number", "default": n} for n in range(30)}},
        ui_schema={"type": "uiApplication", "children": {f"e{n}": {"type": "uiVariable"} for n in range(30)}},
    )  # fmt: skip
    made = {"organisation": organisation, "kind": Agent.Kind.DEVICE}
    agents = [Agent.objects.create(name=f"bench-{number}", **made) for number in range(count)]
    installs = [
        AppInstall.objects.create(agent=agent, application=application, name="pump_1", display_name="Pump")
        for agent in agents
    ]
    Deployment.objects.bulk_create(_standing(install) for install in installs)
    return person, organisation, application, installs


def _standing(install: AppInstall) -> Deployment:
    wish = described(install, None)
    kept = {"deployment_config": wish.block, "wanted": wish.wanted.stored(), "status": "SUC"}
    names = {"agent": install.agent, "application": install.application, "app_key": install.name}
    return Deployment(install=install, ended_at=install.created_at, **names, **kept)


def _rollout(by: Caller, organisation, application, worker: int) -> None:
    rollout = actions.create_rollout(
        organisation=organisation, application=application, name="Faster", change={"config": {"k1": 7}},
        selection={"all": True}, rings=[1, 10, 50, 100], by=by,
    )  # fmt: skip
    stop = threading.Event()
    devices = threading.Thread(target=_answer_all, args=(stop,))
    before, began = _costs(worker), time.monotonic()
    devices.start()
    try:
        actions.start(rollout=rollout, by=by)
        _wait_for(rollout)
    finally:
        stop.set()
        devices.join()
    took = time.monotonic() - began
    after, count = _costs(worker), rollout.devices.count()
    each = {name: (after[name] - before[name]) / count for name in after}
    done = rollout.devices.filter(result="done").count()
    print(
        f"| roll-out, 4 rings | {done} of {count} devices done | {took:.1f} s | {took / count * 1000:.1f} ms a device |"
    )
    print(
        f"| a device costs | worker {each['worker']:.1f} ms CPU | PostgreSQL {each['postgres']:.1f} ms CPU |"
        f" {each['wal'] / 1024:.1f} KB WAL, {each['commits']:.1f} transactions |"
    )


def _wait_for(rollout: Rollout) -> None:
    """Until it has ended, doing what the timetable does meanwhile."""
    done, since, told = -1, time.monotonic(), time.monotonic()
    while Rollout.objects.get(pk=rollout.pk).is_open:
        time.sleep(0.2)
        now = time.monotonic()
        if now - told > SWEEP_SECONDS:
            told = now
            for task in (sweep, sweep_rollouts):
                task.delay()
        if (count := rollout.devices.exclude(result="waiting").count()) != done:
            done, since = count, now
        if now - since > STUCK_SECONDS:
            results = Counter(rollout.devices.values_list("result", "deployment__status"))
            raise RuntimeError(f"The roll-out is stuck: {results}")


def _answer_all(stop: threading.Event) -> None:
    """The devices: each reports success on what it was told, as soon as it is told."""
    while not stop.is_set():
        waiting = list(Deployment.objects.waiting()[:200])
        for one in waiting:
            standing = Standing(one.agent_id, is_superuser=False)
            reach = Reach(Caller(one.agent_id, "device", "device", standing), one.agent_id, None, EVERYTHING)
            said = {"status": {"code": "SUC", "at": 0, "detail": "runs"}}
            update_message(reach=reach, name=CHANNEL, message_id=one.docker_message_id, data=said)
        if not waiting:
            time.sleep(0.02)
    connections.close_all()


def _clicks(person: User, web: Web, install: AppInstall, clicks: int) -> None:
    tokens = issue_access_token(person)[0], issue_device_token(install.agent)
    took = asyncio.run(_click_often(web, *tokens, install, clicks))
    took.sort()
    p95 = took[len(took) * 95 // 100]
    print(
        f"| click → the device's report taken | p50 {statistics.median(took):.0f} ms"
        f" | p95 {p95:.0f} ms | {clicks} clicks |"
    )


async def _click_often(web: Web, token: str, secret: str, install: AppInstall, clicks: int) -> list[float]:
    """A device with its own link, as in the demo's fleet, and a person who deploys."""
    where = Address(web.url, httpx.URL(web.url).netloc.decode())
    ready = asyncio.Event()
    async with open_pool(where) as pool, httpx.AsyncClient(base_url=web.url, timeout=30) as person:
        client = Client(pool, "bench-0", str(install.agent_id), secret)
        installs = Installs(client, lambda: asyncio.sleep(0))

        async def begun() -> None:
            ready.set()

        link = Link(where, client.name, client.agent_id, secret, (CHANNEL,), installs.hear, begun)
        listening = asyncio.create_task(link.keep_open())
        await asyncio.wait_for(ready.wait(), 20)
        took = [await _click(person, token, install.id) for _ in range(clicks)]
        listening.cancel()
    return took


async def _click(person: httpx.AsyncClient, token: str, install_id: int) -> float:
    headers = {"Authorization": f"Bearer {token}"}
    began = time.perf_counter()
    made = (await person.post(f"/app_installs/{install_id}/deployments/", headers=headers)).raise_for_status().json()
    while (await _status(made["id"])) != "SUC":
        await asyncio.sleep(0.005)
    return 1000 * (time.perf_counter() - began)


async def _status(deployment_id: str) -> str:
    return (await Deployment.objects.only("status").aget(pk=deployment_id)).status


def _costs(worker: int) -> dict[str, float]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0'), sum(xact_commit) FROM pg_stat_database")
        wal, commits = cursor.fetchone()
    return {
        "worker": sum(_cpu_ms(pid) for pid in _family(worker)),
        "postgres": sum(_cpu_ms(pid) for pid in _of_the_database()),
        "wal": float(wal),
        "commits": float(commits),
    }


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in _family(int(child)))]


def _of_the_database() -> list[int]:
    """The database server and all of its processes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        own = cursor.fetchone()[0]
    parent = int(Path(f"/proc/{own}/stat").read_text().rpartition(") ")[2].split()[1])
    return _family(parent)


def _cpu_ms(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except FileNotFoundError:
        return 0.0
    # Its own time, and that of children that have ended.
    return sum(int(one) for one in fields[11:15]) * 1000 / TICKS
