"""What pages weigh and how long the server takes: the page of a device with 20 and 200 elements, home with 1,000 and
10,000 devices, the courses beside fifty of them. Cold is the page with all it loads, as a browser without anything gets
it; warm the page alone."""

import re
import statistics
import time
from datetime import UTC, datetime
from urllib.parse import urlencode, urljoin

import httpx
from django.conf import settings
from django.test import Client

from bench.authorise import _statements
from bench.server import running_web
from doover_web.common.snowflake import now_ms
from doover_web.data.access import reach_agent
from doover_web.data.models import Series
from doover_web.data.publish import apply_all, update_aggregate
from doover_web.data.pyramid import roll_up
from doover_web.data.writes import ChangeAggregate, PostMessage
from doover_web.identity.auth import caller_of_user
from doover_web.identity.models import Agent, Organisation, User

ROUNDS, ELEMENTS, FLEETS, LISTED = 40, (20, 200), (1_000, 10_000), 50
HISTORY, MINUTE, BATCH = 288, 60_000, 500
LOADED = re.compile(r'(?:href|src)="(/static/[^"]+\.(?:css|js|svg))"')
IMPORTED = re.compile(r'(?:from|import)\s*"(\.{1,2}/[^"]+)"')


def main() -> None:
    creek = Organisation.objects.found("Bench")
    root = User.objects.create_superuser("root@example.com", "correct horse battery staple", name="Root")
    caller = caller_of_user(root)
    print("| page | cold, KB | warm, KB | server, ms (median, p95) | processor, ms | queries |")
    print("|---|---|---|---|---|---|", flush=True)
    with running_web() as web:
        for count in ELEMENTS:
            device = _device(creek, caller, count)
            _measure(web.url, root, f"device, {count} elements", f"/device/{device.id}/")
        address = "/home/sparks/?" + urlencode(
            {"of": [_device(creek, caller, 3).id for _ in range(LISTED)]}, doseq=True
        )
        _measure(web.url, root, f"home's sparklines, {LISTED} devices, at first", address)
        Series.objects.update(opened_at=datetime(2025, 1, 1, tzinfo=UTC))
        roll_up(seconds=60)
        _measure(web.url, root, f"home's sparklines, {LISTED} devices", address)
        for count in FLEETS:
            _fleet(creek, caller, count)
            _measure(web.url, root, f"home, {count:,} devices", "/")


def _device(creek, caller, count: int) -> Agent:
    """A device of so many elements, a day of history behind each."""
    device = Agent.objects.create(kind="device", organisation=creek, name=f"page-{count}")
    reach = reach_agent(caller, device.id)
    for name, data in _channels(count).items():
        update_aggregate(reach=reach, name=name, data=data)
    moments = [now_ms() - step * 5 * MINUTE for step in range(HISTORY, 0, -1)]
    said = [{"app_1": {f"v{at}": at + step % 7 for at in range(count)}} for step in range(HISTORY)]
    apply_all([PostMessage(reach, "tag_values", data, ts=ts) for data, ts in zip(said, moments, strict=True)])
    return device


def _channels(count: int) -> dict[str, dict]:
    """Gauges, numbers, words, switches and a plot, four applications of them."""
    bands = [{"min": 0, "max": 50, "colour": "red", "label": "Low"}, {"min": 50, "max": 400, "colour": "green"}]
    apps: dict[str, dict] = {}
    for at in range(count):
        number = {"type": "uiVariable", "varType": "float", "displayString": f"Value {at}", "units": "kPa"}
        number |= {"decPrecision": 1, "currentValue": f"$tag.app_1.v{at}:number:null"}
        if at % 10 == 0:
            number |= {"form": "linearGauge" if at % 20 else "radialGauge", "ranges": bands}
        elif at % 10 == 9:
            value = f"$cmds.app().s{at}::False"
            number = {"type": "uiSwitch", "displayString": f"Switch {at}", "currentValue": value, "default": False}
        apps.setdefault(f"app_{at % 4 + 1}", {})[f"v{at}"] = number
    lookup = "$tag.app_1.v1:number:null"
    apps["app_1"]["plot"] = {"type": "uiMultiPlot", "displayString": "Plot", "series": {"v1": {"lookup": lookup}}}
    tree = {key: {"displayString": key, "defaultOpen": True, "children": children} for key, children in apps.items()}
    tags = {"app_1": {f"v{at}": at + 0.5 for at in range(count)}}
    return {"ui_state": {"state": {"children": tree}}, "tag_values": tags, "doover_connection": _connection()}


def _connection() -> dict:
    status = {"status": "ContinuousOnline", "last_online": now_ms(), "last_ping": now_ms()}
    return {"status": status, "determination": "Online", "config": {"connection_type": "Continuous"}}


def _fleet(creek, caller, count: int) -> None:
    """As many devices as asked that have said something."""
    there = Agent.objects.filter(organisation=creek, kind="device").count()
    group = creek.root_group
    made = [Agent(kind="device", organisation=creek, group=group, name=f"fleet-{at:05d}") for at in range(there, count)]
    Agent.objects.bulk_create(made, batch_size=1000)
    for at in range(0, len(made), BATCH):
        reaches = [reach_agent(caller, agent.id) for agent in made[at : at + BATCH]]
        apply_all([ChangeAggregate(reach, "doover_connection", _connection()) for reach in reaches])


def _measure(url: str, user: User, what: str, address: str) -> None:
    browser = Client(headers={"accept-encoding": "br"}, SERVER_NAME="127.0.0.1")
    browser.force_login(user)
    assert browser.get(address).status_code == 200, what
    queries = _statements(lambda: browser.get(address))
    began = time.process_time()
    times = sorted(_timed(lambda: browser.get(address)) for _ in range(ROUNDS))
    busy = 1000 * (time.process_time() - began) / ROUNDS
    median, p95 = 1000 * statistics.median(times), 1000 * times[int(ROUNDS * 0.95) - 1]
    warm, cold = _weights(url, browser.cookies[settings.SESSION_COOKIE_NAME].value, address)
    print(
        f"| {what} | {cold / 1000:.0f} | {warm / 1000:.1f} | {median:.0f}, {p95:.0f} | {busy:.0f} | {queries} |",
        flush=True,
    )


def _weights(url: str, session: str, address: str) -> tuple[int, int]:
    """Bytes on the wire: of the page, and of the page with everything that it loads, imports of scripts included."""
    headers = {"accept-encoding": "br", "accept": "text/html", "cookie": f"{settings.SESSION_COOKIE_NAME}={session}"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
        page, size = _fetch(client, address)
        waiting, seen, total = [*LOADED.findall(page)], set(), size
        while waiting:
            if (one := waiting.pop()) in seen:
                continue
            seen.add(one)
            text, weight = _fetch(client, one)
            total += weight
            if one.endswith(".js"):
                waiting += [urljoin(one, imported) for imported in IMPORTED.findall(text)]
    return size, total


def _fetch(client: httpx.Client, address: str) -> tuple[str, int]:
    with client.stream("GET", address) as response:
        response.raise_for_status()
        response.read()
        return response.text, response.num_bytes_downloaded


def _timed(call) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
