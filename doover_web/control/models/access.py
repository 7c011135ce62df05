from collections.abc import Collection

from django.db import models
from django.db.models import Exists, OuterRef, Q

from doover_web.identity.models import Organisation
from doover_web.identity.standing import Standing, homes_with

from ..ids import new_id

# Whose role says so chooses from an organisation's catalogue, and whoever sets up devices in one of its groups.
SETS_UP = ("device_configure", "device_create")
CHOOSES_APPLICATIONS = ("applications_view", "applications_manage", "integrations_manage", "reports_create")
CHOOSES_TYPES = ("device_types_view", "device_types_manage")


class Access(models.Model):
    """Whether another organisation may use something (`control-api §3.6`).

    With any allowed row those listed may; with blocked rows alone, all but those; without a row, only the owner.
    """

    class Kind(models.TextChoices):
        ALLOWED = "WHL"
        BLOCKED = "BLK"

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    access = models.CharField(max_length=3, choices=Kind)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self):
        return f"{self.organisation}: {self.get_access_display()}"  # type: ignore[attr-defined]


def choosing(standing: Standing, flags: Collection[str]) -> list[int]:
    """The organisations from whose catalogue the caller chooses; to guests, who set nothing up, it is closed."""
    return homes_with(standing, flags, SETS_UP)


def listed_for(access: type[Access], link: str, organisations: Collection[int]) -> Q:
    """Those things that an access list opens to one of these organisations by name."""
    return Q(Exists(_rows(access, link).filter(access=Access.Kind.ALLOWED, organisation_id__in=organisations)))


def open_to(access: type[Access], link: str, organisations: Collection[int]) -> Q:
    """Those things that an access list opens to one of these organisations."""
    rows = _rows(access, link)
    blocked, allowed = rows.filter(access=Access.Kind.BLOCKED), rows.filter(access=Access.Kind.ALLOWED)
    unblocked = Q(pk__in=[])
    for one in organisations:
        unblocked |= ~Q(Exists(blocked.filter(organisation_id=one)))
    open_list = Q(Exists(blocked)) & ~Q(Exists(allowed)) & unblocked
    return open_list | listed_for(access, link, organisations)


def _rows(access: type[Access], link: str):
    return access._default_manager.filter(**{link: OuterRef("pk")})
