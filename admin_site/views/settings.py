"""Settings of an organisation: what it is called, its keys, the names its site is found under, and how that looks."""

from urllib.parse import urlencode

from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from doover_web.common.wire import BadRequest
from doover_web.control.actions import domain as domain_verbs
from doover_web.control.actions.theme import edit_theme
from doover_web.control.colours import as_hex, contrast, drawn_ground, stylesheet
from doover_web.control.look import look_of
from doover_web.control.models import Domain, Theme
from doover_web.control.models.theme import COLOURS, IMAGES
from doover_web.identity.actions.organisation import ADMINISTRATOR, SECRETS, edit_organisation
from doover_web.identity.models import Organisation
from doover_web.pages.page import page

from ..inputs import Input, Outcome, fields_from, shown, tried
from ..place import chosen, may, organisation_of

MANAGES = (ADMINISTRATOR, domain_verbs.MANAGES, "theme_manage")
DOMAIN_DEEDS = ("add", "default", "remove")
READABLE = 4.5  # the contrast that a text needs (WCAG 2.2, 1.4.3)
GENERAL = (
    Input("name", gettext_lazy("Name"), is_required=True),
    Input("retention_period", gettext_lazy("Days to keep data"), "number", gettext_lazy("0: for ever")),
)
KEYS = {
    "llm_api_key": gettext_lazy("Key for language models"),
    "legacy_doover_api_key": gettext_lazy("Key of the first generation"),
}
COLOUR_WORDS = {
    "accent_colour": gettext_lazy("Links and buttons"),
    "brand_logo_colour": gettext_lazy("Mark"),
    "navbar_colour": gettext_lazy("Header"),
    "navbar_text_colour": gettext_lazy("Texts in the header"),
    "sidebar_colour": gettext_lazy("Side"),
    "sidebar_text_colour": gettext_lazy("Texts at the side"),
}
PICTURE_WORDS = {
    "site_logo": gettext_lazy("Logo"),
    "login_banner": gettext_lazy("Beside the form to sign in"),
    "banner_image": gettext_lazy("Banner"),
    "sidebar_banner_image": gettext_lazy("Above the side"),
}
PAIRS = (
    ("navbar_text_colour", "navbar_colour"),
    ("sidebar_text_colour", "sidebar_colour"),
)
GROUNDS = [ground for _ink, ground in PAIRS]


@page
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request):
    """Each part for those who may change it."""
    organisation, outcome, do = organisation_of(request, *MANAGES), Outcome(), request.POST.get("do", "")
    if request.method == "POST" and do != "try":
        outcome = tried(lambda: _carried_out(request, organisation, do))
        if outcome.done is not None:
            notes.success(request, _("Saved."))
            return redirect("admin_site:settings")
    colours = _colours(request.POST if do in ("try", "theme") else {}, _theme(organisation))
    context = {
        "section": "settings",
        "organisation": organisation,
        "do": do,
        "problem": outcome.problem,
        "asked": request.POST,
        "may_name": may(request, organisation, ADMINISTRATOR),
        "may_domains": may(request, organisation, domain_verbs.MANAGES),
        "may_theme": may(request, organisation, "theme_manage"),
        "inputs": _inputs(request, organisation, outcome, do),
        "domains": organisation.domains.order_by("-is_default", "hostname"),
        "colours": [(name, words, colours[name], _drawn(colours).get(name)) for name, words in COLOUR_WORDS.items()],
        "pictures": _pictures(organisation),
        "tried": urlencode(colours) if do == "try" else "",
        "pairs": _pairs(colours),
    }
    return render(request, "admin_site/settings.html", context, status=outcome.status)


@page
@require_safe
def contrast_part(request):
    """The part of the page that judges colours that are being chosen."""
    organisation = organisation_of(request, "theme_manage")
    colours = _colours(request.GET, _theme(organisation))
    return render(request, "admin_site/_contrast.html", {"pairs": _pairs(colours), "drawn": _drawn(colours)})


@page
@require_safe
def tried_sheet(request):
    """The stylesheet of colours that are being chosen, in the place of the one that is kept."""
    organisation = organisation_of(request, "theme_manage")
    text = stylesheet(_colours(request.GET, _theme(organisation)), dict.fromkeys(COLOURS, ""))
    return HttpResponse(text, content_type="text/css; charset=utf-8")


def _carried_out(request, organisation: Organisation, do: str):
    by, asked = request.caller, request.POST
    if do == "general":
        return edit_organisation(organisation=organisation, fields=_general(asked, organisation), by=by)
    if do == "theme":
        return edit_theme(organisation=organisation, fields=_look(request), by=by)
    if do not in DOMAIN_DEEDS:
        raise BadRequest(_("This form is not known here"), code="bad_form")
    if do == "add":
        hostname = asked.get("hostname", "")
        return domain_verbs.add_domain(organisation=organisation, hostname=hostname, is_default=False, by=by)
    domain = chosen(asked.get("domain", ""), Domain.objects.filter(organisation=organisation))
    if domain is None:
        raise BadRequest(_("Choose a domain"), code="no_choice")
    if do == "default":
        return domain_verbs.edit_domain(domain=domain, hostname=domain.hostname, is_default=True, by=by)
    domain_verbs.remove_domain(domain=domain, by=by)
    return domain


def _general(asked, organisation: Organisation) -> dict:
    """An empty key leaves the one there is; its box takes it away."""
    fields = fields_from(asked, _general_inputs(organisation))
    for name in SECRETS:
        if fields.pop(f"no_{name}", False):
            fields[name] = ""
    return fields


def _general_inputs(organisation: Organisation) -> list[Input]:
    found = [*GENERAL]
    for name, words in KEYS.items():
        is_kept = bool(getattr(organisation, SECRETS[name]))
        about = _("One is kept, and shown to nobody; empty leaves it.") if is_kept else _("None is kept.")
        found.append(Input(name, words, "secret", about))
        if is_kept:
            found.append(Input(f"no_{name}", _("Take it away: %(key)s") % {"key": words}, "check"))
    return found


def _inputs(request, organisation: Organisation, outcome: Outcome, do: str):
    kept = Organisation.objects.get(pk=organisation.pk)  # without what was refused
    asked = request.POST if do == "general" and outcome.problem else None
    return shown(_general_inputs(kept), kept, outcome, asked)


def _look(request) -> dict:
    """Colours and pictures of the form; a box takes a picture away, an empty input leaves it."""
    fields = {name: request.POST[name] for name in COLOURS if name in request.POST}
    fields |= {name: request.FILES[name] for name in IMAGES if name in request.FILES}
    return fields | {name: None for name in IMAGES if request.POST.get(f"no_{name}")}


def _theme(organisation: Organisation) -> Theme:
    return Theme.objects.filter(pk=organisation.id).first() or Theme(organisation=organisation)


def _colours(asked, theme: Theme) -> dict[str, str]:
    """The six as #rrggbb: those asked for, else those of the theme."""
    return {name: as_hex(asked.get(name) or "") or as_hex(getattr(theme, name)) or COLOURS[name] for name in COLOURS}


def _pictures(organisation: Organisation) -> list[tuple]:
    look = look_of(organisation.id)
    return [(name, words, getattr(look, name)) for name, words in PICTURE_WORDS.items()]


def _drawn(colours: dict[str, str]) -> dict[str, str]:
    """As what a ground is drawn, empty for those that are as they were chosen or as usual."""
    return {name: "" if colours[name] == COLOURS[name] else drawn_ground(colours[name]) for name in GROUNDS}


def _pairs(colours: dict[str, str]) -> list[tuple]:
    """What is read on what: (words of the text, its contrast as chosen, whether that is enough)."""
    found = [(COLOUR_WORDS[ink], contrast(colours[ink], colours[ground])) for ink, ground in PAIRS]
    found.append((COLOUR_WORDS["accent_colour"], contrast(colours["accent_colour"], "#ffffff")))
    return [(words, ratio, ratio >= READABLE) for words, ratio in found]
