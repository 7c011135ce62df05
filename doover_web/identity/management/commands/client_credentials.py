from django.core.management.base import BaseCommand, CommandError

from doover_web.common.snowflake import ID_MAX, ID_MIN
from doover_web.common.wire import Refused
from doover_web.identity.actions.credential import create_service, issue_client_secret
from doover_web.identity.actions.token import CHOICES
from doover_web.identity.models import Agent, Organisation


class Command(BaseCommand):
    help = "Makes a client id and secret for a device, or for a service of an organisation, and prints them once."

    def add_arguments(self, parser):
        parser.add_argument("agent_id", type=int, help="a device, or the organisation that the service belongs to")
        parser.add_argument("--name", required=True, help="what it is for")
        parser.add_argument("--scope", choices=CHOICES, default="read", help="what a service may do (read)")

    def handle(self, *, agent_id, name, scope, **_):
        agent = Agent.objects.in_use().filter(pk=agent_id).first() if ID_MIN <= agent_id <= ID_MAX else None
        if agent is None or agent.kind not in (Agent.Kind.DEVICE, Agent.Kind.ORGANISATION):
            raise CommandError("There is no device or organisation with this id.")
        try:
            if agent.kind == Agent.Kind.DEVICE:
                token, secret = issue_client_secret(device=agent, name=name, by=None)
            else:
                organisation = Organisation.objects.get(pk=agent.id)
                there = {"organisation": organisation, "group": organisation.root_group}
                token, secret = create_service(name=name, scope=scope, by=None, **there)
        except Refused as refusal:
            raise CommandError(f"{refusal.message}.") from None
        self.stdout.write(f"client_id={token.key}\nclient_secret={secret}")
