"""The frame of the pages of this site: signed-in people only, refusals as pages."""

from doover_web.pages.page import page, refused

__all__ = ["page", "refused"]
