"""What has to be done so that an agent runs what is wanted, given what stands there (pure, `control-api §5.3`).

Every step can be done again without harm, so a deployment that was cut short begins anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CLOUD = ("PRO", "INT", "REP")  # run by functions in the cloud
ON_DEVICE = ("DEV",)


@dataclass(frozen=True, slots=True)
class Wanted:
    """All that an install is made of on its agent, beside its settings; as JSON in `Deployment.wanted`."""

    type: str
    image: str = ""
    ui: dict | None = None
    widget: str = ""  # the id of the uploaded bundle
    folder: bool = False  # there is a deployment folder with a compose file
    starts: tuple[dict, ...] = ()
    permissions: tuple[dict, ...] = ()
    is_org: bool = False

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Wanted":
        known = {name: stored[name] for name in cls.__dataclass_fields__ if name in stored}
        return cls(**{**known, "starts": tuple(known["starts"]), "permissions": tuple(known["permissions"])})

    def stored(self) -> dict[str, Any]:
        named = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**named, "starts": list(self.starts), "permissions": list(self.permissions)}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, under the application's `key`; `words` are for the log."""

    key: str
    words: str = ""


class DropSettings(Step):
    """Take the block out of `deployment_config`."""


class DropInterface(Step):
    """Take the tree out of `ui_state`."""


class DropFunction(Step):
    """Nothing starts the function any more, and its tokens end."""


class SendAway(Step):
    """Tell the device to stop the containers."""


@dataclass(frozen=True, slots=True)
class PutSettings(Step):
    block: dict = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PutInterface(Step):
    tree: dict = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HangWidget(Step):
    upload: str = ""


@dataclass(frozen=True, slots=True)
class PutFunction(Step):
    starts: tuple[dict, ...] = ()
    permissions: tuple[dict, ...] = ()
    is_org: bool = False


@dataclass(frozen=True, slots=True)
class TellDevice(Step):
    """Comes last: from here on the device's own report decides."""

    image: str = ""
    folder: bool = False


def steps_to(key: str, wanted: Wanted, block: dict, before: tuple[str, Wanted] | None = None) -> list[Step]:
    """The steps to have `wanted` stand under `key`; `before` is the key and the make of what stands there now."""
    old_key, old = before or (key, None)
    steps: list[Step] = []
    if old is not None and old_key != key:
        steps += steps_away(old_key, old)
        old = None
    steps.append(PutSettings(key, "Settings", block))
    if wanted.widget:
        steps.append(HangWidget(key, "Widget", wanted.widget))
    if wanted.ui:
        steps.append(PutInterface(key, "Interface", wanted.ui))
    elif old is not None and old.ui:
        steps.append(DropInterface(key, "The old interface goes"))
    if wanted.type in CLOUD:
        steps.append(PutFunction(key, "What starts it", wanted.starts, wanted.permissions, wanted.is_org))
    if wanted.type in ON_DEVICE and not wanted.is_org:
        steps.append(TellDevice(key, "The device is told", wanted.image, wanted.folder))
    return steps


def steps_away(key: str, standing: Wanted) -> list[Step]:
    """The steps to take away what stands under `key`."""
    steps: list[Step] = [DropSettings(key, f"The settings of {key} go")]
    if standing.ui or standing.type in CLOUD:
        # A function draws its own interface, if any.
        steps.append(DropInterface(key, f"The interface of {key} goes"))
    if standing.type in CLOUD:
        steps.append(DropFunction(key, f"Nothing starts {key} any more"))
    if standing.type in ON_DEVICE and not standing.is_org:
        steps.append(SendAway(key, f"The device is told to stop {key}"))
    return steps


def needs_device(steps: list[Step]) -> bool:
    """Whether only the device can say that all of this is done."""
    return bool(steps) and isinstance(steps[-1], TellDevice | SendAway)


# The device's report.

WORDS = {
    "SUC": ("SUC", "SUCCESS", "SUCCEEDED", "OK", "DONE", "COMPLETE"),
    "FAI": ("FAI", "FAIL", "FAILED", "ERROR"),
    "RUN": ("RUN", "RUNNING", "PENDING", "STARTED"),
}
CODES = {word: code for code, words in WORDS.items() for word in words}


@dataclass(frozen=True, slots=True)
class Report:
    """What a device says of a deployment: RUN while it works, SUC or FAI in the end."""

    code: str
    detail: str = ""
    log: str = ""


def report_of(data: Any) -> Report | None:
    """The report in a `docker_deployment` message that its device changed (`edge §7.2`); None for none.

    A device of the vendor's says nothing that is known here: its changing the message is the report.
    """
    if not isinstance(data, dict):
        return None
    status, log = data.get("status"), _text(data.get("log"))
    if status is None:
        return Report("SUC", "The device answered", log)
    code = status.get("code") if isinstance(status, dict) else status
    detail = _text(status.get("detail")) if isinstance(status, dict) else ""
    known = CODES.get(code.upper()) if isinstance(code, str) else None
    return Report(known or "RUN", detail, log)


def standing_of(actual: Any, config_rev: str) -> Report | None:
    """The same, from what the device keeps of an application in the state; None when it is of another deployment."""
    if not isinstance(actual, dict) or str(actual.get("config_rev", "")) != config_rev:
        return None
    if actual.get("error"):
        return Report("FAI", _text(actual["error"]))
    return Report("SUC", "The device runs it") if actual.get("state") in ("running", "healthy") else None


def _text(value: Any) -> str:
    return value[:8000] if isinstance(value, str) else ""
