"""Addresses of a running web asked again and again, for the benches that list what pages and lists cost."""

import argparse
import statistics
import sys
import time
from collections.abc import Iterable

import httpx
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.server import running_web

FIRST = 5  # calls that load what stays
Asked = tuple[str, str, dict[str, str]]  # what it is, its address, the headers that it is asked with


def read_options(name: str) -> argparse.Namespace:
    """`--devices` and `--calls`."""
    parser = argparse.ArgumentParser(f"bin/bench {name}")
    parser.add_argument("--devices", type=int, default=10_000)
    parser.add_argument("--calls", type=int, default=60)
    return parser.parse_args(sys.argv[2:])


def print_table(heading: str, addresses: Iterable[Asked], calls: int) -> None:
    """Milliseconds, statements and bytes of each."""
    print(f"| {heading} | ms, median | ms, p95 | statements | bytes |")
    print("|---|---|---|---|---|")
    with running_web() as web, httpx.Client(base_url=web.url, timeout=60) as client:
        for what, address, headers in addresses:
            times, size = _asked(client, address, headers, calls)
            statements = _statements(address, {**headers, "host": client.base_url.netloc.decode()})
            p95 = statistics.quantiles(times, n=20)[-1]
            print(f"| {what} | {statistics.median(times):,.0f} | {p95:,.0f} | {statements} | {size:,} |")


def _asked(client: httpx.Client, address: str, headers: dict[str, str], calls: int) -> tuple[list[float], int]:
    times, size = [], 0
    for number in range(calls + FIRST):
        start = time.perf_counter()
        response = client.get(address, headers=headers)
        if number >= FIRST:
            times.append((time.perf_counter() - start) * 1000)
        assert response.status_code == 200, response.text[:300]
        size = len(response.content)
    return times, size


def _statements(address: str, headers: dict[str, str]) -> int:
    """How many statements one more request takes in this process."""
    client = Client(headers=headers)
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        response = client.get(address)
    assert response.status_code == 200, response.content[:300]
    return len(seen)
