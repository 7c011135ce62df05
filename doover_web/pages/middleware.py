"""What every request passes: a request id, unpacked API bodies, the viewer's time zone."""

import re
import uuid
import zoneinfo

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from doover_web.common.wire import JSON, Refused, TooLarge, Unsupported, error_body, inflate, refusal_body
from doover_web.common.zones import zone_names

from .body_limit import TAKES_FILES

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


class ApiBody:
    """Unpacks compressed bodies of API requests and refuses those that grow too large (`data-api §3.2`); errors that
    come from below the API get its shape."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest):
        if not request.path_info.startswith("/api/"):
            return self.get_response(request)
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            try:
                if request.content_type.lower().startswith("multipart/"):
                    self._check_multipart(request)
                else:
                    self._unpack(request)
            except Refused as refusal:
                return HttpResponse(refusal_body(refusal), status=refusal.status, content_type=JSON)
        response = self.get_response(request)
        if response.status_code >= 400 and response.get("Content-Type") != JSON:
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
        if not TAKES_FILES.fullmatch(request.path_info):
            raise Unsupported("Attachments are not supported here; send the document as application/json")
        if request.headers.get("Content-Encoding", "").strip().lower() not in ("", "identity"):
            raise Unsupported("A multipart body is not compressed as a whole; send it without Content-Encoding")

    @staticmethod
    def _unpack(request: HttpRequest) -> None:
        try:
            raw = request.body
        except RequestDataTooBig as problem:
            raise TooLarge(f"The body is larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} bytes") from problem
        request._body = inflate(raw, request.headers.get("Content-Encoding", ""), settings.MAX_BODY_BYTES)


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
