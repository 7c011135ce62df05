"""What people keep for themselves on the site."""

from django.db import models

from doover_web.identity.models import Agent, User


class Favourite(models.Model):
    """A device or dashboard that a person marked; they may have lost the right to see it since."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="favourites")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="favourites")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "agent"], name="favourite_once"),
        ]

    def __str__(self):
        return f"{self.agent} of {self.user}"
