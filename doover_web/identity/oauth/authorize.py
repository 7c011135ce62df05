"""/oauth2/authorize and /oauth2/logout: a person lets an application in, or leaves."""

from urllib.parse import parse_qs, urlsplit

from allauth.core.internal.httpkit import add_query_params
from allauth.idp.oidc import views
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.response import TemplateResponse

from .. import audit
from ..actions.token import revoke_token
from ..auth import caller_of_user
from ..clients import client_of
from ..models import Token
from .adapter import in_words
from .prompts import (
    Unclear,
    has_let_in,
    is_quiet,
    is_stale,
    quieten,
    registered_address,
    remember_sign_in,
    to_password,
)


class AuthorizationView(views.AuthorizationView):
    """As django-allauth's, and every client must prove with S256 that the code comes back to it (OAuth 2.1)."""

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not _is_registered(request):
            return _refused(request)
        quiet, answer = _before(request)
        if answer is not None:
            return answer
        response = super().get(request, *args, **kwargs)
        info = getattr(self, "_request_info", {})
        if "redirect_uri" in info and not _has_challenge(request):
            return _sent_back(info, "invalid_request", "Send code_challenge and code_challenge_method=S256")
        if quiet and isinstance(response, TemplateResponse):
            return self._answer_quietly(info)
        if isinstance(response, TemplateResponse):
            # Browsers hold the form's target against every address it leads to.
            response._csp_update = {"form-action": [_origin(info["redirect_uri"])]}
        elif response.status_code == 200:
            response.status_code = 400
        response["Cache-Control"] = "no-store"
        return response

    def get_context_data(self, **kwargs) -> dict:
        context = super().get_context_data(**kwargs)
        return {**context, "asks": in_words(context["client"], self._scopes)}

    def _answer_quietly(self, info: dict) -> HttpResponse:
        """A new code without a question, for an application that was let in before."""
        client = views.Client.objects.get(pk=info["client_id"])
        # Any program on the person's device may answer at an address that is not https (RFC 8252, 8.6).
        is_certain = info["redirect_uri"].startswith("https://")
        if not is_certain or not has_let_in(self.request.user, client, self._scopes):
            return _sent_back(info, "consent_required", "The person has not let this application in yet")
        asked = {"scopes": self._scopes, "request": "asked without a form"}
        form = self.form_class(**{**self.get_form_kwargs(), "data": asked})
        if not form.is_valid():
            return _sent_back(info, "interaction_required", "The person has to choose something")
        return self.form_valid(form)

    def form_valid(self, form) -> HttpResponse:
        response = super().form_valid(form)
        if response.status_code == 302:
            for code in parse_qs(urlsplit(response["Location"]).query).get("code", ()):
                remember_sign_in(code, self.request)
            actor = caller_of_user(self.request.user)
            name = views.Client.objects.get(pk=self._request_info["client_id"]).name
            audit.record("application.allowed", actor=actor, subject=self.request.user, source="sign-in", client=name)
        return response


class LogoutView(views.LogoutView):
    """As django-allauth's; the tokens that the application holds end with the session."""

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            return super().dispatch(request, *args, **kwargs)
        except RecursionError:  # `id_token_hint` is a few kilobytes of brackets
            return _refused(request)

    def _handle(self, form, op_logout: bool) -> HttpResponse:
        client, user = form.cleaned_data["client"], self.request.user
        if client and user.is_authenticated:
            for token in Token.objects.valid().filter(client=client, agent_id=user.agent_id).select_related("agent"):
                revoke_token(token=token, by=None)
        return super()._handle(form, op_logout)

    def render_to_response(self, context, **kwargs) -> HttpResponse:
        response = super().render_to_response(context, **kwargs)
        form = context["form"]
        if form.is_valid() and (address := form.cleaned_data.get("post_logout_redirect_uri")):
            response._csp_update = {"form-action": [_origin(address)]}
        return response


def _is_registered(request: HttpRequest) -> bool:
    """django-allauth lets an address carry a query of its own, which may lead on to somewhere else; we do not."""
    try:
        asked = urlsplit(request.GET.get("redirect_uri", ""))
    except ValueError:
        return False
    client = client_of(request.GET.get("client_id", ""))
    known = [urlsplit(one) for one in client.get_redirect_uris()] if client else []
    return any((one.path, one.query, one.fragment) == (asked.path, asked.query, asked.fragment) for one in known)


def _before(request: HttpRequest) -> tuple[bool, HttpResponse | None]:
    """Whether nothing may be shown (`prompt=none`), and an answer when there is one already."""
    address = registered_address(request)
    back = {"redirect_uri": address, "state": request.GET.get("state")}
    try:
        quiet, stale = is_quiet(request), is_stale(request)
    except Unclear as problem:
        return False, _refused(request) if address is None else _sent_back(back, "invalid_request", str(problem))
    known = request.user.is_authenticated
    if not quiet:
        return False, to_password(request) if known and stale else None
    if address is None:
        return True, _refused(request)
    if not known or stale:
        return True, _sent_back(back, "login_required", "The person has to sign in")
    quieten(request)
    return True, None


def _refused(request: HttpRequest) -> HttpResponse:
    words = "It is not known here, or wants to be answered at an address that is not registered."
    return render(request, "idp/oidc/error.html", {"error": {"description": words}}, status=400)


def _has_challenge(request: HttpRequest) -> bool:
    challenge = request.GET.get("code_challenge", "")
    return request.GET.get("code_challenge_method") == "S256" and 43 <= len(challenge) <= 128


def _sent_back(info: dict, error: str, words: str) -> HttpResponse:
    """Back to the client, whose address was checked before."""
    told = {"error": error, "error_description": words}
    if info.get("state"):
        told["state"] = info["state"]
    response = HttpResponse(status=302)
    response["Location"] = add_query_params(info["redirect_uri"], told)
    return response


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return (
        f"{parts.scheme}://{parts.netloc}" if parts.netloc and parts.scheme in ("http", "https") else f"{parts.scheme}:"
    )


authorization = AuthorizationView.as_view()
logout = LogoutView.as_view()
