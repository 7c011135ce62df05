"""Asking a line's address as one kind of caller, and what is wrong with the answer."""

import json
import re
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils.functional import SimpleLazyObject

from doover_web.identity.sessions import ORGANISATION_COOKIE
from portal.frame import Side

from .lines import BEARERS, CONFIRM, LOGIN, Answer, Line
from .world import World

OUTSIDERS = ("nobody", "revoked", "expired", "stranger", "bare", "guest", "neighbour")
FRAME, LAZY = {"side", "place", "look", "bell"}, SimpleLazyObject
FORM = "application/x-www-form-urlencoded"
NAMES = re.compile(r"{(\w+)}")
# What differs from one drawing of a page to the next: form tokens, nonces, times, the address that was asked for.
PASSING = re.compile(
    r'csrfmiddlewaretoken" value="[^"]*"|data-now="[^"]*"|nonce="[^"]*"|next=[^"&]*|name="next" value="[^"]*"'
)
# What an object looks like that was put into a page in place of a word of it.
DUMPED = re.compile(r"=Reach\(|DeviceFrame\(|object at 0x|(?:&lt;|<)(?:Agent|Alarm|Group|User|QuerySet)\b[:( ]")
# One for all: loading the middleware takes longer than the requests.
_client, _strict = (
    Client(raise_request_exception=False),
    Client(enforce_csrf_checks=True, raise_request_exception=False),
)


class Undo(Exception):
    pass


def problems(line: Line, caller: str, world: World) -> list[str]:
    """What this caller should not have been answered."""
    expected = line.expected(caller)
    if expected is None:
        return []
    response = ask(line, caller, world)
    found = [] if _fits(line, response, expected) else [f"answered {_told(response)} instead of {expected}"]
    found += _leaks(line, caller, world, response)
    found += [f"holds an object: {one}" for one in _dumps(response)]
    found += [f"has a {name} of its own in place of the frame's" for name in _hidden(response)]
    if 404 in _all(expected) and response.status_code == 404 and (names := NAMES.findall(line.path)):
        # Who may see the device or group may not see the last thing named.
        other = ask(line, caller, world, absent=tuple(names if caller in OUTSIDERS else names[-1:]))
        if _without_names(response, world) != _without_names(other, world):
            found.append(f"can tell it from what does not exist: {response.content!r:.300} | {other.content!r:.300}")
    return [f"{caller}: {one}" for one in found]


def ask(line: Line, caller: str, world: World, absent: tuple[str, ...] = ()):
    """The answer; what asking changed is undone."""
    client = _strict if caller == "forged" else _client
    client.cookies = SimpleCookie(_cookies(line, caller, world))
    kind, content = "application/json", b""
    if line.form is not None:
        kind, content = FORM, urlencode(world.fill(line.form, absent), doseq=True).encode()
    elif line.body is not None:
        content = json.dumps(world.fill(line.body, absent)).encode()
    headers = _headers(line, caller, world)
    try:
        with transaction.atomic():
            response = client.generic(line.method, world.fill(line.path, absent), content, kind, headers=headers)
            if response.streaming:
                response.told = b"".join(response).decode("utf-8", "replace")
            raise Undo
    except Undo:
        return response


def _headers(line: Line, caller: str, world: World) -> dict[str, str]:
    bearer = caller in BEARERS or (line.answers.by_token and caller not in ("nobody", "browser", "forged"))
    headers = {"authorization": f"Bearer {world.tokens[caller]}"} if bearer else {}
    if caller == "browser":
        headers["origin"] = "http://testserver"
    return {**headers, "origin": "https://evil.example"} if caller == "forged" else headers


def _cookies(line: Line, caller: str, world: World) -> dict[str, str]:
    by_cookie = caller in ("browser", "forged") or not line.answers.by_token
    session = world.sessions.get(caller) if by_cookie else None
    if session is None:
        return {}
    # A superuser is in no organisation until one is chosen.
    chosen = {ORGANISATION_COOKIE: world.names["creek"]} if caller == "root" else {}
    return {settings.SESSION_COOKIE_NAME: session, **chosen}


def _fits(line: Line, response, expected: Answer) -> bool:
    return any(_is(line, response, one) for one in _all(expected))


def _is(line: Line, response, expected: int | str) -> bool:
    if expected == LOGIN:
        return response.status_code == 302 and response["Location"].startswith(settings.LOGIN_URL)
    if expected == CONFIRM:
        return response.status_code == 302 and "reauthenticate/" in response["Location"]
    if response.status_code == 302 and response["Location"].startswith(f"{settings.LOGIN_URL}?next="):
        return False
    status = response.status_code
    if status == 200 and line.outcome:
        status = line.outcome(response.json())
    return status == expected


def _all(answer: Answer) -> tuple[int | str, ...]:
    return answer if isinstance(answer, tuple) else (answer,)


def _told(response) -> str:
    where = f" to {response['Location']}" if response.has_header("Location") else ""
    return f"{response.status_code}{where}"


def _leaks(line: Line, caller: str, world: World, response) -> list[str]:
    """What of Tallow Creek Water's an answer tells to somebody who must not know; what was asked with is no news."""
    if line.public or caller not in (*OUTSIDERS, "looker", "forged"):
        return []
    if caller == "forged" and response.status_code < 400:
        return []
    guarded = world.device_secrets if caller in ("bare", "forged") else world.secrets
    if caller == "guest":
        guarded = [one for one in world.secrets if one not in world.guest_words]
    if caller == "looker":
        guarded = world.private_secrets
    asked = world.fill(line.path) + str(world.fill(line.form or line.body or ""))
    told = _text(response) + str(sorted(response.headers.items()))
    return [f"is told {one!r}" for one in guarded if one in told and one not in asked]


def _dumps(response) -> list[str]:
    """Objects that a page writes out as Python shows them."""
    if not response.headers.get("Content-Type", "").startswith("text/html"):
        return []
    return [found[0] for found in DUMPED.finditer(_text(response))]


def _hidden(response) -> list[str]:
    """What a page is given for its frame, where a view's own value of that name hides it: a menu without entries."""
    contexts = response.context if isinstance(response.context, list) else [response.context or []]
    layers = [layer for context in contexts for layer in context]
    return sorted({name for layer in layers for name in FRAME & layer.keys() if type(layer[name]) not in (Side, LAZY)})


def _text(response) -> str:
    return response.told if response.streaming else response.content.decode("utf-8", "replace")


def _without_names(response, world: World) -> tuple[int, str]:
    """An answer without the ids that it was asked with."""
    text = PASSING.sub("", _text(response))
    for one in (*world.names.values(), *world.absent.values()):
        text = text.replace(one, "…")
    return response.status_code, text
