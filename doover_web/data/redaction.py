"""The settings of a device without what looks secret, for those who may look at it and not configure it
(`data-api §16.1`)."""

from typing import Any

import orjson

from doover_web.common.secrets import looks_secret

GUARDED = {"deployment_config"}


def without_secrets(data: bytes) -> bytes:
    """A document, as JSON text, without the properties whose names look secret, at every depth."""
    return orjson.dumps(hide_secrets(orjson.loads(data)))


def hide_secrets(value: Any) -> Any:
    """The same for a document that is read already."""
    if isinstance(value, dict):
        return {name: hide_secrets(inner) for name, inner in value.items() if not looks_secret(name)}
    return [hide_secrets(inner) for inner in value] if isinstance(value, list) else value
