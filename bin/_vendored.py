"""Compares every vendored file with the hash it had when it was taken in."""

import base64
import hashlib
import json
import sys
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"
MANIFEST = VENDOR / "manifest.json"


def complaints() -> list[str]:
    if not MANIFEST.exists():
        return [f"{MANIFEST} is missing"]
    entries = {entry["path"]: entry for entry in json.loads(MANIFEST.read_text())["files"]}
    present = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file() and path != MANIFEST}
    found = [f"{path} is not in the manifest" for path in sorted(present - set(entries))]
    found += [f"{path} is in the manifest and not here" for path in sorted(set(entries) - present)]
    for path in sorted(present & set(entries)):
        entry = entries[path]
        if missing := {"package", "version", "sha512", "licence"} - set(entry):
            found.append(f"{path} has no {', '.join(sorted(missing))}")
        elif integrity(VENDOR / path) != entry["sha512"]:
            found.append(f"{path} differs from {entry['package']} {entry['version']}")
    return found


def integrity(path: Path) -> str:
    """As a script tag's `integrity` writes it."""
    return "sha512-" + base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()


if __name__ == "__main__":
    sys.exit("\n".join(complaints()) or None)
