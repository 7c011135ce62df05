"""Two organisations, their people and devices, and every kind of credential: what the matrix is asked in."""

from dataclasses import dataclass, field
from datetime import timedelta

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.utils import timezone

from doover_web.data.access import reach_agent
from doover_web.data.publish import open_channel, post_message, update_aggregate
from doover_web.identity.actions.member import add_member, grant_group_role
from doover_web.identity.actions.token import create_personal_token
from doover_web.identity.auth import caller_of_token, issue_access_token, issue_device_token
from doover_web.identity.models import Agent, Group, GroupRole, Organisation, OrganisationRole, Token, User

NO_ID = 154816659125690001


@dataclass
class World:
    """What addresses are made of (`names`), the same of things that do not exist (`absent`), credentials, secrets."""

    names: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    # What belongs to Tallow Creek Water alone, and what is about its devices.
    secrets: list[str] = field(default_factory=list)
    device_secrets: list[str] = field(default_factory=list)
    # What of it a guest is told: where they are.
    guest_words: tuple[str, ...] = ("Tallow", "tallow.example")
    # What is in a private channel: members who may look do not see that either.
    private_secrets: list[str] = field(default_factory=lambda: ["violet-2290"])
    tokens: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    # The models behind it, for the `seed` functions of routes.
    things: dict = field(default_factory=dict)

    def add(self, name: str, value, absent=None) -> None:
        """A name for addresses; `absent` is such a thing that does not exist (for an id it is known)."""
        self.names[name] = str(value)
        self.absent[name] = str(NO_ID if absent is None else absent)

    def fill(self, template, absent: tuple[str, ...] = ()):
        """A text, or a body, with the names filled in; those in `absent` with what does not exist."""
        if isinstance(template, str):
            return template.format_map({**self.names, **{name: self.absent[name] for name in absent}})
        if isinstance(template, dict):
            return {key: self.fill(value, absent) for key, value in template.items()}
        return [self.fill(one, absent) for one in template] if isinstance(template, list) else template


def build() -> World:
    world = World()
    creek, elsewhere = Organisation.objects.found("Tallow Creek Water"), Organisation.objects.found("Elsewhere")
    weir = Group.objects.create(organisation=creek, parent=creek.root_group, name="Upper Weir")
    pump = _device(creek, weir, "kestrel-seven", "Kestrel Seven")
    other = _device(creek, weir, "kestrel-eight", "Kestrel Eight")
    garden = Group.objects.create(organisation=creek, parent=creek.root_group, name="Garden")
    _device(creek, garden, "sparrow", "Sparrow")
    people = {
        "admin": _person("Alice Moreau", creek, "Admin"),
        "looker": _person("Bob Tran", creek, "Member", "Viewer"),
        "bare": _person("Carol Ng", creek, "Member"),
        "guest": _person("Gus Hale", creek, "Guest", "Viewer", garden),
        "stranger": _person("Mallory Vance", elsewhere, "Admin"),
        "root": User.objects.create_superuser("root@example.com"),
    }
    for user in people.values():
        user.password = "md5$salt$" + "0" * 32  # there is one, and nobody knows it
        user.save(update_fields=["password"])
    world.things = {"creek": creek, "elsewhere": elsewhere, "weir": weir, "pump": pump, "other": other, **people}
    world.add("pump", pump.id)
    world.add("pump_key", pump.key, "00000000-0000-4000-8000-000000000000")
    world.add("weir", weir.id)
    world.add("root_group", creek.root_group.id)
    world.add("creek", creek.id)
    for name, user in people.items():
        world.add(name, user.id)
    _credentials(world, people, pump, other)
    _speak(world, pump)
    world.device_secrets = ["kestrel", "Kestrel", "amber-8841", "cobalt-1174", "violet-2290"]
    world.secrets = [*world.device_secrets, "Tallow", "Upper Weir", "Moreau", "tallow.example", "alice@"]
    return world


def _device(organisation, group, name: str, title: str) -> Agent:
    made = {"organisation": organisation, "group": group, "name": name, "display_name": title}
    return Agent.objects.create(kind="device", token_self_rotation=True, **made)


def _person(name: str, organisation, role: str, group_role: str | None = None, there: Group | None = None) -> User:
    place = "tallow.example" if organisation.name.startswith("Tallow") else "elsewhere.example"
    user = User.objects.create_user(f"{name.split()[0].lower()}@{place}", None, name=name)
    add_member(organisation=organisation, user=user, role=OrganisationRole.objects.built_in(role), by=None)
    if group_role:
        there = there or organisation.root_group
        grant_group_role(group=there, user=user, role=GroupRole.objects.built_in(group_role), by=None)
    return user


def _credentials(world: World, people: dict[str, User], pump: Agent, other: Agent) -> None:
    admin = people["admin"]
    for name, user in people.items():
        world.tokens[name] = issue_access_token(user)[0]
        world.sessions[name] = _session(user)
    world.tokens["narrow"] = create_personal_token(user=admin, name="x", scope="read", days=1, by=None)[1]
    world.tokens["own"], world.tokens["neighbour"] = issue_device_token(pump), issue_device_token(other)
    world.tokens["expired"] = issue_access_token(admin, seconds=-5)[0]
    world.tokens["revoked"] = issue_access_token(admin)[0]
    Token.objects.filter(agent=admin.agent, kind="access").latest("id").revoke()
    world.sessions["forged"] = world.sessions["browser"] = world.sessions["admin"]
    world.sessions["expired"] = _session(admin, ends=-timedelta(hours=1))
    world.sessions["revoked"] = _session(admin)
    SessionStore(world.sessions["revoked"]).delete()


def _session(user: User, ends: timedelta | None = None) -> str:
    """What a sign-in leaves behind, with the password written a moment ago."""
    store = SessionStore()
    store[SESSION_KEY], store[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    request = HttpRequest()
    request.session = store
    record_authentication(request, user, "password", reauthenticated=True)
    if ends is not None:
        store.set_expiry(timezone.now() + ends)
    store.save()
    return store.session_key


def _speak(world: World, pump: Agent) -> None:
    reach = reach_agent(caller_of_token(world.tokens["own"]), pump.id)
    update_aggregate(reach=reach, name="level", data={"fault": "amber-8841"})
    kept = post_message(reach=reach, name="level", data={"note": "cobalt-1174"})
    open_channel(reach=reach, name="hidden", settings={"is_private": True})
    update_aggregate(reach=reach, name="hidden", data={"key": "violet-2290"})
    world.add("hidden_message", post_message(reach=reach, name="hidden", data={"key": "violet-2290"}).id)
    world.add("message", kept.id)
    world.add("hidden", "hidden", "nowhere")
