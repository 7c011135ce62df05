"""Everything the channel page shows, gathered."""

import functools

from django.utils import timezone
from django.utils.translation import gettext as _

from doover_web.common.window import Window
from doover_web.common.wire import BadRequest
from doover_web.data.access import RESERVED
from doover_web.identity.permissions import Rights
from doover_web.pages import words

from . import tree
from .files import file_rows
from .listing import address_of, channels_of
from .messages import PAGE, Filters, entries_of, find_messages, names_of, pretty, read_filters, read_page
from .panels import PANELS, open_panel


class ChannelPage:
    """One request for a channel page: the state as a tree, a page of messages, the forms."""

    def __init__(self, request, reach, owner, agent_key, channel, state, path, draft):
        self.request, self.reach, self.owner, self.agent_key = request, reach, owner, agent_key
        self.channel, self.state, self.draft = channel, state, draft
        self.document = tree.read_json(state.data)
        found, wanted = tree.find_path(self.document, path), "/".join(filter(None, path.split("/")))
        self.missing = "" if "/".join(found) == wanted else wanted
        self.focus = () if self.missing else found
        self.filter_problem = ""

    def context(self) -> dict:
        nodes, more = tree.draw(self.document, timezone.localtime(), self.focus)
        return {
            "section": "channels",
            "agent": self.owner,
            "agent_key": self.agent_key,
            "channel": self.channel,
            "channels": channels_of(self.reach, current=self.channel.name),
            "base": self.base,
            "steps": tree.steps_of(nodes),
            "more": more,
            "focus": self.focus,
            "missing": self.missing,
            "focus_words": ".".join(self.focus),
            "key_count": len(self.document),
            "state_size": words.size(len(self.state.data)),
            "changed_at": words.from_ms(self.state.last_updated) if self.state.last_updated else None,
            "revision": self.state.revision,
            "state_files": file_rows(self.reach.agent_id, self.state.attached),
            "zone_label": words.zone_label(timezone.localtime()),
            **self.rights(),
            **self._messages(),
            **self._forms(),
            **self._panel(),
        }

    @functools.cached_property
    def base(self) -> str:
        return address_of(self.agent_key, self.channel.name)

    def rights(self) -> dict:
        rights = self.reach.rights
        why = ""
        if not rights & Rights.CONTROL:
            why = _("You may look at this agent's channels, not change them. An administrator can give you control.")
        elif self.channel.name in RESERVED and not self._may_write_reserved():
            why = _("%(channel)s is written by the platform.") % {"channel": self.channel.name}
        return {"may_write": not why, "read_only_because": why, "may_read_history": bool(rights & Rights.HISTORY)}

    def _may_write_reserved(self) -> bool:
        needed = RESERVED[self.channel.name]
        return needed is not None and bool(self.reach.rights & needed)

    def _messages(self) -> dict:
        if not self.reach.rights & Rights.HISTORY:
            return {"filters": Filters()}
        filters, window = Filters(), Window(limit=PAGE)
        try:
            filters, window = read_filters(self.request.GET), read_page(self.request.GET)
            listed = find_messages(self.reach, self.channel, window, filters)
        except BadRequest as refusal:
            self.filter_problem, listed = refusal.message, []
        names = names_of(self.reach.caller, {one.author_id for one in listed} | {self.reach.caller.agent_id})
        entries = entries_of(listed, names)
        return {
            "filters": filters,
            "filter_problem": self.filter_problem,
            "entries": entries,
            "oldest": entries[-1].id if len(listed) == window.limit else "",
            "is_newest": window.before is None and window.after is None,
            "names": {str(agent_id): name for agent_id, name in names.items()},
            "blank": {"id": "", "moment": timezone.now(), "author": "", "line": "", "whole": ""},
        }

    def _panel(self) -> dict:
        panel = open_panel(self.request.GET.get("panel", ""))
        panels = [one for one in PANELS if self.channel.name.startswith(one.prefix)]
        return {"panels": panels, "panel": panel, **(panel.shown(self) if panel else {})}

    def _forms(self) -> dict:
        asked = self.request.GET
        editing = "edit" in asked or bool(self.draft and self.draft.action == "state")
        return {
            "draft": self.draft,
            "open_editor": editing,
            "open_publish": "publish" in asked or bool(self.draft and self.draft.action == "message"),
            "doomed": asked.get("delete", "") if asked.get("delete", "").lstrip("-").isdigit() else "",
            "whole": pretty(self.state.data) if editing else "",
        }
