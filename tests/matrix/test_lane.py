"""The fast lane answers what Django answers: the matrix again, for the addresses that it takes."""

import asyncio
import json
from urllib.parse import unquote

import pytest

from doover_web.data import ingest
from tests.data.conftest import ask, inline, pass_on, scope_of  # noqa: F401  inline is a fixture

from .lines import CALLERS
from .test_matrix import LINES, world  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db
BY_BEARER = [name for name in CALLERS if name not in ("nobody", "browser", "forged")]
HOT = [
    one
    for one in LINES
    if one.answers.by_token and one.outcome is None and one.form is None and one.method in ("POST", "PATCH", "PUT")
]


def test_what_it_takes_is_answered_the_same(world, inline):  # noqa: F811
    lane, wrong, asked = ingest.FastLane(pass_on), [], set()

    async def go():
        for line in HOT:
            content = json.dumps(world.fill(line.body)).encode() if line.body is not None else b""
            for caller in BY_BEARER:
                headers = {"authorization": f"Bearer {world.tokens[caller]}", "content-type": "application/json"}
                scope = scope_of(line.method, unquote(world.fill(line.path)), headers, content)
                if ingest._match(scope) is None:
                    continue
                asked.add(str(line))
                answer = await ask(lane, scope, content)
                expected = line.expected(caller)
                if answer.status_code not in (expected if isinstance(expected, tuple) else (expected,)):
                    wrong.append(f"{line} by {caller}: {answer.status_code}, not {expected}")

    asyncio.run(go())
    assert wrong == []
    assert len(asked) >= 8
