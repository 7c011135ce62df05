"""What starts a function in the cloud, from its settings (pure, `control-api §5.2`, `processors §9.1`)."""

import re
from collections.abc import Mapping
from typing import Any

from doover_web.common.wire import BadRequest
from doover_web.common.zones import zone_names
from doover_web.control.config import Issue
from doover_web.processors.reading import endpoint_values

MOST_CHANNELS = 100
DOOR = ("cidr_ranges", "signing_key", "signing_key_hash_header", "never_replace_token", "mini_token")
# As the settings spell them, and as the registration does.
RENAMED = {"throttle": "throttle_limit", "sha256_hash_header": "signing_key_hash_header"}
EXPRESSION = re.compile(r"(?:rate|cron)\([^()]{1,200}\)")
CHANNEL = re.compile(r"[A-Za-z0-9_.\-]{1,255}")


def starts_of(config: Mapping[str, Any]) -> tuple[list[dict], list[Issue]]:
    """Subscriptions, schedules and doors that the settings name, as JSON, and what is wrong with them."""
    issues: list[Issue] = []
    starts = [*_channels(config, issues), *_schedules(config, issues), *_doors(config, issues)]
    return starts, issues


def _channels(config: Mapping[str, Any], issues: list[Issue]) -> list[dict]:
    found: dict[str, dict] = {}
    for key in ("dv_proc_subscriptions", "dv_egress_channel"):
        given = config.get(key)
        names = given if isinstance(given, list) else [] if given in (None, "") else [given]
        if len(names) > MOST_CHANNELS:
            issues.append(Issue((key,), f"At most {MOST_CHANNELS} channels start an application"))
            continue
        for place, name in enumerate(names):
            if isinstance(name, str) and CHANNEL.fullmatch(name):
                found[name] = {"kind": "subscription", "name": f"channel:{name}", "channel": name}
            else:
                where = (key, place) if isinstance(given, list) else (key,)
                issues.append(Issue(where, "This is no name of a channel"))
    return list(found.values())


def _schedules(config: Mapping[str, Any], issues: list[Issue]) -> list[dict]:
    expression, zone = config.get("dv_proc_schedules"), config.get("dv_proc_timezone") or ""
    if expression in (None, "", "disabled"):
        return []
    if not isinstance(expression, str) or not EXPRESSION.fullmatch(expression):
        issues.append(Issue(("dv_proc_schedules",), "A schedule is rate(…), cron(…) or disabled"))
        return []
    if not isinstance(zone, str) or (zone and zone not in zone_names()):
        issues.append(Issue(("dv_proc_timezone",), "This is no time zone"))
        return []
    return [{"kind": "schedule", "name": "schedule", "expression": expression, "zone": zone}]


def _doors(config: Mapping[str, Any], issues: list[Issue]) -> list[dict]:
    door = config.get("dv_proc_ingestion")
    if not isinstance(door, dict):
        return []
    body = {name: door[name] for name in DOOR if name in door}
    body |= {new: door[old] for old, new in RENAMED.items() if door.get(old) is not None}
    try:
        endpoint_values(body)
    except BadRequest as problem:
        issues.append(Issue(("dv_proc_ingestion",), problem.message))
        return []
    return [{"kind": "ingestion", "name": "door", "body": body}]
