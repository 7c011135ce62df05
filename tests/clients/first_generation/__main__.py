"""Reads names of stories and writes what came of each: "" or how it failed."""

import json
import sys
import traceback
from importlib import import_module


def told(name):
    module, story = name.split(".")
    try:
        getattr(import_module(f"first_generation.{module}"), story)()
    except BaseException:
        return traceback.format_exc()
    return ""


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(told(line.strip())) + "\n")
        sys.stdout.flush()
