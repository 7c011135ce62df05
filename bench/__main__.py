"""`bin/bench publish`, `bin/bench fanout` and so on: each prints a table for docs/benchmarks.md."""

import importlib
import os
import sys

import django

NAMES = (
    "publish",
    "fanout",
    "history",
    "many-agents",
    "authorise",
    "writes",
    "old-window",
    "page",
    "pixel",
    "chart",
    "fleet",
    "activity",
    "rollout",
)
# These read options, and say which when they are asked.
WITH_OPTIONS = {"history", "chart", "fleet", "activity", "rollout"}


def main(name: str, options: list[str]) -> None:
    if name not in NAMES:
        sys.exit(f"usage: bin/bench {'|'.join(NAMES)}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doover_web.settings")
    django.setup()
    measurement = importlib.import_module(f"bench.{name.replace('-', '_')}")
    if options and name not in WITH_OPTIONS:
        sys.exit(f"usage: bin/bench {name}\n\n{measurement.__doc__}")
    measurement.main()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "", sys.argv[2:])
