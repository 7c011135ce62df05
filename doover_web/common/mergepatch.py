"""Merging and comparing JSON documents, key order kept (`data-api §8.2`)."""

from collections.abc import Iterable
from typing import Any


def merge(stored: Any, patch: Any) -> Any:
    """`patch` merged into `stored`: objects merge, null removes, anything else replaces.

    Returns a new document; neither argument is changed. A key already there keeps its place, a new one is appended.
    """
    if not isinstance(stored, dict) or not isinstance(patch, dict):
        return patch
    merged = dict(stored)
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict):
            merged[key] = merge(merged.get(key, {}), value)
        else:
            merged[key] = value
    return merged


def merge_replacing(stored: dict, patch: dict, paths: Iterable[str]) -> dict:
    """Merge `patch`, but overwrite what stands at each dotted path of `paths` instead of merging it.

    A path with nothing (or null) in the patch deletes its target, if there is one; otherwise missing parents are made.
    """
    remaining, replacements = patch, []
    for path in paths:
        keys = split_path(patch, path)
        replacements.append((keys, _get(patch, keys)))
        remaining = _without(remaining, keys)
    merged = merge(stored, remaining)
    for keys, value in replacements:
        merged = _without(merged, keys) if value is None else _with(merged, keys, value)
    return merged


def put_at(document: dict, path: str, value: Any) -> dict:
    """`document` with `value`, null like any other, at a dotted path; a key that is the whole path wins."""
    keys = path.split(".")
    return _with(document, [path] if path in document or "" in keys else keys, value)


def diff(old: Any, new: Any) -> dict:
    """The patch that turns `old` into `new`: changed and new keys, null for those gone; `{}` when equal."""
    old, new = (old if isinstance(old, dict) else {}), (new if isinstance(new, dict) else {})
    patch: dict = {}
    for key, value in new.items():
        if key not in old:
            patch[key] = value
        elif isinstance(value, dict) and isinstance(old[key], dict):
            if inner := diff(old[key], value):
                patch[key] = inner
        elif type(value) is not type(old[key]) or value != old[key]:
            patch[key] = value
    patch.update({key: None for key in old if key not in new})
    return patch


def split_path(document: Any, path: str) -> list[str]:
    """The keys of a dotted path; a key that itself holds dots wins when `document` has it."""
    words, keys = path.split("."), []
    while words:
        taken = 1
        if isinstance(document, dict):
            taken = next((n for n in range(len(words), 0, -1) if ".".join(words[:n]) in document), 1)
        keys.append(".".join(words[:taken]))
        document = document.get(keys[-1]) if isinstance(document, dict) else None
        words = words[taken:]
    return keys


def _get(document: Any, keys: list[str]) -> Any:
    for key in keys:
        if not isinstance(document, dict):
            return None
        document = document.get(key)
    return document


def _without(document: Any, keys: list[str]) -> Any:
    if not isinstance(document, dict) or keys[0] not in document:
        return document
    if len(keys) == 1:
        return {key: value for key, value in document.items() if key != keys[0]}
    return {**document, keys[0]: _without(document[keys[0]], keys[1:])}


def _with(document: Any, keys: list[str], value: Any) -> dict:
    changed = dict(document) if isinstance(document, dict) else {}
    changed[keys[0]] = value if len(keys) == 1 else _with(changed.get(keys[0]), keys[1:], value)
    return changed
