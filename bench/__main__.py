"""`bin/bench publish`, `bin/bench fanout` and so on: each prints a table for docs/benchmarks.md."""

import os
import sys

import django


def main(name: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doover_web.settings")
    django.setup()
    if name == "publish":
        from bench.publish import main as run
    elif name == "fanout":
        from bench.fanout import main as run
    elif name == "authorise":
        from bench.authorise import main as run
    elif name == "many-agents":
        from bench.many_agents import main as run
    elif name == "history":
        from bench.history import main as run
    elif name == "old-window":
        from bench.old_window import main as run
    elif name == "writes":
        from bench.writes import main as run
    elif name == "rollout":
        from bench.rollout import main as run
    elif name == "page":
        from bench.page import main as run
    elif name == "chart":
        from bench.chart import main as run
    elif name == "fleet":
        from bench.fleet import main as run
    else:
        sys.exit(
            "usage: bin/bench fleet|many-agents|publish|fanout|authorise|history|writes|old-window|rollout|page|chart"
        )
    run()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
