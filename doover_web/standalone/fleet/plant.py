"""What a simulated device is about: readings at a moment, things that can be set, commands it obeys."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from .orders import Refusal

Tags = dict[str, dict[str, Any]]


class Setting(NamedTuple):
    """A value that people may set, kept in `ui_cmds`."""

    default: Any
    fits: Callable[[Any], bool]
    rule: str


def number_from(low: float, high: float, default: float) -> Setting:
    def fits(value: Any) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high

    return Setting(default, fits, f"a number from {low:g} to {high:g}")


def one_of(*words: str) -> Setting:
    """One of `words`; the first is the default."""
    return Setting(words[0], lambda value: isinstance(value, str) and value in words, f"one of {', '.join(words)}")


def on_or_off() -> Setting:
    return Setting(False, lambda value: isinstance(value, bool), "true or false")


def time_of_day(default: int) -> Setting:
    def fits(value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 86_400

    return Setting(default, fits, "seconds into the day")


def note() -> Setting:
    return Setting("", lambda value: isinstance(value, str) and len(value) <= 500, "a text of up to 500 characters")


@dataclass(slots=True)
class Deed:
    """What a command comes to: seconds until its turn, words on the way (after each, seconds to wait), the deed, the
    answer."""

    do: Callable[[float], None]
    steps: list[tuple[float, dict]] = field(default_factory=list)
    response: dict = field(default_factory=dict)
    waits: float = 0.0


class Offset:
    """How far a quantity has been pushed off its undisturbed course; left alone it finds back."""

    def __init__(self, settle: float):
        self.value, self._settle, self._at = 0.0, settle, 0.0

    def push(self, t: float, rate: float) -> float:
        """The value at `t`, having been pushed by `rate` per second since the last look."""
        past = min(max(t - self._at, 0.0), 60.0) if self._at else 0.0
        self._at = max(t, self._at)
        if self.value or rate:
            self.value = (self.value + rate * past) * math.exp(-past / self._settle)
        return self.value

    def recall(self, value: float, then: float, t: float) -> None:
        """Go on from what was left at `then`."""
        self.value, self._at = value * math.exp(-max(0.0, t - then) / self._settle), t


class Plant(ABC):
    """The interface; a subclass per kind of device. Times are seconds since 1970.

    Untouched by commands, `tags` is a function of the moment alone, so history and the present join.
    """

    apps: ClassVar[tuple[str, ...]] = ()
    location: ClassVar[dict] = {}
    settings: ClassVar[dict[str, dict[str, Setting]]] = {}
    buttons: ClassVar[dict[str, tuple[str, ...]]] = {}
    # The channels in which it is told what to do.
    commands: ClassVar[tuple[str, ...]] = ("ui_cmds", "dv-rpc")
    # Seconds between readings; those of a sleeping device are minutes apart and it keeps no gateway session.
    period: ClassVar[float] = 3.0
    sleeps: ClassVar[bool] = False
    # Tags that change all the time and say nothing in the history.
    unlogged: ClassVar[frozenset[str]] = frozenset({"last_read"})

    def __init__(self):
        self.set = {app: {name: one.default for name, one in known.items()} for app, known in self.settings.items()}
        self.config: dict[str, dict] = {}

    @abstractmethod
    def trees(self) -> dict[str, dict]:
        """What each application draws, by app key."""

    @abstractmethod
    def tags(self, t: float) -> Tags:
        """The readings at `t`, by app key."""

    def notices(self, before: float, t: float) -> list[dict]:
        """Notifications that fell due after `before`, up to `t`."""
        return []

    def recall(self, tags: Mapping, t: float) -> None:  # noqa: B027  most have nothing to recall
        """Go on from the readings the server last got."""

    def configure(self, applications: Any) -> None:
        """Take over what `deployment_config` says of our applications."""
        known = applications if isinstance(applications, Mapping) else {}
        self.config = {app: known[app] for app in self.apps if isinstance(known.get(app), dict)}

    def configured(self, app: str, name: str, default: float) -> float:
        value = self.config.get(app, {}).get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            return value
        return default

    def adopt(self, commands: Any, t: float) -> bool:
        """Take over settings that stand in the `ui_cmds` state; True when one changed."""
        changed = False
        for app, known in self.settings.items():
            values = commands.get(app) if isinstance(commands, Mapping) else None
            for name, setting in known.items():
                value = values.get(name) if isinstance(values, Mapping) else None
                if value is not None and setting.fits(value) and value != self.set[app][name]:
                    self.change(app, name, value, t)
                    changed = True
        return changed

    def change(self, app: str, name: str, value: Any, t: float) -> None:
        self.set[app][name] = value

    def owner_of(self, app: str, method: str) -> str | None:
        """Which application obeys a command; None when none does."""
        able = [one for one in self.apps if method in self.settings.get(one, {}) or method in self.buttons.get(one, ())]
        return next((one for one in able if app in ("", one)), None)

    def order(self, app: str, method: str, request: Any, t: float) -> Deed:
        """What to do about a command of ours. Raises Refusal with the reason for the one who sent it."""
        setting = self.settings[app][method]
        if not setting.fits(request):
            raise Refusal("BAD_VALUE", f"{method} takes {setting.rule}")
        return Deed(lambda then: self.change(app, method, request, then), response={method: request})
