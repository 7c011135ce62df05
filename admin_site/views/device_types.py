"""The kinds of devices there are: what each is set up with, and what its devices are asked for."""

from django.conf import settings
from django.contrib import messages as notes
from django.db.models import Count, Q
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from doover_web.common.wire import NotFound
from doover_web.control.actions import device_type as type_verbs
from doover_web.control.models import DeviceType
from doover_web.identity.models import Organisation
from doover_web.pages.listing import read_listing
from doover_web.pages.page import page
from doover_web.pages.schema_form import draw

from ..drafts import form_over
from ..inputs import Input, Outcome, fields_from, shown, tried
from ..place import MANAGING, id_of, may, organisation_of

HOOKS = (("", gettext_lazy("Nothing more")), *((name, name) for name in settings.DEVICE_HOOKS))
SEES_TYPES = ("device_types_view", "device_types_manage")
TYPE = (
    Input("name", gettext_lazy("Name"), is_required=True),
    Input("default_icon", gettext_lazy("Icon")),
    Input("description", gettext_lazy("Description"), "area"),
    Input(
        "key_values",
        gettext_lazy("Key values"),
        help=gettext_lazy("The numbers in lists of devices, by commas: names of elements, or places as tank_1.level"),
    ),
    Input("installer_info", gettext_lazy("How to set one up"), "area", gettext_lazy("The first line is the title")),
    Input(
        "install_type",
        gettext_lazy("Installer"),
        "choice",
        choices=(
            ("NONE", gettext_lazy("None")),
            ("COPY_COMMAND", gettext_lazy("A command to copy")),
            ("INSTALL_PACKAGE", gettext_lazy("A package to download")),
            ("BOTH", gettext_lazy("Both")),
        ),
    ),
    Input(
        "copy_command",
        gettext_lazy("Command"),
        help=gettext_lazy("Empty: the usual one; {installer_url} is its address"),
    ),
    Input("hooks", gettext_lazy("Sets each new device up"), "choice", choices=HOOKS),
    Input("config", gettext_lazy("Values of the type, read as $type.…"), "json"),
    Input("device_extra_config_schema", gettext_lazy("Schema of what each device is asked for"), "json"),
)


@page
@require_safe
def types(request):
    """The kinds of devices, with how many there are of each in the organisation."""
    organisation = organisation_of(request, *SEES_TYPES, *MANAGING)
    listing = read_listing(request.GET, sorts=["name"])
    found = DeviceType.objects.visible_to(request.caller.standing)
    found = found.filter(archived_at__isnull="archived" not in request.GET, name__icontains=listing.search)
    counted = found.annotate(number=Count("devices", filter=Q(devices__agent__organisation=organisation)))
    context = {
        "section": "types",
        "listing": listing,
        "archived": "archived" in request.GET,
        "page": listing.page(counted.select_related("organisation").order_by("name", "id")),
        "may_manage": may(request, organisation, "device_types_manage"),
    }
    return render(request, "admin_site/device_types.html", context)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def device_type(request, type_id: str):
    """One kind of device; `0` is a new one. Those of others can be looked at."""
    organisation = organisation_of(request, *SEES_TYPES, *MANAGING)
    one, is_new = _device_type(request, organisation, type_id), type_id == "0"
    owner_here = one.organisation_id == organisation.id
    outcome = Outcome()
    if request.method == "POST":
        outcome = tried(lambda: _type_kept(request, one, is_new))
        if outcome.done is not None:
            notes.success(request, _("Saved."))
            return redirect("admin_site:device_type", outcome.done.id)
    form = form_over(one.device_extra_config_schema)
    context = {
        "section": "types",
        "type": one,
        "is_new": is_new,
        "problem": outcome.problem,
        "inputs": shown(TYPE, one, outcome, request.POST if outcome.problem else None),
        "may_change": owner_here and may(request, organisation, "device_types_manage"),
        "preview": draw(form, {}),
    }
    return render(request, "admin_site/device_type.html", context, status=outcome.status)


def _device_type(request, organisation: Organisation, type_id: str) -> DeviceType:
    if type_id == "0":
        return DeviceType(organisation=organisation)
    found = DeviceType.objects.visible_to(request.caller.standing).select_related("organisation")
    one = found.filter(pk=id_of(type_id)).first()
    if one is None:
        raise NotFound("There is no such device type")
    return one


def _type_kept(request, one: DeviceType, is_new: bool) -> DeviceType:
    by = request.caller
    if request.POST.get("do") in ("archive", "unarchive") and not is_new:
        return type_verbs.set_type_archived(device_type=one, on=request.POST["do"] == "archive", by=by)
    fields = fields_from(request.POST, TYPE)
    if is_new:
        return type_verbs.create_device_type(organisation=one.organisation, fields=fields, by=by)
    return type_verbs.change_device_type(device_type=one, fields=fields, by=by)
