"""Tags of the device page."""

import logging

from django import template
from django.utils.html import format_html, format_html_join

from doover_web.pages.components import icons_used
from doover_web.pages.remembered import part

from ..ui.element import Element
from ..ui.shown import Face, face_of

log = logging.getLogger(__name__)
register = template.Library()


@register.simple_tag(takes_context=True)
def drawn(context, element: Element):
    """An element with all that is in it; one that cannot be drawn is an error tile in its place (`ui-schema §25`)."""
    with context.push(element=element):
        try:
            return _template(element.template).render(context)
        except Exception:  # whatever a document holds, the rest of the page stands
            log.warning("an element cannot be drawn", exc_info=True, extra={"app": element.app_key, "at": element.id})
            return _template("elements/broken.html").render(context)


def _template(name: str):
    return template.loader.get_template(name).template


@register.simple_tag(takes_context=True)
def reading(context, element: Element):
    """A value in its place. While it says the same it is drawn once; how long ago something was is told anew."""
    if element.view.moment is None:
        return part(element.template, icons_used(context), {"element": face_of(element)})
    with context.push(element=face_of(element)):
        return _template(element.template).render(context)


@register.simple_tag
def marks(element: Element | Face):
    """What names an element in the page, and what it reads, for the script that keeps it fresh. What holds others is
    drawn anew with the whole board."""
    if element.is_container or not element.reads:
        return format_html('id="{}" data-el', element.id)
    return format_html('id="{}" data-el data-reads="{}"', element.id, "\n".join(element.reads))


@register.simple_tag
def bands(gauge, wide: bool):
    """The coloured stretches of a gauge."""
    if wide:
        drawn = '<rect class="seg f-{}" x="{}" y="12.5" width="{}" height="2.5" rx="1.25"/>'
        return format_html_join("", drawn, ((one.colour, one.x, one.width) for one in gauge.zones))
    drawn = '<path class="zone s-{}" d="{}"/>'
    return format_html_join("", drawn, ((one.colour, one.path) for one in gauge.zones))


@register.simple_tag
def kept(agent, element: Element, is_open: bool):
    """What lets a viewer's own choice to fold something stay, until the default changes."""
    return format_html('data-fold="{}/{}" data-default="{}"', agent.id, element.place, "open" if is_open else "closed")
