"""The manual knows every setting, every address and every listener."""

import re
from pathlib import Path

from django.conf import settings

from doover_web.api import data_api, legacy_api

ROOT = Path(settings.BASE_DIR)
VARIABLE = re.compile(r'env\.\w+\("(\w+)"|environ\.get\("(\w+)"')


def test_every_setting_is_in_the_manual():
    manual = (ROOT / "docs/settings.md").read_text()
    names = {one or other for one, other in VARIABLE.findall((ROOT / "doover_web/settings.py").read_text())}

    assert len(names) > 15
    assert [name for name in sorted(names) if f"`{name}`" not in manual] == []


def test_every_address_of_the_data_api_is_in_the_manual():
    # The manual writes `…` for the part that all of a section share.
    manual = "".join(page.read_text() for page in sorted((ROOT / "docs/protocol").glob("*.md")))
    manual = _plain(manual).replace("…", "/agents/{}/channels/{}").replace(" /api/", " /")
    calls = [
        f"{method.upper()} {_plain(path).removeprefix('/api')}"
        for path, methods in data_api.get_openapi_schema()["paths"].items()
        for method in methods
    ]

    assert len(calls) > 12
    assert [call for call in calls if call not in manual] == []


def test_a_page_stands_in_the_manual_once():
    addresses = re.findall(r"^\| (`/[^|]+) \|", (ROOT / "docs/pages.md").read_text().partition("\n## ")[0], re.M)

    assert len(addresses) > 20
    assert sorted(set(addresses)) == sorted(addresses)


def test_every_address_of_the_first_generation_is_in_the_manual():
    manual = _plain((ROOT / "docs/protocol/first-generation.md").read_text())
    calls = [
        f"{method.upper()} {_plain(path).rstrip('/')}`"
        for path, methods in legacy_api.get_openapi_schema()["paths"].items()
        for method in methods
    ]

    assert len(calls) > 25
    assert [call for call in calls if call not in manual] == []


def test_every_listener_is_in_the_manual():
    manual = (ROOT / "docs/architecture.md").read_text()

    for listener in [*settings.CHANNEL_EVENT_LISTENERS, *settings.FLEET_LISTENERS, *settings.MOVE_LISTENERS]:
        package = listener.removeprefix("doover_web.").rsplit(".", 1)[0]
        assert f"`{package}`" in manual


def test_every_row_stands_in_a_table():
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        lines = page.read_text().splitlines()
        heads = [at for at, line in enumerate(lines) if line.startswith("|") and not lines[at - 1].startswith("|")]
        assert [lines[at] for at in heads if not lines[at + 1].startswith("|--")] == [], page.name


def _plain(text: str) -> str:
    return re.sub(r"\{\w+\}", "{}", text)
