import re

from django.core.management.base import BaseCommand, CommandError

from doover_web.common.wire import Refused
from doover_web.identity.models import User
from doover_web.identity.profile import first_generation_block, profile_block


class Command(BaseCommand):
    help = "Prints a profile block for ~/.doover/config, with which the public clients sign in as a person."

    def add_arguments(self, parser):
        parser.add_argument("email", help="whose profile")
        parser.add_argument("--name", default="doover_web", help="the name of the profile (doover_web)")
        parser.add_argument("--days", type=int, default=365, help="how long it stays signed in (365)")
        old = "for clients up to pydoover 0.4.18; keep it in a file without other profiles"
        parser.add_argument("--first-generation", action="store_true", help=old)

    def handle(self, *, email, name, days, first_generation, **_):
        if not re.fullmatch(r"[\w.@-]+", name):
            raise CommandError("A profile's name has letters, digits and . _ - @ only.")
        if not 1 <= days <= 3650:
            raise CommandError("--days must be between 1 and 3650.")
        user = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
        if user is None:
            raise CommandError(
                f"Nobody here signs in as {email}. Make one: bin/manage create_superuser --email {email}"
            )
        block = first_generation_block if first_generation else profile_block
        try:
            self.stdout.write(block(user, name, days=days))
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
