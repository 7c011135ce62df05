"""Parts of a `ui_state` tree as applications write them. Pure."""

from typing import Any


def application(key: str, title: str, *children: dict, icon: str, colour: str, position: int) -> dict:
    """The tree of one application; its children are numbered in the order given."""
    return {
        "type": "uiApplication",
        "name": key,
        "displayString": title,
        "position": position,
        "hidden": "$config.app().interpreter_hidden:boolean:false",
        "fullWidth": False,
        "defaultOpen": True,
        "icon": icon,
        "colour": colour,
        "children": _numbered(children),
    }


def group(name: str, label: str, *children: dict, status: str = "") -> dict:
    """A folded part of an application."""
    said = {"statusString": status} if status else {}
    return _element("uiSubmodule", name, label, defaultOpen=False, children=_numbered(children), **said)


def number(name: str, label: str, units: str, decimals: int, **more: Any) -> dict:
    """A reading; `more` may hold form, ranges, thresholds and the like."""
    value = f"$tag.app().{name}:number:null"
    shown = {"currentValue": value, "units": units, "decPrecision": decimals, "varType": "float", **more}
    return _element("uiVariable", name, label, **shown)


def words(name: str, label: str, **more: Any) -> dict:
    value = f"$tag.app().{name}:string:null"
    return _element("uiVariable", name, label, currentValue=value, varType="string", **more)


def flag(name: str, label: str, **more: Any) -> dict:
    value = f"$tag.app().{name}:boolean:false"
    return _element("uiVariable", name, label, currentValue=value, varType="bool", **more)


def moment(name: str, label: str, **more: Any) -> dict:
    value = f"$tag.app().{name}:number:null"
    return _element("uiTimestamp", name, label, currentValue=value, varType="timestamp", **more)


def camera(name: str, label: str, channel: str) -> dict:
    """The pictures that come on `channel`."""
    return _element("uiCameraHistory", name, label, cameraName=channel, ptzControl=False)


def warning(name: str, label: str, *, can_cancel: bool = False) -> dict:
    """Shown while the tag `<name>_hidden` is false; one that `can_cancel` may be put away by whoever has seen it."""
    hidden = f"$tag.app().{name}_hidden:boolean:true"
    told = {"currentValue": _command(name), "can_cancel": can_cancel, "hidden": hidden}
    return _element("uiWarningIndicator", name, label, **told)


def button(name: str, label: str, **more: Any) -> dict:
    timeouts = {"commandTimeout": 10_000, "commandPendingTimeout": 60_000}
    return _element("uiButton", name, label, currentValue=_command(name), **timeouts, **more)


def choice(name: str, label: str, options: dict[str, str], default: str) -> dict:
    """One of `options`, name to label, shown in this order."""
    listed = {key: {"name": key, "displayString": shown, "type": "uiElement"} for key, shown in options.items()}
    return _control("uiSelect", name, label, default, options=listed)


def slider(name: str, label: str, units: str, low: float, high: float, step: float, default: float) -> dict:
    scale = {"units": units, "min": low, "max": high, "stepSize": step, "dualSlider": False, "isInverted": False}
    return _control("uiSlider", name, label, default, **scale)


def switch(name: str, label: str) -> dict:
    return _control("uiSwitch", name, label, False)


def number_field(name: str, label: str, units: str, low: float, high: float, default: float) -> dict:
    return _control("uiFloatInput", name, label, default, units=units, min=low, max=high)


def time_field(name: str, label: str, default: int) -> dict:
    return _control("uiTimeInput", name, label, default)


def text_field(name: str, label: str) -> dict:
    return _element("uiTextInput", name, label, currentValue=_command(name), isTextArea=True, commandTimeout=10_000)


def plot(name: str, label: str, **series: dict) -> dict:
    """A chart of several tags, from name to `line(…)`."""
    named = {key: {"name": key, "lookup": f"$tag.app().{key}:number:null", **one} for key, one in series.items()}
    return _element("uiMultiPlot", name, label, title=label, defaultZoom="24h", series=named)


def line(label: str, units: str, colour: str, **more: Any) -> dict:
    return {"displayString": label, "dataType": "number", "units": units, "colour": colour, "active": True, **more}


def band(label: str, low: float, high: float, colour: str) -> dict:
    """One range of a gauge."""
    return {"label": label, "min": low, "max": high, "colour": colour, "show_on_graph": True}


def _control(kind: str, name: str, label: str, default: Any, **more: Any) -> dict:
    value = f"{_command(name)}::{default}"
    return _element(kind, name, label, currentValue=value, default=default, commandTimeout=10_000, **more)


def _command(name: str) -> str:
    return f"$cmds.app().{name}"


def _element(kind: str, name: str, label: str, **more: Any) -> dict:
    return {"name": name, "type": kind, "displayString": label, "hidden": False, **more}


def _numbered(children: tuple[dict, ...]) -> dict:
    return {child["name"]: {**child, "position": place} for place, child in enumerate(children, 51)}
