from allauth.idp.oidc.models import Client
from django.core.management.base import BaseCommand, CommandError

from doover_web.common.wire import Refused
from doover_web.identity.actions import application as verbs
from doover_web.identity.clients import client_of, command_line


class Command(BaseCommand):
    help = "Registers, lists, changes and ends applications that people sign in with (OAuth clients)."

    def add_arguments(self, parser):
        does = parser.add_subparsers(dest="do", required=True)
        does.add_parser("list", help="every application: id, kind, name, addresses")
        add = does.add_parser("add", help="register one; prints its id, and its secret once")
        add.add_argument("--confidential", action="store_true", help="it runs on a server and keeps a secret")
        edit = does.add_parser("edit", help="change one; what is not given stays")
        for name in ("edit", "secret", "remove"):
            words = {"secret": "make a new secret and print it once", "remove": "end it; everybody is signed out of it"}
            one = edit if name == "edit" else does.add_parser(name, help=words[name])
            one.add_argument("client_id")
        for one in (add, edit):
            one.add_argument("--name", required=one is add, help="what people read when they are asked")
            one.add_argument(
                "--redirect", action="append", metavar="ADDRESS", help="where it comes back to; repeatable"
            )
            one.add_argument("--scope", action="append", choices=verbs.SCOPES, help="repeatable")
            one.add_argument("--device-code", action="store_true", default=None, help="people type a code on a page")

    def handle(self, *, do, **given):
        try:
            getattr(self, f"_{do}")(given)
        except Refused as refusal:
            raise CommandError(f"{refusal.message}.") from None

    def _list(self, given) -> None:
        command_line()
        for one in Client.objects.order_by("name", "id"):
            self.stdout.write(f"{one.id}  {one.type:<12}  {one.name}  {' '.join(one.get_redirect_uris())}".rstrip())

    def _add(self, given) -> None:
        addresses = given["redirect"] or []
        grants = _grants(bool(addresses), bool(given["device_code"]))
        scopes = given["scope"] or ["openid", "profile", "email"]
        values = {"name": given["name"], "addresses": addresses, "grants": grants, "scopes": scopes}
        client, secret = verbs.register_application(by=None, public=not given["confidential"], **values)
        self.stdout.write(f"client_id={client.id}")
        if secret:
            self.stdout.write(f"client_secret={secret}")

    def _edit(self, given) -> None:
        client = _known(given)
        had = client.get_grant_types()
        addresses = client.get_redirect_uris() if given["redirect"] is None else given["redirect"]
        by_code = verbs.GRANTS[1] in had if given["device_code"] is None else given["device_code"]
        verbs.edit_application(
            client=client,
            by=None,
            name=given["name"] or client.name,
            addresses=addresses,
            grants=_grants(bool(addresses), by_code),
            scopes=given["scope"] or client.get_scopes(),
        )
        self.stdout.write(f"{client.name} is changed.")

    def _secret(self, given) -> None:
        secret = verbs.renew_application_secret(client=_known(given), by=None)
        self.stdout.write(f"client_secret={secret}")

    def _remove(self, given) -> None:
        client = _known(given)
        verbs.remove_application(client=client, by=None)
        self.stdout.write(f"{client.name} has ended; everybody is signed out of it.")


def _known(given) -> Client:
    client = client_of(given["client_id"])
    if client is None:
        raise CommandError("There is no such application. See: bin/manage oauth_client list")
    return client


def _grants(by_browser: bool, by_code: bool) -> list[str]:
    return [grant for grant, on in zip(verbs.GRANTS, (by_browser, by_code), strict=True) if on]
