from django.db import models
from django.db.models import Exists, OuterRef, Q

from doover_web.identity.models import Organisation
from doover_web.identity.standing import Standing

from ..ids import new_id


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


def listed_for(access: type[Access], link: str, standing: Standing) -> Q:
    """Those things that an access list opens to an organisation of the caller's by name."""
    return Q(Exists(_rows(access, link).filter(access=Access.Kind.ALLOWED, organisation_id__in=list(standing.members))))


def open_to(access: type[Access], link: str, standing: Standing) -> Q:
    """Those things that an access list opens to some organisation of the caller's."""
    rows = _rows(access, link)
    blocked, allowed = rows.filter(access=Access.Kind.BLOCKED), rows.filter(access=Access.Kind.ALLOWED)
    unblocked = Q(pk__in=[])
    for one in standing.members:
        unblocked |= ~Q(Exists(blocked.filter(organisation_id=one)))
    open_list = Q(Exists(blocked)) & ~Q(Exists(allowed)) & unblocked
    return open_list | listed_for(access, link, standing)


def _rows(access: type[Access], link: str):
    return access._default_manager.filter(**{link: OuterRef("pk")})
