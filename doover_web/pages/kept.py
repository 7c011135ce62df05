"""What somebody sent when their sign-in had ended: kept for the browser that it came from, until they are in again."""

import re
from typing import Any

from django.http import HttpRequest, HttpResponse

from doover_web.common.snowflake import now_ms

WHO, KEPT = "doover_who", "kept"
MOST_CHARACTERS, HOUR_MS, DAY = 32_000, 3_600_000, 24 * 3600
# Never kept: what keeps a form safe, and what only its owner should have seen.
SECRET = re.compile(r"csrf|password|secret|token", re.IGNORECASE)


def remember_who(request: HttpRequest, response: HttpResponse) -> None:
    """Who was signed in here last, as nobody else is shown what they had typed."""
    me = str(request.user.pk)
    if request.get_signed_cookie(WHO, default="", salt=WHO) != me:
        options = {"samesite": "Lax", "secure": request.is_secure(), "httponly": True}
        response.set_signed_cookie(WHO, me, salt=WHO, max_age=30 * DAY, **options)


def keep(request: HttpRequest) -> bool:
    """Keep the form that nobody may send any more. False when there is nothing to keep, or too much."""
    who = request.get_signed_cookie(WHO, default="", salt=WHO)
    fields = [(name, one) for name, values in request.POST.lists() for one in values if not SECRET.search(name)]
    if not who or not fields or sum(len(name) + len(one) for name, one in fields) > MOST_CHARACTERS:
        return False
    request.session[KEPT] = {
        "who": who,
        "at": now_ms(),
        "address": request.get_full_path(),
        "fields": fields,
        "is_part": bool(request.FILES) or any(SECRET.search(name) and "csrf" not in name for name in request.POST),
    }
    return True


def kept_for(request: HttpRequest) -> dict[str, Any] | None:
    """What this person was about to send within the last hour."""
    found = request.session.get(KEPT)
    if found is None or found["who"] != str(request.user.pk) or found["at"] < now_ms() - HOUR_MS:
        request.session.pop(KEPT, None)
        return None
    return found
