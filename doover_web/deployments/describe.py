"""What an install shall be on its agent now: its settings, and all else that it is made of (`control-api §5.2`)."""

from dataclasses import dataclass, field

from django.db.models import Q

from doover_web.common.wire import BadRequest, Refused
from doover_web.control.blocks import EXTENDED, as_dict, device_entry, stamp, wanted_fields
from doover_web.control.config import Issue, errors_of
from doover_web.control.fleet_report import is_built_in
from doover_web.control.known import entries_of
from doover_web.control.layers import resolved_of
from doover_web.control.models import AppInstall
from doover_web.control.releases import Release, release_of
from doover_web.identity.auth import Caller
from doover_web.identity.flags import EVERYTHING, Rights
from doover_web.identity.given import AGENT, listed
from doover_web.identity.guard import check_gives
from doover_web.identity.models import Agent

from .plan import CLOUD, Wanted
from .starts import starts_of

MOST_DEVICES = 5_000  # of a DEVICE_MAP


@dataclass(frozen=True, slots=True)
class Described:
    """The block for `deployment_config`, the rest, and what is wrong with it."""

    block: dict
    wanted: Wanted
    release: Release | None
    issues: list[Issue] = field(default_factory=list)

    @property
    def problems(self) -> str:
        """What is wrong in words, a line each; empty when it fits."""
        return "\n".join(f"{place}: {words}" for place, texts in errors_of(self.issues).items() for words in texts)


def described(install: AppInstall, by: Caller | None) -> Described:
    """What `install` shall be. `by` must have every right that its settings give to it; None is the server itself."""
    try:
        release = release_of(install)
        resolved = resolved_of(install, release)
    except BadRequest as problem:
        return Described({}, Wanted(install.application.type), None, [Issue((), problem.message)])
    issues = list(resolved.issues)
    is_org = install.agent.kind == Agent.Kind.ORGANISATION
    starts: list[dict] = []
    if install.application.type in CLOUD:
        starts, wrong = starts_of(resolved.config)
        issues += wrong
    devices: dict | None = None
    permissions: list[dict] = []
    # The server's own generator reads what its author may: it gets no rights, and names no devices to other members.
    if EXTENDED in resolved.config and not is_built_in(install.application):
        devices, permissions = _extended(install, release, resolved.config, by, issues)
    wanted = Wanted(
        type=install.application.type,
        image=release.image,
        ui=release.ui_schema or None,
        widget=str(release.widget_id or ""),
        folder=bool(release.deployment_data),
        starts=tuple(starts),
        permissions=tuple(permissions),
        is_org=is_org,
    )
    widget = f"{install.name}_widget" if wanted.widget else ""
    return Described(stamp(resolved.config, facts_of(install), widget=widget, devices=devices), wanted, release, issues)


def facts_of(install: AppInstall) -> dict[str, str]:
    """The platform's own keys (`control-api §5.3`)."""
    return {
        "APP_KEY": install.name,
        "APP_ID": str(install.id),
        "APP_DISPLAY_NAME": install.display_name,
        "APPLICATION_NAME": install.application.name,
        "AGENT_ID": str(install.agent_id),
        "ORGANISATION_ID": str(install.agent.organisation_id),
    }


def _extended(
    install: AppInstall, release: Release, config: dict, by: Caller | None, issues: list[Issue]
) -> tuple[dict, list[dict]]:
    """The devices that an install with extended permissions knows, and its rights over them."""
    asked = as_dict(config[EXTENDED])
    found = list(_reached(install, asked)[: MOST_DEVICES + 1])
    if len(found) > MOST_DEVICES:
        issues.append(Issue((EXTENDED,), f"An application knows {MOST_DEVICES} devices at most"))
        return {}, []
    mask = asked.get("dd_permissions")
    text = str(mask) if mask not in (None, "") else str(int(EVERYTHING))
    if not (text.isascii() and text.isdigit()) or int(text) >= 1 << 64:
        issues.append(Issue((EXTENDED, "dd_permissions"), "This is a bit mask, as a decimal number"))
        return {}, []
    try:
        rights = check_gives(by, {(AGENT, one.id): Rights(int(text) & int(EVERYTHING)) for one in found})
    except Refused as refusal:
        issues.append(Issue((EXTENDED,), refusal.message))
        return {}, []
    fields = wanted_fields(release.config_schema)
    entries = {str(agent_id): device_entry(entry, fields) for agent_id, entry in entries_of(found).items()}
    return entries, listed(rights)


def _reached(install: AppInstall, asked: dict):
    """The devices of its organisation that the settings name: by id, by group, by application, or all."""
    ours = Agent.objects.devices().in_use().filter(organisation_id=install.agent.organisation_id).order_by("id")
    if asked.get("all_devices") is True:
        return ours
    groups, applications = _ids(asked.get("groups")), _ids(asked.get("apps_installed"))
    runs = AppInstall.objects.in_use().filter(application_id__in=applications)
    named = Q(pk__in=_ids(asked.get("devices"))) | Q(pk__in=runs.values("agent_id"))
    return ours.filter(named | Q(group__lineage__overlap=groups) if groups else named)


def _ids(value: object) -> list[int]:
    listed = value if isinstance(value, list) else []
    texts = [str(one) for one in listed[:MOST_DEVICES] if isinstance(one, str | int) and not isinstance(one, bool)]
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= 18]
