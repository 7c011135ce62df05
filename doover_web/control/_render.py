"""Renders one template in a process of its own: JSON in at stdin, text out at stdout. Knows nothing of the platform."""

import json
import resource
import sys

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

CPU_SECONDS = 3
MEMORY = 512 * 1024 * 1024
LARGEST_OUT = 2 * 1024 * 1024


def main() -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    asked = json.load(sys.stdin)
    environment = ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    try:
        text = environment.from_string(asked["template"]).render(asked["values"])
    except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, LookupError, RecursionError) as problem:
        line = getattr(problem, "lineno", None)
        print(f"{problem}" + (f" (line {line})" if line else ""), file=sys.stderr)  # noqa: T201
        return 2
    except MemoryError:
        return 3
    if len(text) > LARGEST_OUT:
        return 3
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
