"""Trading a signed-in browser session for a token (`legacy-client-api §3.1`)."""

import time

from django.http import HttpRequest, HttpResponse
from ninja import Router

from doover_web.identity.auth import issue_access_token

from .door import answer, either_slash

router = Router(tags=["sign-in"])
SECONDS = 20 * 60
SIGN_IN_FIRST = "<!doctype html><title>Sign in</title><p>Sign in at /accounts/login/ first.</p>"


@either_slash(router, ["GET"], "/get_temp_token", auth=None)
def get_temp_token(request: HttpRequest):
    """A token of the signed-in person for twenty minutes. Without a session the answer is a page: clients take JSON
    of any kind for success."""
    if not request.user.is_authenticated:
        return HttpResponse(SIGN_IN_FIRST, status=403)
    token, ends = issue_access_token(request.user, SECONDS)
    return answer(
        {
            "token": token,
            "agent_id": str(request.user.agent.key),
            "current_time": time.time(),
            "valid_until": ends.timestamp(),
        }
    )
