from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models

from ..flags import BUILT_IN_GROUP_ROLES, BUILT_IN_ORGANISATION_ROLES, GROUP_FLAGS, ORGANISATION_FLAGS
from ..ids import new_token_id


def check_group_flags(flags: list[str]) -> None:
    _check(flags, GROUP_FLAGS)


def check_organisation_flags(flags: list[str]) -> None:
    _check(flags, ORGANISATION_FLAGS)


def _check(flags: list[str], known: tuple[str, ...]) -> None:
    if unknown := sorted(set(flags) - set(known)):
        raise ValidationError("Unknown permission: %(names)s", params={"names": ", ".join(unknown)})


class RoleManager(models.Manager):
    names: tuple[str, ...]  # of the built-in roles

    def complete(self):
        """All roles, the built-in ones among them, also those that nobody was given yet."""
        if self.filter(organisation=None, name__in=self.names).count() < len(self.names):
            for name in self.names:
                self.built_in(name)
        return self.all()

    def built_in(self, name: str) -> "Role":
        raise NotImplementedError

    def offered_in(self, organisation):
        """The built-in roles and those of the organisation that are in use."""
        return self.filter(
            models.Q(organisation=None) | models.Q(organisation=organisation), archived_at=None
        ).order_by("organisation_id", "id")


class GroupRoleManager(RoleManager):
    names = tuple(BUILT_IN_GROUP_ROLES)

    def built_in(self, name: str) -> "GroupRole":
        """One of the roles that every installation has; made when it is first asked for."""
        flags = list(BUILT_IN_GROUP_ROLES[name])
        return self.get_or_create(organisation=None, name=name, defaults={"flags": flags})[0]


class OrganisationRoleManager(RoleManager):
    names = tuple(BUILT_IN_ORGANISATION_ROLES)

    def built_in(self, name: str) -> "OrganisationRole":
        """One of the roles that every installation has; made when it is first asked for."""
        flags, root_role = BUILT_IN_ORGANISATION_ROLES[name]
        defaults = {
            "flags": list(flags),
            "default_root_group_role": GroupRole.objects.built_in(root_role) if root_role else None,
        }
        return self.get_or_create(organisation=None, name=name, defaults=defaults)[0]


class Role(models.Model):
    """A named set of permission flags; without an organisation it is built in."""

    id = models.BigIntegerField(primary_key=True, default=new_token_id, editable=False)
    organisation = models.ForeignKey(
        "identity.Organisation", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self):
        return self.name


class GroupRole(Role):
    """What a person may do in a group and below it."""

    flags = ArrayField(models.CharField(max_length=40), default=list, blank=True, validators=[check_group_flags])

    objects = GroupRoleManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], nulls_distinct=False, name="group_role_name_once"),
        ]


class OrganisationRole(Role):
    """What a person may administer in an organisation."""

    flags = ArrayField(models.CharField(max_length=40), default=list, blank=True, validators=[check_organisation_flags])
    default_root_group_role = models.ForeignKey(
        GroupRole, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = OrganisationRoleManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"], nulls_distinct=False, name="organisation_role_name_once"
            ),
        ]
