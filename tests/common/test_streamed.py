"""A long answer is sent while it is made."""

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.test import RequestFactory

from doover_web.pages.export import csv_response, streamed


def parts(made):
    for number in range(3):
        made.append(number)
        yield f"{number},"


async def test_no_part_is_made_before_it_is_sent():
    made = []
    request = ASGIRequest({"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}, None)
    sending = aiter(streamed(request, parts(made), "text/plain"))

    assert await anext(sending) == b"0,"
    assert made == [0]
    assert [part async for part in sending] == [b"1,", b"2,"]


def test_a_plain_server_streams_too():
    answer = csv_response(RequestFactory().get("/"), "list", ["a"], [["=1"], ["b"]])

    assert b"".join(answer).decode().splitlines() == ["a", "'=1", "b"]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (-71, "-71"),
        (-5.25, "-5.25"),
        ("-1e-07", "-1e-07"),
        ("+61400000000", "+61400000000"),
        ("-2+3", "'-2+3"),
        ("-1\n=x", '"\'-1\n=x"'),
        ("=1", "'=1"),
        ("@x", "'@x"),
    ],
)
def test_numbers_stay_numbers_and_formulas_run_nowhere(value, cell):
    answer = csv_response(RequestFactory().get("/"), "list", ["a"], [[value]])

    assert b"".join(answer.streaming_content).decode() == f"a\r\n{cell}\r\n"
