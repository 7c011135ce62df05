"""Tags of the pages about charts, alarms and what happened."""

from django import template
from django.utils import timezone
from django.utils.html import format_html

from doover_web.pages import words

register = template.Library()


@register.simple_tag
def chart_query(chart, without: str = "", **changes):
    """The query of a chart with some of it changed; `without` leaves a value out."""
    if without:
        changes["s"] = [path for path in chart.paths if path != without]
    return f"?{chart.query(**changes)}"


@register.simple_tag
def moment_of(ms):
    """A moment in ms as people write it, to the second, the exact one in its title."""
    moment = words.from_ms(ms, timezone.get_current_timezone()) if ms is not None else None
    if moment is None:
        return "—"
    shown = words.clock(moment, timezone.localtime())
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), words.in_utc(moment), shown)


@register.filter
def seconds_words(ms) -> str:
    """A span in ms in words."""
    return words.duration(ms / 1000)


@register.filter
def at_ms(ms):
    """The moment of ms, for other tags."""
    return words.from_ms(ms, timezone.get_current_timezone())
