"""The types of elements, of both generations: what each is drawn as (`ui-schema §5, §23.2`). Pure."""

from collections.abc import Mapping
from typing import Any

APPLICATION, WARNING = "uiApplication", "uiWarningIndicator"
# Type → the template in `templates/elements/` that draws it; "" for what is not drawn.
TEMPLATES = {
    APPLICATION: "application",
    "uiVariable": "variable",
    "uiTimestamp": "timestamp",
    "uiMultiPlot": "multiplot",
    WARNING: "warning",  # no template: it stands in the strip above everything
    "uiConnectionInfo": "",
    "uiAlertStream": "alert_stream",
    "uiElement": "text",
    "uiButton": "control",
    "uiSwitch": "control",
    "uiSelect": "control",
    "uiSlider": "control",
    "uiFloatInput": "control",
    "uiTextInput": "control",
    "uiDatetimeInput": "control",
    "uiTimeInput": "control",
    "uiBoolParam": "control",
    "uiInteraction": "control",
    "uiContainer": "container",
    "uiSubmodule": "submodule",
    "uiTabs": "tabs",
    "uiRemoteComponent": "remote",
    "uiCameraHistory": "camera_history",
    "uiCameraLiveView": "camera_live",
    "uiCameraDetections": "camera_detections",
}
# Names of the first generation, and slips of the pen found in the field.
OLD = {
    "uiAction": "uiButton",
    "uiStateCommand": "uiSelect",
    "uiFloatParam": "uiFloatInput",
    "uiTextParam": "uiTextInput",
    "uiDatetimeParam": "uiDatetimeInput",
    "uiHiddenValue": "uiFloatInput",
    "uiCamera": "uiCameraHistory",
    "uiCameraFeed": "uiCameraHistory",
    "uiContianer": "uiContainer",
}
ONLY_OLD = {*OLD, "uiAlertStream"} - {"uiContianer"}
CONTROLS = {
    "uiButton",
    "uiSwitch",
    "uiSelect",
    "uiSlider",
    "uiFloatInput",
    "uiTextInput",
    "uiDatetimeInput",
    "uiTimeInput",
    "uiBoolParam",
    "uiInteraction",
}
PRESSES = {"uiButton", "uiInteraction"}  # that have no value beside them
CONTAINERS = {APPLICATION, "uiContainer", "uiSubmodule", "uiTabs", "uiRemoteComponent", "uiCameraDetections"}
READINGS = {"uiVariable", "uiTimestamp"}
DEEPEST = 20


def is_old(app: Mapping) -> bool:
    """Whether an application's tree was written by the first generation (`§23.1`)."""
    said = {key for key, value in app.items() if value is not None}
    return "statusIcon" in said or ("showActivity" in said and "fullWidth" not in app) or _has_old(app)


def _has_old(element: Any, depth: int = 0) -> bool:
    if not isinstance(element, Mapping) or depth > DEEPEST:
        return False
    kind, children = element.get("type"), element.get("children")
    if (isinstance(kind, str) and kind in ONLY_OLD) or isinstance(element.get("series"), list):
        return True
    return isinstance(children, Mapping) and any(_has_old(child, depth + 1) for child in children.values())
