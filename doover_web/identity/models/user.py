from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.functions import Lower

from doover_web.common.zones import zone_names

from .agent import Agent


def check_zone(name: str) -> None:
    """A time zone of the IANA list, or a ValidationError."""
    if name not in zone_names():
        raise ValidationError("%(name)s is not a time zone", params={"name": name})


def _take_as_proven(user: "User") -> None:
    """Addresses that an administrator or an invitation names are known to be right; sign-up proves its own by mail."""
    from allauth.account.models import EmailAddress  # it refers to this model

    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)


class UserManager(BaseUserManager):
    @transaction.atomic
    def create_user(self, email: str, password: str | None = None, *, name: str = "", **fields) -> "User":
        """A person with an agent of the same id. The e-mail address is the sign-in name, case ignored."""
        email = self.normalize_email(email).lower()
        agent = Agent.objects.create(kind=Agent.Kind.USER, name=email, display_name=name)
        user = self.model(id=agent.id, agent=agent, email=email, **fields)
        user.set_password(password)
        user.save(force_insert=True)
        _take_as_proven(user)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields) -> "User":
        return self.create_user(email, password, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str) -> "User":
        return self.get(email__iexact=email)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in. Who may do what follows from memberships, not from Django's groups."""

    id = models.BigIntegerField(primary_key=True, editable=False)
    agent = models.OneToOneField(Agent, on_delete=models.CASCADE, related_name="as_user")
    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)
    zone = models.CharField(max_length=64, blank=True, validators=[check_zone])
    # What pages speak to this person; empty: the language of the browser.
    language = models.CharField(max_length=8, blank=True)
    # Free JSON that front ends keep for the person, such as preferences.
    custom_data = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    objects = UserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="user_is_its_agent", condition=models.Q(id=models.F("agent"))),
            models.UniqueConstraint(Lower("email"), name="user_email_any_case"),
        ]

    def save(self, *args, **kwargs):
        if self.agent_id is None:  # a form made this user (allauth's sign-up), not create_user
            self.agent = Agent.objects.create(kind=Agent.Kind.USER, name=self.email)
            self.id = self.agent_id
        super().save(*args, **kwargs)

    @property
    def is_staff(self) -> bool:
        return self.is_superuser

    def get_full_name(self) -> str:
        return self.agent.title

    def get_short_name(self) -> str:
        return self.agent.title
