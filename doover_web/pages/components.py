"""The tags behind `templates/components`: one of each, drawn by one template wherever it appears."""

import functools
import re
from datetime import datetime, time
from pathlib import Path

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from doover_web.common.snowflake import ms_of

from . import in_line, typed, words
from .permission_words import in_words
from .remembered import part

register = template.Library()
ICONS = Path(settings.BASE_DIR) / "static" / "vendor" / "tabler-icons"


@functools.cache
def _drawing(name: str) -> str:
    """The strokes of a vendored icon, without the wrapper."""
    svg = (ICONS / f"{name}.svg").read_text()
    inside = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
    inside = re.sub(r'<path stroke="none"[^>]*/>', "", inside)
    return re.sub(r"\s+", " ", inside).replace("> <", "><").strip()


def icons_used(context) -> set[str] | None:
    """The names of the icons that this page has drawn so far."""
    request = getattr(context, "request", None) or context.get("request")
    if request is None:
        return None
    if not hasattr(request, "icons_used"):
        request.icons_used = set()
    return request.icons_used


@register.simple_tag(takes_context=True)
def icon(context, name: str, size: str = ""):
    """An icon from the set: `{% icon "copy" %}`, small with `"s"`. Drawn once per page, in the sprite at its end."""
    used = icons_used(context)
    if used is not None:
        used.add(name)
    return _drawn(name, size, in_sprite=used is not None)


@functools.cache
def _drawn(name: str, size: str, in_sprite: bool) -> str:
    """An icon that uses the sprite of its page, or where there is none the strokes themselves."""
    classes = f"dv-icon dv-icon-{size}" if size else "dv-icon"
    drawing = mark_safe(_drawing(name))  # noqa: S308 (a vendored file)
    if not in_sprite:
        return format_html('<svg class="{}" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', classes, drawing)
    return format_html('<svg class="{}" aria-hidden="true"><use href="#i-{}"/></svg>', classes, name)


@register.simple_tag(takes_context=True)
def icons_for_scripts(context, *names):
    """Icons that a script of this page draws."""
    used = icons_used(context)
    if used is not None:
        used.update(names)
    return ""


@register.simple_tag(takes_context=True)
def icon_sprite(context):
    """The drawings of every icon on this page; stands at its end."""
    symbols = "".join(
        f'<symbol id="i-{name}" viewBox="0 0 24 24">{_drawing(name)}</symbol>'
        for name in sorted(icons_used(context) or ())
    )
    return mark_safe(f'<svg class="dv-sprite" aria-hidden="true">{symbols}</svg>')  # noqa: S308 (vendored files)


@register.simple_tag(takes_context=True)
def remembered(context, template: str, **facts):
    """Includes a template that draws `facts` alone, once for all pages on which they are the same (`remembered.py`)."""
    return part(template, icons_used(context), facts)


@register.simple_tag
def ago(moment):
    """A relative time that keeps itself fresh: `3 s ago`, the exact moment in its title."""
    if moment is None:
        return format_html('<span class="dv-age" title="{}">{}</span>', _("No value"), "—")
    now = timezone.localtime()
    return format_html(
        '<time-ago><time datetime="{}" title="{}">{}</time></time-ago>',
        moment.isoformat(),
        words.in_utc(moment),
        words.ago(moment, now),
    )


@register.simple_tag
def when(moment):
    """A moment as short as it goes, the exact one in its title: `03:15` of today, `3 Nov 03:15`."""
    if moment is None:
        return ago(None)
    now = timezone.localtime()
    return _when(moment, now.date(), now.tzinfo, get_language())


@functools.lru_cache(maxsize=1024)
def _when(moment, today, zone, language: str) -> str:
    """Of the clock only the day counts: lists of devices that are away say the same over and over."""
    now = datetime.combine(today, time(12), zone)
    shown = words.clock(moment, now).removeprefix(f"{_('today')} ").rsplit(":", 1)[0]
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), words.in_utc(moment), shown)


@register.simple_tag
def ago_of(message_id: int):
    """The relative time of the moment inside an id."""
    return ago(words.from_ms(ms_of(message_id)))


@register.simple_tag
def moment_ms(moment):
    """A time of day to the millisecond in the viewer's zone, the exact moment in its title."""
    local = timezone.localtime(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(), words.in_utc(moment), words.to_ms(local)
    )


@register.simple_tag
def badge(presence, bare: bool = False):
    """Whether a device is there: a shape, a word and a colour."""
    return _badge(presence.state, presence.kind, str(presence.words), bare)


@functools.lru_cache(maxsize=1024)
def _badge(state: str, kind: str, says: str, bare: bool) -> str:
    """A list of devices says the same few things over and over: each is drawn once."""
    presence = {"state": state, "kind": kind, "words": says}
    return template.loader.render_to_string("components/badge.html", {"presence": presence, "bare": bare})


@register.inclusion_tag("components/field.html")
def field(bound, label: str = "", autocomplete: str = "", help: str = ""):
    """One labelled input of a form with its help and what is wrong with it."""
    attrs = {"class": "form-control", "placeholder": ""}
    if autocomplete:
        attrs["autocomplete"] = autocomplete
    if bound.errors:
        attrs |= {"aria-invalid": "true", "aria-describedby": f"{bound.auto_id}_wrong"}
    return {"field": bound, "label": label or bound.label, "input": bound.as_widget(attrs=attrs), "help": help}


@register.simple_tag(takes_context=True)
def invalid(context, field: str):
    """The attributes of an input that the `problems` of its form name; the first of them has the focus."""
    problems = context.get("problems") or {}
    if field not in problems:
        return ""
    focus = mark_safe(" autofocus") if next(iter(problems)) == field else ""
    return format_html(' aria-invalid="true" aria-describedby="wrong-{}"{}', field, focus)


@register.simple_tag(takes_context=True)
def wrong(context, field: str):
    """What is wrong with a field of the form, to stand at it."""
    words = (context.get("problems") or {}).get(field)
    return format_html('<p class="wrong" id="wrong-{}">{}</p>', field, words) if words else ""


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context, page):
    """Back and next under a list that has several pages; keeps the search and the filters in the address."""
    return {"page": page, "query": context["request"].GET.copy(), "request": context["request"]}


@register.simple_tag(takes_context=True)
def query(context, **changes):
    """The address of this page with some of its query changed; a value of None or "" takes a key out."""
    wanted = context["request"].GET.copy()
    for key, value in changes.items():
        wanted.pop(key, None)
        if value not in (None, ""):
            wanted[key] = value
    return f"?{wanted.urlencode()}"


@register.simple_block_tag(takes_context=True)
def empty(context, content, title: str, art: str = "box"):
    """What belongs here, and the next step for this person."""
    shown = {"title": title, "art": art, "content": content}
    return template.loader.render_to_string("components/empty.html", shown)


register.filter("in_words", in_words)


@register.filter
def held(text) -> str:
    """A line in which units stay beside their numbers."""
    return in_line.held(str(text))


@register.filter
def isolated(name) -> str:
    """A name that stands in a sentence, and turns nothing of it."""
    return in_line.isolated(str(name))


@register.filter
def initials(name: str) -> str:
    """`Alice Moreau` → `AM`, for the round face."""
    parts = re.split(r"[\s.@_-]+", str(name).split("@")[0].strip())
    return "".join(part[0] for part in parts[:2] if part).upper() or "?"


@register.filter
def in_field(number) -> str:
    """A number as it stands in a field of this page."""
    return typed.in_field(str(number))


@register.filter
def degrees(value) -> str:
    """A latitude or longitude, to about a metre, with a real minus."""
    return f"{value:.5f}".replace("-", "−")


@register.filter
def day_words(moment) -> str:
    """The heading over what happened on a day."""
    return words.day_heading(moment, timezone.localtime())
