from django.db import models

from doover_web.identity.models import Agent, Group, Organisation

from ..ids import new_id


class ReceivedProfile(models.Model):
    """What an organisation noted down of a sharing profile of another one: where it lives, and its ids there."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="received_profiles")
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    sharing_organisation_id = models.BigIntegerField()
    sharing_base_url = models.CharField(max_length=500)
    sharing_data_url = models.CharField(max_length=500, null=True, blank=True)  # noqa: DJ001  null is on the wire
    sharing_auth_tenant_id = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    sharing_profile_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "sharing_base_url", "sharing_profile_id"], name="received_profile_once"
            ),
        ]

    def __str__(self):
        return self.name


class Hung(models.Model):
    """Something lent, hung into a group of one's own tree."""

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="+")
    profile = models.ForeignKey(ReceivedProfile, on_delete=models.CASCADE, related_name="%(class)ss")

    class Meta:
        abstract = True


class SharedDevice(Hung):
    """A device of another organisation, in a group of one's own."""

    device = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["profile", "device"], name="shared_device_once")]

    def __str__(self):
        return f"{self.device} in {self.group}"


class SharedGroup(Hung):
    """A group of another organisation, with all below, in a group of one's own."""

    shared_group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["profile", "shared_group"], name="shared_group_once")]

    def __str__(self):
        return f"{self.shared_group} in {self.group}"
