"""Applications that people sign in with, for platform administrators."""

from allauth.account.decorators import reauthentication_required
from allauth.idp.oidc.models import Client
from django.contrib import messages as notes
from django.db.models import Count, Q
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from doover_web.common.wire import NotFound, Refused
from doover_web.identity.actions import application as verbs
from doover_web.identity.clients import COMMAND_LINE, command_line
from doover_web.identity.models import Token
from doover_web.pages.listing import read_listing
from doover_web.pages.page import page
from doover_web.pages.permission_words import in_words

GRANTS = {
    verbs.GRANTS[0]: gettext_lazy("In a browser (authorization code)"),
    verbs.GRANTS[1]: gettext_lazy("With a code on a page (device code)"),
}
SCOPES = {
    "openid": gettext_lazy("Who somebody is"),
    "profile": gettext_lazy("Their name"),
    "email": gettext_lazy("Their e-mail address"),
    "offline_access": gettext_lazy("Stay signed in"),
    "read": gettext_lazy("Look at devices"),
    "control": gettext_lazy("Look at devices and control them"),
    "full": gettext_lazy("Everything that they may do"),
}


@page
@require_safe
def clients(request):
    """All there are, with how many people are signed in."""
    verbs.check_platform(request.caller)
    command_line()
    listing = read_listing(request.GET, sorts=["name"])
    found = Client.objects.filter(Q(name__icontains=listing.search) | Q(id__icontains=listing.search))
    shown = listing.page(found.order_by("name", "id"))
    context = {"section": "oauth", "listing": listing, "page": shown, "rows": _rows(shown), "fixed": COMMAND_LINE}
    return render(request, "admin_site/oauth_clients.html", context)


@page
@reauthentication_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request):
    """Register one; its secret is shown in the answer, and only there."""
    verbs.check_platform(request.caller)
    problem = ""
    if request.method == "POST":
        try:
            public = request.POST.get("kind") != "confidential"
            client, secret = verbs.register_application(by=request.caller, public=public, **_values(request))
            return _form(request, client, secret=secret, done=True)
        except Refused as refusal:
            problem = f"{in_words(refusal.message)}."
    blank = Client(type=Client.Type.PUBLIC, scopes="openid\nprofile\nemail\noffline_access", secret="")
    return _form(request, blank, problem=problem, is_new=True)


@page
@reauthentication_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def client(request, client_id: str):
    """Change, renew the secret, or end it."""
    verbs.check_platform(request.caller)
    found = Client.objects.filter(pk=client_id).first()
    if found is None:
        raise NotFound("There is no such application")
    if request.method != "POST":
        return _form(request, found)
    try:
        if request.POST.get("do") == "secret":
            secret = verbs.renew_application_secret(client=found, by=request.caller)
            return _form(request, found, secret=secret, done=True)
        if request.POST.get("do") == "remove":
            verbs.remove_application(client=found, by=request.caller)
            notes.success(request, _("%(found)s has ended; everybody is signed out of it.") % {"found": found.name})
        else:
            verbs.edit_application(client=found, by=request.caller, **_values(request))
            notes.success(request, _("Saved."))
        return redirect("admin_site:oauth_clients")
    except Refused as refusal:
        return _form(request, Client.objects.get(pk=client_id), problem=f"{in_words(refusal.message)}.")


def _values(request) -> dict:
    return {
        "name": request.POST.get("name", ""),
        "addresses": [line.strip() for line in request.POST.get("addresses", "").splitlines() if line.strip()],
        "grants": request.POST.getlist("grants"),
        "scopes": request.POST.getlist("scopes"),
    }


def _form(request, shown: Client, *, problem: str = "", is_new: bool = False, secret: str = "", done: bool = False):
    kept = {
        "name": shown.name,
        "addresses": shown.get_redirect_uris(),
        "grants": shown.get_grant_types(),
        "scopes": shown.get_scopes(),
    }
    values = _values(request) if problem and request.POST.get("do") == "save" else kept
    context = {
        "section": "oauth",
        "client": shown,
        "is_new": is_new,
        "is_fixed": shown.pk == COMMAND_LINE,
        "kind": request.POST.get("kind", "public") if is_new else shown.type,
        "problem": problem,
        "made": {
            "title": _("%(shown)s: client id and secret") % {"shown": shown.name},
            "client_id": shown.pk,
            "secret": secret,
        }
        if done
        else None,
        "name": values["name"],
        "addresses": "\n".join(values["addresses"]),
        "grants": [(key, words, key in values["grants"]) for key, words in GRANTS.items()],
        "scopes": [(key, words, key in values["scopes"]) for key, words in SCOPES.items()],
        "people": 0 if is_new else _holders([shown.pk]).get(shown.pk, 0),
    }
    return render(request, "admin_site/oauth_client.html", context, status=400 if problem else 200)


def _rows(shown) -> list[tuple[Client, int]]:
    holders = _holders([one.pk for one in shown])
    return [(one, holders.get(one.pk, 0)) for one in shown]


def _holders(client_ids: list[str]) -> dict[str, int]:
    """How many people are signed in, by application."""
    held = Token.objects.valid().filter(client_id__in=client_ids).order_by()
    return dict(held.values_list("client_id").annotate(people=Count("agent_id", distinct=True)))
