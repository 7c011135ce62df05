from django.core.management.base import BaseCommand

from doover_web.identity.keys import rotate, thumbprint


class Command(BaseCommand):
    help = "Makes a new key to sign access tokens with. Tokens signed with older keys stay valid until they end."

    def add_arguments(self, parser):
        parser.add_argument(
            "--forget-older", action="store_true", help="delete the older keys: every access token ends at once"
        )

    def handle(self, *, forget_older, **_):
        key = rotate(forget_older=forget_older)
        self.stdout.write(f"Access tokens are signed with {thumbprint(key.public_pem)} from now on.")
