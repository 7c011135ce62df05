"""Runs inside the environment of a published client: reads calls from standard input, one JSON document a line, makes
them with the client's own classes, and writes what they returned."""

import asyncio
import base64
import functools
import importlib
import json
import sys


def plain(value):
    """What a call returned, as JSON."""
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if hasattr(value, "to_dict"):
        return plain(value.to_dict())
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return plain(vars(value)) if type(value).__module__.startswith("pydoover.models") else value


def made(value):
    """An argument: `{"$": "pydoover.models.Condition", "type": …}` is one of the client's own objects, `{"$bytes": …}`
    are bytes in base64."""
    if isinstance(value, list):
        return [made(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    if "$bytes" in value:
        return base64.b64decode(value["$bytes"])
    fields = {key: made(inner) for key, inner in value.items() if key != "$"}
    if "$" not in value:
        return fields
    module, name = value["$"].rsplit(".", 1)
    return getattr(importlib.import_module(module), name)(**fields)


async def call(client, request):
    if "function" in request:
        module, name = request["function"].rsplit(".", 1)
        function = getattr(importlib.import_module(module), name)
        return [function(*args) for args in request["calls"]]
    if "story" in request:
        module, name = request["story"].rsplit(".", 1)
        return await getattr(importlib.import_module(module), name)(client, *request["args"])
    method = functools.reduce(getattr, request["method"].split("."), client)
    result = method(*made(request["args"]), **made(request["kwargs"]))
    if hasattr(result, "collect"):
        result = result.collect()
    return await result if asyncio.iscoroutine(result) else result


async def answer(client, line):
    try:
        return {"returned": plain(await call(client, json.loads(line)))}
    except Exception as problem:
        return {"raised": type(problem).__name__, "status": getattr(problem, "status", None), "text": str(problem)}


async def main(kind, options):
    api = importlib.import_module("pydoover.api")
    client = getattr(api, kind)(**options)
    if hasattr(client, "setup"):
        await client.setup()
    while line := await asyncio.to_thread(sys.stdin.readline):
        sys.stdout.write(json.dumps(await answer(client, line)) + "\n")
        sys.stdout.flush()
    closing = client.close()
    if closing is not None:
        await closing


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], json.loads(sys.argv[2])))
