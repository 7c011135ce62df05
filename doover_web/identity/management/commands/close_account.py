"""bin/manage close_account EMAIL: a person comes in no more; `--reopen` undoes it."""

from django.core.management.base import BaseCommand, CommandError

from doover_web.common.wire import Refused
from doover_web.identity.actions.account import close_account, reopen_account
from doover_web.identity.models import User


class Command(BaseCommand):
    help = "Close somebody's account: their sessions and tokens end at once. Nothing they did is removed."

    def add_arguments(self, parser):
        parser.add_argument("email")
        parser.add_argument("--reopen", action="store_true", help="let the person in again")

    def handle(self, *args, email: str, reopen: bool, **options):
        user = User.objects.select_related("agent").filter(email__iexact=email.strip()).first()
        if user is None:
            raise CommandError(f"There is no account {email}.")
        try:
            changed = (reopen_account if reopen else close_account)(user=user, by=None)
        except Refused as refusal:
            raise CommandError(f"{refusal.message}.") from refusal
        state = "open" if reopen else "closed"
        self.stdout.write(f"The account of {user.email} is {state}{'' if changed else ' already'}.")
