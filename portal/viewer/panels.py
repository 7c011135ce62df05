"""The panels of a channel page: one opens at a time, above state and messages, by `?panel=…` in the address.

A panel is a line in `PANELS` and a template in `templates/viewer/panels/`. Its scripts stand in its template, so that a
page that does not open it does not load them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy


@dataclass(frozen=True, slots=True)
class Panel:
    """`key` in the address, `title` on the tab, the `template`, and the dotted path of a function that takes the page
    (request, reach, channel, state, base) and gives what the template shows."""

    key: str
    title: str
    template: str
    context: str
    # The part that scripts read again (`&part=panel`) when something happens on the channel.
    fragment: str = ""
    # Only channels whose names begin so have it.
    prefix: str = ""

    def shown(self, page: Any) -> dict:
        gather: Callable[[Any], dict] = import_string(self.context)
        return gather(page)


# In the order of their tabs.
PANELS: Sequence[Panel] = (
    Panel(
        "alarms",
        gettext_lazy("Alarms"),
        "viewer/panels/alarms.html",
        "portal.viewer.alarms.panel",
        "viewer/panels/_alarm_rows.html",
    ),
    Panel("chart", gettext_lazy("Chart"), "viewer/panels/_chart.html", "portal.viewer.chart.context"),
    Panel(
        "subscriptions",
        gettext_lazy("Subscriptions"),
        "viewer/panels/subscriptions.html",
        "portal.viewer.watchers.shown",
        "viewer/panels/_subscriptions.html",
    ),
    Panel("one-shot", "One-shot", "viewer/panels/one_shot.html", "portal.viewer.watchers.one_shots"),
    Panel(
        "calls",
        gettext_lazy("Calls"),
        "viewer/panels/calls.html",
        "portal.viewer.calls.shown",
        "viewer/panels/_calls.html",
    ),
    Panel("runs", gettext_lazy("Runs"), "viewer/panels/runs.html", "portal.viewer.runs.shown", prefix="!"),
    Panel("csv", gettext_lazy("Export and import"), "viewer/panels/_csv.html", "portal.viewer.csv_files.context"),
    Panel("keeping", gettext_lazy("Keeping"), "viewer/panels/keeping.html", "portal.viewer.keeping.shown"),
)


def open_panel(asked: str) -> Panel | None:
    """The panel of this key, None when the address opens none that there is."""
    return next((panel for panel in PANELS if panel.key == asked), None)
