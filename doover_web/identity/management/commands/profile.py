import re

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from doover_web.identity.auth import issue_access_token
from doover_web.identity.models import User

DAY = 86400


class Command(BaseCommand):
    help = "Prints a profile block for ~/.doover/config, with which the public clients sign in as a person."

    def add_arguments(self, parser):
        parser.add_argument("email", help="whose profile")
        parser.add_argument("--name", default="doover_web", help="the name of the profile (doover_web)")
        parser.add_argument("--days", type=int, default=365, help="how long its token is valid (365)")

    def handle(self, *, email, name, days, **_):
        if not re.fullmatch(r"[\w.@-]+", name):
            raise CommandError("A profile's name has letters, digits and . _ - @ only.")
        if not 1 <= days <= 3650:
            raise CommandError("--days must be between 1 and 3650.")
        user = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
        if user is None:
            raise CommandError(
                f"Nobody here signs in as {email}. Make one: bin/manage create_superuser --email {email}"
            )
        token, expires_at = issue_access_token(user, seconds=days * DAY)
        self.stdout.write(block(name, token, expires_at.timestamp(), user))


def block(name: str, token: str, expires: float, user: User) -> str:
    """The client ignores a profile with a line it does not know, so only what it reads is here."""
    lines = {
        "TOKEN": token,
        "TOKEN_EXPIRES": f"{expires:.1f}",
        "AGENT_ID": user.agent_id,
        "BASE_URL": settings.PUBLIC_URL,
        "REFRESH_TOKEN": "",
        "REFRESH_TOKEN_ID": "",
        "BASE_DATA_URL": f"{settings.PUBLIC_URL}/api",
        "AUTH_SERVER_URL": settings.PUBLIC_URL,
        "AUTH_SERVER_CLIENT_ID": "",
    }
    return "\n".join([f"[profile={name}]", *(f"{key}={value}" for key, value in lines.items())])
