"""Controls of a device page (`ui-schema §5.2, §10`): what the document declares, as one value. Pure.

It takes elements whose lookups are resolved; what the document holds may be anything, so every key is read with care.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from doover_web.common.presence import mapping, number

from .commands import FOREVER, Command, Timing
from .values import colour_of

if TYPE_CHECKING:
    from .element import Element

KINDS = {
    "uiButton": "button",
    "uiInteraction": "interaction",
    "uiSwitch": "switch",
    "uiBoolParam": "switch",
    "uiSelect": "select",
    "uiSlider": "slider",
    "uiFloatInput": "number",
    "uiTextInput": "text",
    "uiDatetimeInput": "moment",
    "uiTimeInput": "time",
}
FEW, MOST_OPTIONS, MOST_COLOURS = 4, 500, 12
LONGEST = 10_000


@dataclass(frozen=True, slots=True)
class Confirm:
    """The question before a command; without texts the page finds its own. `asks_why` brings a box for a reason."""

    title: str = ""
    subtitle: str = ""
    warning: str = ""
    help: str = ""
    is_grave: bool = False
    asks_why: bool = False
    must_say_why: bool = False
    why_label: str = ""
    why_hint: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: the name that is sent, the words that are shown."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Control:
    """A control as it is declared. `is_old`: of the first generation, which takes values and no commands."""

    app: str
    name: str
    kind: str
    label: str
    value: Any = None
    units: str = ""
    caption: str = ""
    low: float | None = None
    high: float | None = None
    step: float | None = None
    decimals: int | None = None
    is_dual: bool = False
    is_inverted: bool = False
    colours: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    is_area: bool = False
    has_date: bool = True
    has_time: bool = True
    earliest_ms: float | None = None
    latest_ms: float | None = None
    in_seconds: bool = False
    confirm: Confirm | None = None
    timing: Timing = FOREVER
    is_direct: bool = False
    is_global: bool = False
    is_old: bool = False
    is_disabled: bool = False
    way: str = ""  # the keys down to the element, below its application
    is_twin: bool = False  # others of its application have its name

    @property
    def key(self) -> str:
        """The application and the name that commands call it by; several may have the same."""
        return f"{self.app}/{self.name}"

    @property
    def place(self) -> str:
        """What it alone is called: the application and the way to the element."""
        return f"{self.app}/{self.way or self.name}"

    def is_meant(self, command: Command) -> bool:
        """Whether a command of its name was given at it, or somewhere that does not tell of which."""
        return command.element in ("", self.way or self.name)

    @property
    def shows_value(self) -> bool:
        """Whether there is a value beside the label; a press is none."""
        return self.kind not in ("button", "interaction")

    @property
    def is_short(self) -> bool:
        """Few enough options to stand side by side."""
        return len(self.options) <= FEW and sum(len(one.label) for one in self.options) <= 32

    def takes(self, name: str) -> Option | None:
        return next((one for one in self.options if one.name == name), None)


def control_of(element: "Element") -> Control | None:
    """The control of an element; None when it is none."""
    kind, props = KINDS.get(element.type), element.props
    if kind is None:
        return None
    return Control(
        app=element.app_key,
        name=element.name,
        kind=kind,
        label=element.label,
        value=element.value,
        units=element.units,
        caption=text(props.get("labelString")),
        confirm=_confirm(props.get("requiresConfirm")),
        timing=_timing(props),
        is_direct=flag(props.get("direct")),
        is_global=flag(props.get("global")),
        is_old=element.old,
        is_disabled=flag(props.get("disabled")) or not element.is_available,
        in_seconds=element.old,
        way="/".join(element.path),
        **_limits(kind, props),
    )


def _limits(kind: str, element: Mapping) -> dict[str, Any]:
    """What the kind declares of its values."""
    match kind:
        case "slider":
            return _scale(element)
        case "number":
            return {"low": number(element.get("min")), "high": number(element.get("max")), **_decimals(element)}
        case "select":
            return {"options": _options(element.get("options"))}
        case "text":
            return {"is_area": flag(element.get("isTextArea"))}
        case "moment":
            return _pickers(element)
    return {}


def _scale(element: Mapping) -> dict[str, Any]:
    low, high, step = (number(element.get(key)) for key in ("min", "max", "stepSize"))
    low = 0.0 if low is None else low
    high = low + 100 if high is None or high <= low else high
    colours = element.get("colours")
    named = [colour_of(one.strip()) for one in colours.split(",")] if isinstance(colours, str) else []
    return {
        "low": low,
        "high": high,
        "step": 0.1 if step is None or step <= 0 else step,
        "is_dual": flag(element.get("dualSlider"), absent=True),
        "is_inverted": flag(element.get("isInverted"), absent=True),
        "colours": tuple(one for one in named if one)[:MOST_COLOURS],
        **_decimals(element),
    }


def _decimals(element: Mapping) -> dict[str, Any]:
    places = number(element.get("decPrecision"))
    return {"decimals": None if places is None else int(min(max(places, 0), 10))}


def _options(declared: Any) -> tuple[Option, ...]:
    """Choices in the order of the document; the key is the name that counts."""
    named = list(mapping(declared).items())[:MOST_OPTIONS]
    shown = ((name, text(mapping(one).get("displayString")) or text(one) or str(name)) for name, one in named)
    return tuple(Option(str(name), label) for name, label in shown)


def _pickers(element: Mapping) -> dict[str, Any]:
    pickers = element.get("pickers")
    asked = set(pickers) & {"date", "time"} if isinstance(pickers, list) and all(map(_is_text, pickers)) else set()
    asked = asked or {"date", "time"}
    direction = element.get("direction")
    past, future = number(element.get("maxPast")), number(element.get("maxFuture"))
    return {
        "has_date": "date" in asked,
        "has_time": "time" in asked,
        "earliest_ms": 0.0 if direction == "future" else None if past is None else -past,
        "latest_ms": 0.0 if direction == "past" else future,
    }


def _timing(element: Mapping) -> Timing:
    first, silence, again = (
        found if found is not None and found > 0 else None
        for found in map(number, map(element.get, ("commandTimeout", "commandPendingTimeout", "commandRetryTimeout")))
    )
    return Timing(first, silence, again)


def _confirm(declared: Any) -> Confirm | None:
    if not isinstance(declared, Mapping):
        return Confirm() if flag(declared) else None
    audit, texts = declared.get("audit"), mapping(declared.get("audit"))
    return Confirm(
        title=text(declared.get("title")),
        subtitle=text(declared.get("subtitle")),
        warning=text(declared.get("warningReason")),
        help=text(declared.get("helpText")),
        is_grave=colour_of(declared.get("colour")) in ("red", "tomato"),
        asks_why=bool(audit),
        must_say_why=flag(texts.get("required")),
        why_label=text(texts.get("label")),
        why_hint=text(texts.get("placeholder")),
    )


def flag(value: Any, *, absent: bool = False) -> bool:
    """A yes or no, as documents write it."""
    if value is None:
        return absent
    return value.strip().lower() in ("true", "1", "yes") if isinstance(value, str) else bool(value)


def text(value: Any) -> str:
    if isinstance(value, str):
        return value[:LONGEST]
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
