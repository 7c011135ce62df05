"""What every request passes: a request id, unpacked API bodies, the viewer's language and time zone."""

import re
import uuid
import zoneinfo

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from doover_web.common.wire import JSON, Refused, Unsupported, error_body, inflate, refusal_body
from doover_web.common.zones import zone_names

from .addresses import CONTROL
from .body_limit import FIRST_GENERATION, takes_files

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestLog:
    """Gives each request an id, in the logs and in the answer."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest):
        given = request.headers.get("X-Request-Id", "")
        request.id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex[:16]
        with structlog.contextvars.bound_contextvars(request_id=request.id):
            response = self.get_response(request)
        response["X-Request-Id"] = request.id
        return response


class OneSlash:
    """Old clients whose base address ends in a slash double the first of every path, also where they sign in."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest):
        if request.path_info.startswith("//accounts/"):
            request.path_info = request.path_info[1:]
            request.path = request.path.replace("//", "/", 1)
        return self.get_response(request)


class ApiBody:
    """Unpacks compressed bodies of API requests and refuses those that grow too large (`data-api §3.2`); errors that
    come from below the API get its shape."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest):
        is_old = FIRST_GENERATION.match(request.path_info) is not None
        if not is_old and not request.path_info.startswith("/api/") and not CONTROL.match(request.path_info):
            return self.get_response(request)
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            try:
                if request.content_type.lower().startswith("multipart/") and not is_old:
                    self._check_multipart(request)
                else:
                    self._unpack(request, settings.LEGACY_MAX_BODY_BYTES if is_old else settings.MAX_BODY_BYTES)
            except Refused as refusal:
                return HttpResponse(refusal_body(refusal), status=refusal.status, content_type=JSON)
        response = self.get_response(request)
        if is_old:
            response.cookies.clear()  # a stray session's end, too: old clients keep every cookie that they get
        # Old clients take any JSON for a success where a page says to sign in first.
        is_page = is_old and response.status_code == 403
        if response.status_code >= 400 and not is_page and response.get("Content-Type") != JSON:
            wrong_method = response.status_code == 405
            words = f"{request.method} is not possible here" if wrong_method else response.reason_phrase
            response.content = error_body(words, "method_not_allowed" if wrong_method else "bad_request")
            response["Content-Type"] = JSON
            if response.has_header("Content-Length"):
                response["Content-Length"] = str(len(response.content))
        return response

    @staticmethod
    def _check_multipart(request: HttpRequest) -> None:
        """A body with files is read where it is used, past the memory. Any other type is taken for JSON."""
        if not takes_files(request.path_info):
            raise Unsupported("Attachments are not supported here; send the document as application/json")
        if request.headers.get("Content-Encoding", "").strip().lower() not in ("", "identity"):
            raise Unsupported("A multipart body is not compressed as a whole; send it without Content-Encoding")

    @staticmethod
    def _unpack(request: HttpRequest, limit: int) -> None:
        request._body = inflate(request.read(limit + 1), request.headers.get("Content-Encoding", ""), limit)


class ViewerLanguage:
    """Speaks the language of the account; without one, what LocaleMiddleware found: a cookie's, else the browser's.
    Clients of the APIs are always told the same words, since some look for them."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest):
        wanted = settings.LANGUAGE_CODE if speaks_to_machines(request) else getattr(request.user, "language", "")
        if wanted and translation.check_for_language(wanted):
            request.LANGUAGE_CODE = wanted
            with translation.override(wanted):
                return self.get_response(request)
        return self.get_response(request)


def speaks_to_machines(request: HttpRequest) -> bool:
    """Whether a client of an API asks, and no page."""
    by_token = "Authorization" in request.headers
    return by_token or request.path_info.startswith("/api/") or FIRST_GENERATION.match(request.path_info) is not None


class ViewerZone:
    """Shows times in the viewer's zone: the account's, else the browser's (a cookie), else the server's."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest):
        wanted = getattr(request.user, "zone", "") or request.COOKIES.get("zone", "") or settings.TIME_ZONE
        if wanted not in zone_names():
            wanted = settings.TIME_ZONE
        with timezone.override(zoneinfo.ZoneInfo(wanted)):
            return self.get_response(request)
