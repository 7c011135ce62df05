"""JSON that a person typed, and where it goes wrong."""

import json
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from doover_web.common.wire import BadRequest, parse_json


def json_of(text: str) -> Any:
    """The document in a text. BadRequest says in which line it stops being JSON."""
    text = text.strip()
    if not text:
        raise BadRequest(_("Write a JSON document first"))
    try:
        return parse_json(text.encode(), max_depth=settings.MAX_JSON_DEPTH)
    except BadRequest as refusal:
        raise _located(text, refusal) from refusal


def _located(text: str, refusal: BadRequest) -> BadRequest:
    """Where a text stops being JSON; any other refusal says by itself what is wrong."""
    try:
        json.loads(text)
    except json.JSONDecodeError as problem:
        return BadRequest(
            _("Line %(lineno)s, column %(colno)s: this is not valid JSON")
            % {"lineno": problem.lineno, "colno": problem.colno},
            code="bad_json",
        )
    except RecursionError:
        pass
    return refusal
