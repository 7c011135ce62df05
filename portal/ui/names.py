"""The one place that knows what the values of devices are called, for whoever tells of them: pages, charts, files and
messages. The page of a device is read once for each of its states, then remembered."""

from collections.abc import Iterable

from django.db.models import OuterRef, Subquery

from doover_web.data.models import Aggregate, Channel

from .naming import Names, names_of
from .tree import Documents, read_tree

PARTS = ("ui_state", "ui_overrides", "deployment_config")
State = tuple[tuple[str, int, bool], ...]  # the name, the revision and the privacy of each part
MOST, TOGETHER = 2000, 50
NOTHING = Names()
# By agent: the state of its page that was read, and the names in it. The youngest stand last.
_KNOWN: dict[int, tuple[State, Names]] = {}


def names_at(agent_ids: Iterable[int]) -> dict[int, Names]:
    """What the values of each of these devices are called; one query, and one more for every fifty pages not read
    before, whose documents may be large."""
    wanted = set(agent_ids)
    if not wanted:
        return {}
    states = _states_of(wanted)
    unknown = [agent_id for agent_id, state in states.items() if _KNOWN.get(agent_id, (None,))[0] != state]
    for start in range(0, len(unknown), TOGETHER):
        for agent_id, documents in _documents_of(unknown[start : start + TOGETHER]).items():
            _KNOWN.pop(agent_id, None)
            _KNOWN[agent_id] = (states[agent_id], _names_in(documents, states[agent_id]))
    known = {agent_id: _KNOWN.get(agent_id) for agent_id in states}
    while len(_KNOWN) > MOST:
        _KNOWN.pop(next(iter(_KNOWN)), None)
    return {agent_id: one[1] for agent_id, one in known.items() if one is not None}


def _states_of(agent_ids: set[int]) -> dict[int, State]:
    """How the parts of each page stand that has been drawn at all."""
    revision = Aggregate.objects.filter(agent_id=OuterRef("agent_id"), channel_id=OuterRef("id")).values("revision")
    channels = Channel.objects.filter(agent_id__in=agent_ids, name__in=PARTS).annotate(at=Subquery(revision[:1]))
    found: dict[int, list[tuple[str, int, bool]]] = {}
    for agent_id, name, at, is_private in channels.values_list("agent_id", "name", "at", "is_private"):
        if at is not None:
            found.setdefault(agent_id, []).append((name, at, is_private))
    return {key: tuple(sorted(parts)) for key, parts in found.items() if any(one[0] == PARTS[0] for one in parts)}


def _documents_of(agent_ids: list[int]) -> dict[int, dict]:
    data = Aggregate.objects.filter(agent_id=OuterRef("agent_id"), channel_id=OuterRef("id")).values("data")
    channels = Channel.objects.filter(agent_id__in=agent_ids, name__in=PARTS).annotate(data=Subquery(data[:1]))
    found: dict[int, dict] = {agent_id: {} for agent_id in agent_ids}
    for agent_id, name, document in channels.values_list("agent_id", "name", "data"):
        found[agent_id][name] = document
    return found


def _names_in(documents: dict, state: State) -> Names:
    """The names in a page. Of one that is not for everybody only what it wants to be silent of counts; other parts that
    are not are passed over."""
    private = {name for name, _revision, is_private in state if is_private}
    layout, overrides, config = (documents.get(name) if name not in private - {PARTS[0]} else None for name in PARTS)
    names = names_of(read_tree(Documents(layout, overrides, config=config)))
    return Names(quiet=names.quiet) if PARTS[0] in private else names
