"""The door for systems outside: each call becomes a row that waits for its function (`data-api §13.3`)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Router

from doover_web.common.secrets import unseal
from doover_web.common.wire import Busy, Forbidden, TooLarge, flag
from doover_web.data.api.answers import body_shape
from doover_web.identity.context import origin

from .access import endpoint_to_call
from .actions import count_call, queue_call
from .gate import is_let_in, is_signed
from .models import IngestionEndpoint

router = Router(tags=["processors"])
# As large as an event may be that a function is started with.
LARGEST = 256 * 1024
SHAPE = {
    **body_shape({"any": "body, of any content type"}),
    "parameters": [{"in": "query", "name": name, "schema": {"type": "boolean"}} for name in ("wait", "json_response")],
}


@router.post("/agents/{agent_id}/processors/ingestions/{ingestion_id}/invoke", openapi_extra=SHAPE)
def invoke(request: HttpRequest, agent_id: str, ingestion_id: str):
    """Call a function. The answer is empty and comes at once; nothing can be waited for while no function runs here."""
    return _take(request, endpoint_to_call(request.auth, ingestion_id, agent_id))


@router.post("/ingest/{ingestion_id}", openapi_extra=SHAPE)
@router.post("/ingest/{ingestion_id}/", include_in_schema=False)
def ingest(request: HttpRequest, ingestion_id: str):
    """The same at a shorter address."""
    return _take(request, endpoint_to_call(request.auth, ingestion_id))


@router.post("/ingest/{ingestion_id}/{path:tail}", openapi_extra=SHAPE)
def ingest_below(request: HttpRequest, ingestion_id: str, tail: str):
    """The same with a path of the caller's own, which the function is told."""
    return _take(request, endpoint_to_call(request.auth, ingestion_id))


def _take(request: HttpRequest, endpoint: IngestionEndpoint) -> HttpResponse:
    if not is_let_in(origin.get().address, endpoint.cidr_ranges):
        raise Forbidden("This address may not call the endpoint (cidr_ranges)", code="bad_address")
    count_call(endpoint)
    body = request.body
    _check_signature(request, endpoint, body)
    if len(body) > LARGEST:
        raise TooLarge(f"The body is larger than {LARGEST} bytes, the most that a function is started with")
    if flag(request.GET, "wait"):
        raise Busy("No function runs on this server yet, so there is nothing to wait for; call without wait=true")
    url = f"{settings.PUBLIC_URL}{request.get_full_path()}"
    queue_call(endpoint=endpoint, payload=body, content_type=request.headers.get("Content-Type", ""), url=url)
    # The published client takes an empty answer for "nothing" only with its length written out.
    return HttpResponse(b"", headers={"Content-Length": "0"})


def _check_signature(request: HttpRequest, endpoint: IngestionEndpoint, body: bytes) -> None:
    if not endpoint.sealed_signing_key:
        return
    key = unseal(endpoint.sealed_signing_key, settings.SECRET_KEY)
    if not is_signed(key, body, request.headers.get(endpoint.signing_key_hash_header, "")):
        raise Forbidden(
            f"The header {endpoint.signing_key_hash_header} must hold the body's HMAC-SHA256", code="bad_signature"
        )
