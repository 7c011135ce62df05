"""Pages go out compressed; static files are compressed ahead of time, API answers by the proxy if at all."""

import brotli
from django.http import HttpRequest
from django.utils.cache import patch_vary_headers
from django.utils.text import compress_string

SMALLEST = 800
QUALITY = 5


class CompressPages:
    """Brotli or gzip for HTML, as the browser takes it. Form tokens are masked anew in every answer, so that nothing
    can be guessed from how well they compress."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest):
        response = self.get_response(request)
        if response.streaming or not response.get("Content-Type", "").startswith("text/html"):
            return response
        patch_vary_headers(response, ["Accept-Encoding"])
        if len(response.content) < SMALLEST or response.has_header("Content-Encoding"):
            return response
        takes = [one.partition(";")[0].strip() for one in request.headers.get("Accept-Encoding", "").split(",")]
        if "br" in takes:
            self._put(response, "br", brotli.compress(response.content, quality=QUALITY))
        elif "gzip" in takes:
            self._put(response, "gzip", compress_string(response.content, max_random_bytes=100))
        return response

    @staticmethod
    def _put(response, encoding: str, body: bytes) -> None:
        response.content = body
        response["Content-Encoding"] = encoding
        response["Content-Length"] = str(len(body))
