"""What documents of the first generation say in their own way (`ui-schema §23`). Pure."""

from typing import Any

from doover_web.common.presence import mapping

from . import kinds
from .element import Element

# Where the author of an old document said nothing, these ask before they act.
ASKS = {"uiStateCommand", "uiSlider", "uiInteraction"}


def adapt(element: Element, written: str, commands: Any) -> None:
    """Bring an element of an old document to today's words; `written` is the type it had."""
    props = dict(element.props)
    element.props = props
    if element.is_control:
        element.value = command_value(commands, element.name, element.value)
        if props.get("requiresConfirm") is None:
            props["requiresConfirm"] = written in ASKS
    if written == "uiStateCommand":
        props["options"] = props.get("options") or props.get("userOptions")
    elif written == "uiDatetimeParam":
        props["pickers"] = ["date"] if props.get("includeTime") is False else ["date", "time"]
    elif written == "uiHiddenValue":
        # Carried for the application; shown once a command of its name has a value.
        element.hidden = element.hidden or command_value(commands, element.name, None) is None
    elif written in ("uiCamera", "uiCameraFeed"):
        props.setdefault("cameraName", element.name)


def command_value(commands: Any, name: str, otherwise: Any) -> Any:
    """The value of a control: flat in `ui_cmds`, or below `cmds` for the oldest; else what the element says itself."""
    document = mapping(commands)
    found = document.get(name)
    if found is None or isinstance(found, dict):
        found = mapping(document.get("cmds")).get(name)
    return otherwise if found is None else found


def adapt_plots(parent: Element) -> None:
    """The parallel lists of an old plot become series, named after the variables beside it."""
    variables = {one.name: one for one in parent.children if one.type in kinds.READINGS}
    for plot in parent.children:
        names = plot.props.get("series")
        if plot.type != "uiMultiPlot" or not isinstance(names, list):
            continue
        series: dict[str, dict] = {}
        for index, name in enumerate(names):
            if (variable := variables.get(name if isinstance(name, str) else "")) is None:
                continue
            series[variable.name] = {
                "name": variable.name,
                "displayString": variable.label,
                "units": variable.units,
                "value": variable.value,
                "field": variable.history,
                "dataType": {"bool": "boolean", "string": "string"}.get(str(variable.props.get("varType")), "number"),
                "colour": _at(plot.props.get("colours"), index),
                "active": _at(plot.props.get("activeSeries"), index) is not False,
                "sharedAxis": _at(plot.props.get("sharedAxis"), index),
                "ranges": variable.props.get("ranges"),
            }
        plot.props = {**plot.props, "series": series}


def _at(values: Any, index: int) -> Any:
    return values[index] if isinstance(values, list) and index < len(values) else None
