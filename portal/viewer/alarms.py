"""The alarms panel of a channel page: the list with its states, and the form for one alarm."""

from doover_web.data.alarm_lists import alarms_of_channel
from doover_web.identity.permissions import Rights
from doover_web.pages import words

from ..fence_alarms import is_of_fence
from ..ui.alarm_deeds import is_only_shown, shown_again
from ..ui.alarm_form import STATES, fields_of, form_context


def panel(page) -> dict:
    """What the panel shows: the list, and one alarm in the form when the address or a refused form says so."""
    reach, asked = page.reach, page.request.GET
    if not reach.rights & Rights.ALARMS_VIEW:
        return {"may_see_alarms": False}
    alarms = alarms_of_channel(page.channel)
    of_fences = is_of_fence(page.channel.name)
    may_manage = bool(reach.rights & Rights.ALARMS_MANAGE) and not of_fences and not reach.archived_at
    context = {
        "may_see_alarms": True,
        "may_manage_alarms": may_manage,
        "alarms_of_fences": of_fences,
        "alarms": [(alarm, *STATES[alarm["state"]], words.from_ms(alarm["entered_state_ts"])) for alarm in alarms],
        "alarm_base": f"{page.base}?panel=alarms",
        "doomed_alarm": next((one for one in alarms if one["id"] == asked.get("drop")), None),
    }
    if not may_manage:
        return context
    if page.draft is not None and page.draft.action in ("alarm_switch", "alarm_delete"):
        return context | {"alarm_problem": page.draft.problem}
    if page.draft is not None and is_only_shown(page.draft.action):
        return context | shown_again(reach, page.channel.name, page.document, page.request.POST)
    if page.draft is not None and page.draft.action == "alarm":
        return context | form_context(
            page.document, page.request.POST, page.draft.problem, problems=page.draft.problems
        )
    if "alarm" not in asked:
        return context
    known = next((one for one in alarms if one["id"] == asked["alarm"]), None)
    fields = fields_of(known) if known else {"key_0": asked.get("key", ""), "enabled": "on"}
    return context | form_context(page.document, fields, "")
