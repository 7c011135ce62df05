"""What a bulk job does to one device: each kind of change can be looked at, made and taken back."""

from abc import ABC, abstractmethod
from typing import Any

from doover_web.common.wire import BadRequest, Conflict
from doover_web.control.actions.device import change_device, set_device_archived
from doover_web.control.config import errors_of, issues_of, resolve
from doover_web.control.layers import layers_of
from doover_web.control.models import AppInstall, Application, Device
from doover_web.control.tags import check_tags, read_tags
from doover_web.identity import audit
from doover_web.identity.actions.group import move_device
from doover_web.identity.auth import Caller
from doover_web.identity.guard import check_right
from doover_web.identity.models import Agent, Group, Organisation
from doover_web.identity.permissions import Rights, rights_over

from ..access import INSTALL
from ..own import changed, describe_as, own_of, put
from .deployment import deploy
from .rollout import read_profiles

PROFILES = "config_profile_ids"
MOST_INSTALLS = 100  # of an application on one device


class Change(ABC):
    """One kind of change with its parameters. `look` and `make` answer with what it was before and is after."""

    def __init__(self, parameters: dict[str, Any]):
        self.parameters = parameters

    @classmethod
    @abstractmethod
    def read(cls, value: dict[str, Any], organisation: Organisation, by: Caller) -> dict[str, Any]:
        """The parameters as they are stored. BadRequest when they do not fit."""

    @abstractmethod
    def look(self, device: Agent) -> tuple[dict, dict]:
        """What is now, and what would be; the same for a device that is like that already. Raises what it refuses."""

    @abstractmethod
    def set(self, device: Agent, state: dict, by: Caller) -> None:
        """Have the device be like `state`, as `look` describes it."""


class Move(Change):
    """Into another group."""

    @classmethod
    def read(cls, value, organisation, by):
        group = Group.objects.in_use().filter(pk=_id(value, "group_id"), organisation=organisation).first()
        if group is None or not rights_over(by, group) & Rights.GROUP_VIEW:
            raise BadRequest("parameters.group_id: there is no such group that you may use", code="bad_parameters")
        check_right(by, group, Rights.CREATE, "device_create")
        return {"group_id": str(group.id)}

    def look(self, device):
        return {"group_id": str(device.group_id)}, dict(self.parameters)

    def set(self, device, state, by):
        group = Group.objects.filter(pk=int(state["group_id"])).first()
        if group is None:
            raise Conflict("The group is gone", code="gone")
        move_device(device=device, group=group, by=by)


class Archive(Change):
    """Out of the trees, or back."""

    to = True

    @classmethod
    def read(cls, value, organisation, by):
        return {}

    def look(self, device):
        return {"archived": device.archived_at is not None}, {"archived": self.to}

    def set(self, device, state, by):
        set_device_archived(device=device, on=state["archived"], by=by)


class Unarchive(Archive):
    to = False


class Tag(Change):
    """Tags put on, and taken off."""

    @classmethod
    def read(cls, value, organisation, by):
        found = {name: read_tags(value.get(name), f"parameters.{name}") for name in ("add", "remove")}
        if not any(found.values()):
            raise BadRequest("parameters: name tags to add or to remove", code="bad_parameters")
        return found

    def look(self, device):
        tags = Device.objects.tags_of(device)
        kept = [one for one in tags if one not in self.parameters["remove"]]
        wanted = check_tags([*kept, *self.parameters["add"]])
        return {"tags": tags}, {"tags": wanted}

    def set(self, device, state, by):
        change_device(device=device, fields={"tags": state["tags"]}, by=by)


class Configure(Change):
    """A merge into the settings of an application's installs, or other profiles for them; deployed if wanted."""

    @classmethod
    def read(cls, value, organisation, by):
        found = Application.objects.visible_to(by.standing).filter(pk=_id(value, "application_id")).first()
        if found is None:
            raise BadRequest("parameters.application_id: there is no such application", code="bad_parameters")
        config, profiles = value.get("config") or {}, value.get("config_profile_ids")
        if not isinstance(config, dict) or (not config and profiles is None):
            raise BadRequest("parameters.config: an object that is merged into the settings", code="bad_parameters")
        if not isinstance(value.get("deploy", False), bool):
            raise BadRequest("parameters.deploy: true or false", code="bad_parameters")
        kept = {"application_id": str(found.id), "config": config, "deploy": value.get("deploy", False)}
        return kept if profiles is None else {**kept, PROFILES: read_profiles(profiles, found, organisation)}

    def look(self, device):
        before, after = {}, {}
        for install in self._installs(device):
            number, now = str(install.id), _settings_of(install)
            wanted = changed(now, {key: self.parameters[key] for key in ("config", PROFILES) if key in self.parameters})
            before[number], after[number] = now, wanted
            describe_as(install, wanted)
            _check_fits(install)
        if not before:
            raise Conflict("The application is not installed here", code="not_installed")
        return before, after

    def set(self, device, state, by):
        check_right(by, device, Rights.CONFIGURE, "device_configure")
        for install in self._installs(device):
            if str(install.id) in state:
                put(install, state[str(install.id)])
                audit.record(
                    "app.config_changed",
                    actor=by,
                    subject=device,
                    organisation_id=device.organisation_id,
                    app_key=install.name,
                )
                if self.parameters["deploy"]:
                    deploy(install=install, by=by)

    def _installs(self, device: Agent) -> list[AppInstall]:
        found = AppInstall.objects.in_use().filter(agent=device, application_id=int(self.parameters["application_id"]))
        return list(found.select_related(*INSTALL).order_by("id")[:MOST_INSTALLS])


KINDS: dict[str, type[Change]] = {
    "move": Move,
    "tag": Tag,
    "archive": Archive,
    "unarchive": Unarchive,
    "configure": Configure,
}


def _settings_of(install: AppInstall) -> dict:
    """Its own settings and profiles; which release it runs is no matter here."""
    return {key: value for key, value in own_of(install).items() if key != "version"}


def _check_fits(install: AppInstall) -> None:
    """Refuse settings that are wrong; what is missing may still come."""
    schema = install.application.config_schema
    resolved = resolve(schema, layers_of(install))
    wrong = [issue for issue in issues_of(schema, resolved.config) if not issue.is_missing]
    if wrong:
        [(place, texts), *_] = errors_of(wrong).items()
        raise BadRequest(f"{place}: {texts[0]}", code="invalid")


def _id(value: dict[str, Any], name: str) -> int:
    text = str(value.get(name, ""))
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise BadRequest(f"parameters.{name}: an id is a decimal number", code="bad_parameters")
    return int(text)
