import getpass
import sys

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from doover_web.identity.actions.member import add_member
from doover_web.identity.models import Organisation, OrganisationRole, User


class Command(BaseCommand):
    help = "Makes a person who may do everything, and with --organisation an organisation to go with it."

    def add_arguments(self, parser):
        parser.add_argument("--email", required=True, help="the sign-in name")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
        parser.add_argument("--organisation", default="", metavar="NAME", help="join it as administrator; made if new")

    def handle(self, *, email, password_stdin, organisation, **_):
        email = checked_email(email)
        password = sys.stdin.readline().rstrip("\r\n") if password_stdin else asked_password()
        check_password(password, email)
        with transaction.atomic():
            user = User.objects.create_superuser(email, password)
            if organisation:
                join(user, organisation.strip())
        self.stdout.write(f"{email} can sign in now.")


def checked_email(email: str) -> str:
    email = User.objects.normalize_email(email.strip()).lower()
    try:
        validate_email(email)
    except ValidationError:
        raise CommandError(f"“{email}” is not an e-mail address.") from None
    if User.objects.filter(email__iexact=email).exists():
        raise CommandError(f"{email} exists already. A new password: bin/manage changepassword {email}")
    return email


def asked_password() -> str:
    if not sys.stdin.isatty():
        raise CommandError("There is no terminal to ask for a password. Pass it with --password-stdin.")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise CommandError("The two passwords differ.")
    return password


def check_password(password: str, email: str) -> None:
    try:
        password_validation.validate_password(password, User(email=email))
    except ValidationError as problem:
        raise CommandError("\n".join(problem.messages)) from None


def join(user: User, name: str) -> None:
    organisation = Organisation.objects.filter(name=name).first() or Organisation.objects.found(name)
    add_member(organisation=organisation, user=user, role=OrganisationRole.objects.built_in("Admin"), by=None)
