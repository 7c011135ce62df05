"""How long it takes to open a chart of a device: `bin/bench chart [--days 365]`.

A value every minute, as a device logs it. Times are those of reading and drawing in this process, as the page does it
without scripts; the first time nothing is rolled up yet.
"""

import argparse
import sys

from django.db import connection
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test import RequestFactory

from bench.history import DAY, _fill, _line, _moment, _settle, _timed
from bench.server import make_devices
from doover_web.common.snowflake import now_ms
from doover_web.data.access import reach_agent
from doover_web.data.partitions import ensure_ahead, ensure_partition
from doover_web.data.publish import open_channel, update_aggregate
from doover_web.data.rehearsal import rehearse
from doover_web.identity.auth import caller_of_token
from portal.ui.charts import read_chart
from portal.views.chart import chart_context

ROUNDS = 50
ONE, FOUR = "s=tank.level", "s=tank.level&s=tank.flow&s=on&s=tank.words"
ALARM = {"name": "High", "key": "tank.level", "operator": "gt", "value": 85}


def main() -> None:
    parser = argparse.ArgumentParser("bin/bench chart")
    parser.add_argument("--days", type=int, default=365)
    asked = parser.parse_args(sys.argv[2:])
    [(agent_id, token)] = make_devices(1)
    reach = reach_agent(caller_of_token(token), agent_id)
    channel = open_channel(reach=reach, name="tag_values")
    update_aggregate(
        reach=reach, name="tag_values", data={"tank": {"level": 50.5, "flow": 1.5, "words": "x"}, "on": True}
    )
    start = now_ms() - asked.days * DAY
    for month in range(asked.days // 30 + 2):
        ensure_partition(_moment(start + month * 30 * DAY))
    ensure_ahead(_moment(now_ms()), since=_moment(now_ms()))
    _fill(channel, start, 60_000, asked.days * 1440)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) data_message")
    _open(reach, ONE, "1h")  # what is done once in a process
    print(f"{asked.days * 1440:,} messages, one a minute\n\n| what | p50 ms | p95 ms |\n|---|---|---|")
    _line("chart of 1 year, first opened", [_timed(lambda: _open(reach, ONE, "1y"))])
    _open(reach, FOUR, "1y")
    took = _timed(_settle)
    for name in ("1h", "1d", "30d", "1y"):
        for what, query in (("one value", ONE), ("four values", FOUR)):
            times = [_timed(lambda query=query, name=name: _open(reach, query, name)) for _ in range(ROUNDS)]
            _line(f"chart of {name}, {what}", times)
    times = [_timed(lambda: rehearse(reach=reach, name="tag_values", body=ALARM)) for _ in range(5)]
    _line("rehearsal over 30 days", times)
    print(f"\nRolling up took {took:,.0f} s")


def _open(reach, query: str, span: str) -> None:
    request = RequestFactory().get("/")
    shown = read_chart(reach, QueryDict(f"{query}&range={span}"))
    render_to_string("portal/_chart.html", chart_context(request, shown), request)
