"""By text message, through the service that DOOVER_SMS describes; without one nothing is sent."""

import re
from typing import Any
from urllib.parse import urlencode

import orjson
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from doover_web.common import outgoing
from doover_web.common.wire import BadRequest

from ..letter import Letter, NotSent, one_line

NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
ANYWHERE = ("0.0.0.0/0", "::/0")  # the address is the operator's own choice
NO_TEXTS = gettext_noop("This server sends no text messages")
LONGEST = 300  # characters: two or three parts
FORM = "application/x-www-form-urlencoded"


def check(extra_data: dict[str, Any]) -> None:
    if not isinstance(number := extra_data.get("number"), str) or not NUMBER.fullmatch(number):
        raise BadRequest(_('An Sms endpoint needs extra_data {"number": "+61400000000"}'), code="bad_number")


def obstacle(extra_data: dict[str, Any]) -> str:
    return "" if settings.SMS_SERVICE else NO_TEXTS


def send(letter: Letter) -> None:
    service = settings.SMS_SERVICE
    text = one_line(f"{letter.title}: {letter.message}", LONGEST)
    values = {"{number}": letter.endpoint.extra_data["number"], "{text}": text, "{key}": letter.key}
    filled = {name: _filled(value, values) for name, value in service["body"].items()}
    as_form = service.get("type") == "form"
    body = urlencode(filled).encode() if as_form else orjson.dumps(filled)
    headers = {"Content-Type": FORM if as_form else "application/json", **service.get("headers", {})}
    try:
        answer = outgoing.post(service["url"], body, headers, allowed=ANYWHERE)
    except outgoing.NoAnswer as problem:
        raise NotSent(f"The text message service: {problem}") from problem
    if not answer.is_good:
        for_good = 400 <= answer.status < 500 and answer.status not in (401, 403, 408, 429)
        raise NotSent(f"The text message service answered {answer.status}", for_good=for_good)


def _filled(template: Any, values: dict[str, str]) -> Any:
    if isinstance(template, list):
        return [_filled(one, values) for one in template]
    return (
        re.sub(r"\{(number|text|key)\}", lambda found: values[found[0]], template)
        if isinstance(template, str)
        else (template)
    )
