"""Documents without their secrets, for editors and differences, and back. Pure."""

from typing import Any

from .nodes import Form, is_secret

VEIL = "••••••"


def veil(form: Form, schema: Any, value: Any, key: str = "") -> Any:
    """`value` with every secret text in it covered."""
    if isinstance(value, dict):
        known = form.every(schema)
        return {name: veil(form, known.get(name), inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [veil(form, form.items(schema), inner, key) for inner in value]
    is_covered = value not in (None, "") and not isinstance(value, bool) and is_secret(key, schema or {})
    return VEIL if is_covered else value


def unveil(value: Any, stored: Any) -> Any:
    """`value` as somebody sends it, with what is still covered as it is stored."""
    if isinstance(value, dict):
        kept = stored if isinstance(stored, dict) else {}
        return {name: unveil(inner, kept.get(name)) for name, inner in value.items()}
    if isinstance(value, list):
        kept_items = stored if isinstance(stored, list) else []
        padded = [*kept_items, *[None] * len(value)]
        return [unveil(inner, before) for inner, before in zip(value, padded, strict=False)]
    return stored if value == VEIL and stored is not None else value
