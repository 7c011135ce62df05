"""The JSON APIs and their routers, on one screen."""

import logging
import uuid

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.renderers import BaseRenderer

from doover_web.common.wire import JSON, Busy, Refused, TooLarge, Unauthorized, error_body, refusal_body
from doover_web.control.api import (
    access_lists,
    agents,
    app_installs,
    application_files,
    applications,
    config_profiles,
    device_types,
    devices,
    domains,
    groups,
    installed,
    installers,
    integrations,
    members,
    organisations,
    pending_users,
    public_applications,
    received,
    registry,
    reports,
    roles,
    sharing,
    sites,
    solution_installs,
    solutions,
    themes,
    tunnel_sessions,
    tunnels,
    users,
)
from doover_web.control.api.bodies import refusal as control_refusal
from doover_web.control.api.scope import caller_for_control
from doover_web.data.api import (
    aggregates,
    alarms,
    attachments,
    batches,
    channels,
    charts,
    csv_files,
    logs,
    many_agents,
    messages,
    series,
)
from doover_web.deployments.api import bulk, deployments, rollouts, usage
from doover_web.gateway import api as connections
from doover_web.identity.api import permissions, tokens
from doover_web.identity.middleware import caller_for_api
from doover_web.legacy import agents as old_agents
from doover_web.legacy import applications as old_applications
from doover_web.legacy import channels as old_channels
from doover_web.legacy import export as old_export
from doover_web.legacy import messages as old_messages
from doover_web.legacy import subscriptions as old_subscriptions
from doover_web.legacy import tokens as old_tokens
from doover_web.legacy import tunnels as old_tunnels
from doover_web.legacy.door import caller_for_legacy
from doover_web.notifications import api as notifications
from doover_web.processors import api as processors
from doover_web.processors import ingest

log = logging.getLogger(__name__)


class Orjson(BaseRenderer):
    """JSON as orjson writes it, times in ISO 8601."""

    media_type = JSON

    def render(self, request: HttpRequest, data: object, *, response_status: int) -> bytes:
        return orjson.dumps(data)


data_api = NinjaAPI(
    title="Doover Data API",
    version="1",
    urls_namespace="data-api",
    openapi_url=None,
    docs_url=None,
    auth=caller_for_api,
)
for _router in (
    many_agents.router,  # before the others: `channels` is no agent id
    batches.router,
    charts.router,
    csv_files.router,
    channels.router,
    series.router,  # before messages: `timeseries` is no message id
    messages.router,
    logs.router,
    aggregates.router,
    alarms.router,
    attachments.router,
    tokens.router,
    permissions.router,
    processors.router,
    ingest.router,
    connections.router,
    notifications.router,
    tunnel_sessions.router,
):
    data_api.add_router("", _router)

control_api = NinjaAPI(
    title="Doover Control API",
    version="1",
    urls_namespace="control-api",
    openapi_url=None,
    docs_url=None,
    auth=caller_for_control,
    renderer=Orjson(),
)
# What has an address of its own below another's, such as /groups/roles/, comes first.
for _resource in (
    agents.router,
    users.router,
    roles.router,
    members.router,
    pending_users.router,
    domains.router,
    organisations.router,
    groups.router,
    themes.router,
    sharing.router,
    received.router,
    deployments.router,
    sites.router,
    installed.router,
    device_types.router,
    devices.router,
    installers.router,
    applications.router,
    application_files.router,
    config_profiles.router,
    app_installs.router,
    integrations.router,
    reports.router,
    tunnels.router,
    solutions.router,
    solution_installs.router,
    access_lists.router,
    registry.router,
    public_applications.router,
    rollouts.router,
    bulk.router,
    usage.router,
):
    control_api.add_router("", _resource)

legacy_api = NinjaAPI(
    title="Doover first-generation API",
    version="1",
    urls_namespace="legacy-api",
    openapi_url=None,
    docs_url=None,
    auth=caller_for_legacy,
)
# A name of a channel comes last: it would swallow the fixed words.
for _part in (old_tokens, old_agents, old_tunnels, old_subscriptions, old_export, old_messages, old_channels):
    legacy_api.add_router("/ch/v1", _part.router)
legacy_api.add_router("/apps/api/v1", old_applications.router)


def _on_every_api(problem: type[Exception]):
    """A handler of refusals and faults, the same on every API."""

    def add(handler):
        for api in (data_api, control_api, legacy_api):
            api.add_exception_handler(problem, handler)
        return handler

    return add


@_on_every_api(Refused)
def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    response = HttpResponse(refusal_body(refusal), status=refusal.status, content_type=JSON)
    if isinstance(refusal, Busy):
        response["Retry-After"] = "1"
    if isinstance(refusal, Unauthorized):
        response["WWW-Authenticate"] = "Bearer"
    return response


@_on_every_api(ValidationError)
def invalid(request: HttpRequest, problem: ValidationError) -> HttpResponse:
    body = error_body("The request does not fit: " + _first(problem), "bad_request", problem.errors)
    return HttpResponse(body, status=400, content_type=JSON)


@control_api.exception_handler(ValidationError)
def invalid_for_control(request: HttpRequest, problem: ValidationError) -> HttpResponse:
    return refused(request, control_refusal({**one, "loc": one["loc"][-1:]} for one in problem.errors))


@_on_every_api(RequestDataTooBig)
def too_big(request: HttpRequest, problem: RequestDataTooBig) -> HttpResponse:
    return refused(request, TooLarge(f"The body is larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE} bytes"))


@_on_every_api(SuspiciousOperation)
def suspicious(request: HttpRequest, problem: SuspiciousOperation) -> HttpResponse:
    """Django took offence while reading the request, at a query of thousands of keys for one."""
    return HttpResponse(error_body("This request cannot be meant", "bad_request"), status=400, content_type=JSON)


@_on_every_api(HttpError)
def http_error(request: HttpRequest, problem: HttpError) -> HttpResponse:
    return HttpResponse(error_body(str(problem), "bad_request"), status=problem.status_code, content_type=JSON)


@_on_every_api(OperationalError)
@_on_every_api(InterfaceError)
def database_away(request: HttpRequest, problem: Exception) -> HttpResponse:
    log.warning("The database was not there for %s %s: %s", request.method, request.path, problem)
    return refused(request, Busy("The database is not available right now; try again"))


@_on_every_api(Exception)
def failed(request: HttpRequest, problem: Exception) -> HttpResponse:
    reference = uuid.uuid4().hex[:12]
    log.exception("Request failed: %s %s (reference %s)", request.method, request.path, reference)
    body = error_body(f"The server failed on this request; reference {reference}", "server_error")
    return HttpResponse(body, status=500, content_type=JSON)


def _first(problem: ValidationError) -> str:
    error = problem.errors[0]
    return f"{error['loc'][-1]}: {error['msg']}" if problem.errors else "unknown"
