from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models, transaction

from doover_web.common.wire import BadRequest

from ..ids import new_agent_id


class GroupQuerySet(models.QuerySet):
    def below(self, group: "Group"):
        """`group` and everything under it."""
        return self.filter(lineage__contains=[group.id])

    def in_use(self):
        """Groups that are not archived, nor under one that is."""
        archived = Group.objects.filter(archived_at__isnull=False).values("id")
        return self.exclude(lineage__overlap=archived)


class Group(models.Model):
    """A branch of an organisation's tree; devices and people's roles hang on it.

    `lineage` holds the ids from the root down to the group itself, so that "this group or any above it" is one
    overlap of arrays.
    """

    id = models.BigIntegerField(primary_key=True, default=new_agent_id, editable=False)
    organisation = models.ForeignKey("identity.Organisation", on_delete=models.CASCADE, related_name="groups")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    name = models.CharField(max_length=255)
    lineage = ArrayField(models.BigIntegerField(), default=list, editable=False)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = GroupQuerySet.as_manager()

    class Meta:
        indexes = [
            # Rights and trees: which groups lie under these.
            GinIndex(fields=["lineage"], name="group_by_lineage"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"], condition=models.Q(parent=None), name="one_root_group_each"
            ),
            # People tell groups apart by name, and by where they are; archived ones stand in nobody's way.
            models.UniqueConstraint(
                fields=["parent", "name"], condition=models.Q(archived_at=None), name="group_name_once_in_its_parent"
            ),
            models.CheckConstraint(name="group_name_not_empty", condition=~models.Q(name="")),
            models.CheckConstraint(
                name="root_group_in_use", condition=~models.Q(parent=None, archived_at__isnull=False)
            ),
        ]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        if not self.lineage:
            self.lineage = [*(self.parent.lineage if self.parent else []), self.id]
        super().save(*args, **kwargs)

    @property
    def is_root(self) -> bool:
        return self.parent_id is None

    @transaction.atomic
    def move_below(self, parent: "Group") -> None:
        """Hang this group and all under it below `parent`. BadRequest for a circle, the root, or another organisation.

        The organisation's groups are locked, so that two moves cannot make a circle together.
        """
        groups = {g.id: g for g in Group.objects.select_for_update().filter(organisation_id=self.organisation_id)}
        if parent.id not in groups:
            raise BadRequest("A group stays in its organisation", code="other_organisation")
        own, target = groups[self.id], groups[parent.id]
        if own.is_root:
            raise BadRequest("The root group cannot be moved", code="root_group")
        if self.id in target.lineage:
            raise BadRequest("A group cannot be moved below itself", code="circle")
        Group.objects.filter(pk=self.id).update(parent=target)
        depth = len(own.lineage)
        moved = [group for group in groups.values() if self.id in group.lineage]
        for group in moved:
            group.lineage = [*target.lineage, *group.lineage[depth - 1 :]]
        Group.objects.bulk_update(moved, ["lineage"], batch_size=500)
        self.refresh_from_db()


class GroupGrant(models.Model):
    """A person's role in a group; it holds for everything below."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="grants")
    user = models.ForeignKey("identity.User", on_delete=models.CASCADE, related_name="grants")
    role = models.ForeignKey("identity.GroupRole", on_delete=models.PROTECT, related_name="grants")
    # Came with the person's role in the organisation, on the root group, and changes with it (`control-api §4.2`).
    by_default = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "user"], name="one_role_each_in_a_group"),
        ]

    def __str__(self):
        return f"{self.user} in {self.group}: {self.role}"
