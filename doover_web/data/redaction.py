"""The settings of a device without what looks secret, for those who may look at it and not configure it
(`data-api §16.1`)."""

import re
from typing import Any

import orjson

GUARDED = {"deployment_config"}
# Names of properties, in any case and however their words are joined: `signing_key`, `apiKey`, `dv-llm-api-key`.
SECRET = re.compile(r"password|secret|token|signingkey|apikey")
JOINTS = re.compile(r"[-_ .]")


def without_secrets(data: bytes) -> bytes:
    """A document, as JSON text, without the properties whose names look secret, at every depth."""
    return orjson.dumps(_without(orjson.loads(data)))


def looks_secret(name: str) -> bool:
    return SECRET.search(JOINTS.sub("", name).lower()) is not None


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without(inner) for name, inner in value.items() if not looks_secret(name)}
    return [_without(inner) for inner in value] if isinstance(value, list) else value
