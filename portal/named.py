"""What the values of several devices are called on their pages."""

from django.db.models import QuerySet

from doover_web.data.across import states_of
from doover_web.identity.models import Agent

from .ui.naming import Named, named_values
from .ui.tree import Documents, read_tree


def named_at(agents: QuerySet[Agent]) -> dict[int, dict[str, Named]]:
    """The names by device and place, in two queries; each page is read whole, so for a few devices."""
    pages, changes = states_of(agents, "ui_state"), states_of(agents, "ui_overrides")
    return {
        agent_id: named_values(read_tree(Documents(ui_state=page, overrides=changes.get(agent_id))))
        for agent_id, page in pages.items()
    }
