from django.db import models
from django.db.models import Q

from doover_web.data.models.fields import OrderedJSONField
from doover_web.identity.models import Organisation
from doover_web.identity.standing import Standing

from ..ids import new_id
from .access import CHOOSES_TYPES, Access, choosing, open_to
from .upload import Upload


class DeviceTypeQuerySet(models.QuerySet):
    def visible_to(self, standing: Standing):
        """Those of the organisations from which one may choose, and of others as their access lists allow
        (`control-api §3.6`)."""
        if standing.is_superuser:
            return self
        there = choosing(standing, CHOOSES_TYPES)
        return self.filter(Q(organisation_id__in=there) | open_to(DeviceTypeAccess, "device_type", there))

    def in_use(self):
        return self.filter(archived_at=None)


class DeviceType(models.Model):
    """A kind of hardware, or of virtual device."""

    class Install(models.TextChoices):
        NONE = "NONE"
        COPY = "COPY_COMMAND"
        PACKAGE = "INSTALL_PACKAGE"
        BOTH = "BOTH"

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="device_types")
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    config = models.JSONField(default=dict)
    config_schema = OrderedJSONField(default=dict)  # forms ask in its order
    # The shape of its devices' `extra_config`.
    device_extra_config_schema = OrderedJSONField(default=dict)
    # What a new device runs to become one: a script, or an archive with one.
    installer = models.ForeignKey(Upload, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    installer_info = models.TextField(blank=True)
    install_type = models.CharField(max_length=16, choices=Install, default=Install.NONE)
    copy_command = models.TextField(blank=True)
    logo_url = models.CharField(max_length=500, null=True, blank=True)  # noqa: DJ001  null is on the wire
    extra_info = models.TextField(null=True, blank=True)  # noqa: DJ001
    default_icon = models.CharField(max_length=100, null=True, blank=True)  # noqa: DJ001
    # The numbers that stand for its devices in lists: names of elements or places in `tag_values`, by commas.
    key_values = models.CharField(max_length=300, blank=True)
    stars = models.IntegerField(default=0)
    # Installed on every new device of this type.
    solution = models.ForeignKey(
        "control.Solution", on_delete=models.PROTECT, null=True, blank=True, related_name="device_types"
    )
    # The name of the routine that sets each new device up (`DEVICE_HOOKS`); empty for none.
    hooks = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = DeviceTypeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="device_type_name_not_empty", condition=~Q(name="")),
            models.CheckConstraint(
                name="install_type_known",
                condition=Q(install_type__in=["NONE", "COPY_COMMAND", "INSTALL_PACKAGE", "BOTH"]),
            ),
        ]
        indexes = [
            # The list of types, and the choice of one for a new device.
            models.Index(fields=["organisation", "name"], name="device_type_by_organisation"),
        ]

    def __str__(self):
        return self.name

    @property
    def named_values(self) -> tuple[str, ...]:
        """What `key_values` names, in order."""
        return tuple(name for one in self.key_values.split(",") if (name := one.strip()))


class DeviceTypeAccess(Access):
    """Which organisations may use a device type."""

    device_type = models.ForeignKey(DeviceType, on_delete=models.CASCADE, related_name="access")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device_type", "organisation"], name="device_type_access_once"),
            models.CheckConstraint(name="device_type_access_known", condition=Q(access__in=["WHL", "BLK"])),
        ]
