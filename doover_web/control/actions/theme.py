"""How organisations' sites look."""

import re
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from doover_web.common.wire import BadRequest
from doover_web.identity import audit
from doover_web.identity.auth import Caller
from doover_web.identity.guard import check_administers
from doover_web.identity.models import Organisation

from ..artwork import LARGEST, LOOKED_AT, type_of
from ..look import forget_look
from ..models import Theme
from ..models.theme import COLOURS, IMAGES
from ..uploads import keep

MANAGES = "theme_manage"
COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})|[a-zA-Z]{3,20}")


@transaction.atomic
def edit_theme(*, organisation: Organisation, fields: dict[str, Any], by: Caller | None) -> Theme:
    """Change those of the colours and pictures that are given; None takes a picture away, and a text in its place,
    such as the address that it is shown at, leaves it."""
    check_administers(by, organisation, MANAGES)
    theme, _ = Theme.objects.select_for_update().get_or_create(organisation=organisation)
    for name in COLOURS.keys() & fields.keys():
        setattr(theme, name, _colour(fields[name], name))
    for name in set(IMAGES) & fields.keys():
        if fields[name] is None:
            setattr(theme, name, None)
        elif isinstance(fields[name], UploadedFile):
            setattr(theme, name, _picture(fields[name], name))
    theme.save()
    forget_look(organisation.id)
    audit.record(
        "theme.edited", actor=by, subject=organisation, organisation_id=organisation.id, changed=sorted(fields)
    )
    return theme


def _colour(value: str, name: str) -> str:
    """It becomes part of a stylesheet, so it is a colour and nothing else."""
    if not isinstance(value, str) or not COLOUR.fullmatch(value):
        raise BadRequest(f"{name} is a colour such as #0b6a93", code="bad_colour")
    return value


def _picture(file: UploadedFile, name: str):
    kind = type_of(file.read(LOOKED_AT))
    file.seek(0)
    if kind is None:
        raise BadRequest(f"{name} is a PNG, JPEG, WebP or SVG picture", code="bad_picture")
    return keep(file, field=name, most=LARGEST, content_type=kind)
