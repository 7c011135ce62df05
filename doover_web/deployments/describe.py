"""What an install shall be on its agent now: its settings, and all else that it is made of (`control-api §5.2`)."""

from dataclasses import dataclass, field

import orjson
from django.db.models import Q

from doover_web.common.wire import BadRequest, Refused
from doover_web.control import layers
from doover_web.control.blocks import EXTENDED, as_dict, device_entry, stamp, wanted_fields
from doover_web.control.config import Issue, errors_of, resolve
from doover_web.control.models import AppInstall, Device
from doover_web.control.rendering import render
from doover_web.identity.auth import Caller
from doover_web.identity.flags import EVERYTHING, Rights
from doover_web.identity.given import AGENT, listed
from doover_web.identity.guard import check_gives
from doover_web.identity.models import Agent

from .plan import CLOUD, Wanted
from .release import Release, release_of
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
        given = layers_of(install)
    except BadRequest as problem:
        return Described({}, Wanted(install.application.type), None, [Issue((), problem.message)])
    resolved = resolve(release.config_schema, given, known_of(install), llm_key=install.agent.organisation.llm_api_key)
    issues = list(resolved.issues)
    is_org = install.agent.kind == Agent.Kind.ORGANISATION
    starts: list[dict] = []
    if install.application.type in CLOUD:
        starts, wrong = starts_of(resolved.config)
        issues += wrong
    devices: dict | None = None
    permissions: list[dict] = []
    if EXTENDED in resolved.config:
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


def layers_of(install: AppInstall) -> list[dict]:
    """Its configurations from the bottom up: the template's, the solution's, the profiles', its own."""
    found = layers.layers_of(install)
    return found if install.template is None else [found[0], _of_solution(install), *found[1:]]


def known_of(install: AppInstall) -> dict[str, dict]:
    """What variables stand for, and what templates are given: device, type, group, organisation."""
    agent = install.agent
    known: dict[str, dict] = {"organisation": {"id": str(agent.organisation_id), "name": str(agent.organisation)}}
    if agent.kind == Agent.Kind.DEVICE:
        entry = _devices([agent])[agent.id]
        known["device"] = {**as_dict(entry.get("extra_config")), **entry}
        known["type"] = as_dict(as_dict(entry.get("type")).get("config"))
        known["group"] = as_dict(entry.get("group"))
    return known


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


def _of_solution(install: AppInstall) -> dict:
    """What the solution's template makes of its few values for this application."""
    made_by = install.solution_install
    if made_by is None or install.template is None or not made_by.solution.jinja_template.strip():
        return {}
    solution = made_by.solution
    chosen = resolve(solution.config_schema, [solution.config, made_by.deployment_config], known_of(install))
    values = {**known_of(install), "config": chosen.config, "solution": {"display_name": solution.display_name}}
    text = render(solution.jinja_template, values, "The solution's template")
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        raise BadRequest(f"The solution's template makes no JSON: {problem}", code="bad_template") from problem
    return as_dict(as_dict(document).get(install.template.name or install.name))


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
    entries = {str(agent_id): device_entry(entry, fields) for agent_id, entry in _devices(found).items()}
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


def _devices(agents: list[Agent]) -> dict[int, dict]:
    """What is known of devices, in the words that `x-extraDeviceFields` asks in."""
    rows = Device.objects.filter(agent__in=agents).select_related("type").in_bulk()
    groups = {one.id: one.group for one in Agent.objects.filter(pk__in=[a.id for a in agents]).select_related("group")}
    entries = {}
    for agent in agents:
        row, group = rows.get(agent.id), groups[agent.id]
        entry = {"id": str(agent.id), "name": agent.name, "display_name": agent.title}
        entry |= {
            "organisation": {"id": str(agent.organisation_id)},
            "group": {"id": str(group.id), "name": group.name},
        }
        if row is not None:
            entry |= {
                name: getattr(row, name) for name in ("fa_icon", "notes", "latitude", "longitude", "extra_config")
            }
            if row.type is not None:
                entry["type"] = {"id": str(row.type_id), "name": row.type.name, "config": row.type.config}
        entries[agent.id] = {name: value for name, value in entry.items() if value is not None}
    return entries
