"""What lists show of the pages of devices: read once for each state of a page, then remembered."""

from dataclasses import dataclass

from django.db.models import OuterRef

from doover_web.data.across import states_of
from doover_web.data.models import Aggregate, Channel
from doover_web.identity.models import Agent

from .ui.key_values import Choice, choices_of
from .ui.tree import overridden
from .ui.warned import Warned, reads, settled, warnings_of

Revisions = dict[str, int | None]  # of the parts of its page
Key = tuple[int, int | None, int | None, int | None, tuple[str, ...]]
MOST = 5000
PARTS = ("ui_state", "ui_overrides", "deployment_config")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The numbers that stand for a device, and the warnings it may show."""

    values: tuple[Choice, ...] = ()
    warnings: tuple[Warned, ...] = ()
    reads_commands: bool = False  # whether a control decides over a warning


NOTHING = Chosen()
# By agent, revisions of the parts of its page, and what its type names.
_KNOWN: dict[Key, Chosen] = {}


def chosen_of(agents: list[Agent]) -> dict[int, Chosen]:
    """For each of these devices: from memory where page and type are as they were, else from the document."""
    channels = Channel.objects.filter(agent_id__in=[one.id for one in agents], name__in=PARTS, is_private=False)
    revision = Aggregate.objects.filter(agent_id=OuterRef("agent_id"), channel_id=OuterRef("id")).values("revision")
    revisions: dict[int, Revisions] = {}
    for agent_id, name, at in channels.values_list("agent_id", "name", revision[:1]):
        revisions.setdefault(agent_id, {})[name] = at
    keys: dict[int, Key] = {
        one.id: (one.id, *(revisions.get(one.id, {}).get(part) for part in PARTS), _named_by_type(one))  # type: ignore[misc]
        for one in agents
    }
    if unknown := [agent_id for agent_id, key in keys.items() if key not in _KNOWN]:
        _read([keys[agent_id] for agent_id in unknown])
    found = {agent_id: _KNOWN.get(key, NOTHING) for agent_id, key in keys.items()}
    if len(_KNOWN) > MOST:
        _KNOWN.clear()
    return found


def _read(keys: list[Key]) -> None:
    layouts, overrides = (_documents([key[0] for key in keys if key[at] is not None], PARTS[at - 1]) for at in (1, 2))
    pages = {key: overridden(layouts.get(key[0]), overrides.get(key[0])) for key in keys}
    warnings = {key: warnings_of(page) for key, page in pages.items()}
    configs = _documents([key[0] for key in keys if reads(warnings[key], "config")], PARTS[2])
    for key, page in pages.items():
        shown = settled(warnings[key], configs.get(key[0]))
        _KNOWN[key] = Chosen(choices_of(page, key[4]), shown, reads(shown, "cmds"))


def _documents(agent_ids: list[int], name: str) -> dict[int, dict]:
    return states_of(Agent.objects.filter(pk__in=agent_ids), name) if agent_ids else {}


def _named_by_type(agent: Agent) -> tuple[str, ...]:
    device = getattr(agent, "as_device", None)
    return device.type.named_values if device and device.type else ()
