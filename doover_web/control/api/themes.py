"""How organisations' sites look (`control-api §3.15`)."""

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Router

from doover_web.common.wire import NotFound
from doover_web.identity.models import Organisation

from ..actions.theme import edit_theme
from ..models import Theme
from ..models.theme import IMAGES
from ._generated import ThemeWithId, ThemeWithIdIn
from .organisation_shapes import in_full, theme
from .resource import Resource, add_operation
from .scope import owned
from .stored import send_upload

router = Router(tags=["themes"])


def rows(request: HttpRequest) -> QuerySet[Organisation]:
    """The organisations that the call is about; each has a theme, if only the house's."""
    return in_full(Organisation.objects.filter(owned(request, "pk")))


def shape(request: HttpRequest, row: Organisation) -> dict:
    return {"id": str(row.id), **theme(row)}


def change(request: HttpRequest, row: Organisation, given: dict) -> Organisation:
    edit_theme(organisation=row, fields=given, by=request.auth)
    return Organisation.objects.get(pk=row.pk)


def picture(request: HttpRequest, organisation: int, name: str) -> HttpResponseBase:
    """A picture of a theme, for anybody: the page to sign in shows it."""
    found = Theme.objects.select_related(*IMAGES).filter(pk=organisation).first()
    upload = getattr(found, name, None) if name in IMAGES else None
    if upload is None:
        raise NotFound("There is no such picture")
    return send_upload(request, upload)


themes = Resource(
    router=router,
    path="/themes/",
    name="themes",
    rows=rows,
    shape=shape,
    out=ThemeWithId,
    body=ThemeWithIdIn,
    search=["name"],
    order={"id": "pk", "name": "name", "display_name": "name"},
    key="{int:organisation}",
    change=change,
)
add_operation(router, "GET", "/themes/{int:organisation}/{name}/", "themes_picture", picture, None, auth=None)
