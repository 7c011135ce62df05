from django.db import models

from doover_web.identity.models import Organisation

from .upload import Upload

IMAGES = ("banner_image", "login_banner", "sidebar_banner_image", "site_logo")
# What an organisation looks like that chose nothing.
COLOURS = {
    "accent_colour": "#0b6a93",
    "brand_logo_colour": "#0b6a93",
    "navbar_colour": "#ffffff",
    "navbar_text_colour": "#17212e",
    "sidebar_colour": "#f6f8fa",
    "sidebar_text_colour": "#445062",
}


def _image():
    return models.ForeignKey(Upload, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")


class Theme(models.Model):
    """How an organisation's site looks (`control-api §3.15`); it has the organisation's id."""

    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, primary_key=True, related_name="theme")
    accent_colour = models.CharField(max_length=20, default=COLOURS["accent_colour"])
    brand_logo_colour = models.CharField(max_length=20, default=COLOURS["brand_logo_colour"])
    navbar_colour = models.CharField(max_length=20, default=COLOURS["navbar_colour"])
    navbar_text_colour = models.CharField(max_length=20, default=COLOURS["navbar_text_colour"])
    sidebar_colour = models.CharField(max_length=20, default=COLOURS["sidebar_colour"])
    sidebar_text_colour = models.CharField(max_length=20, default=COLOURS["sidebar_text_colour"])
    banner_image, login_banner, sidebar_banner_image, site_logo = _image(), _image(), _image(), _image()

    def __str__(self):
        return f"theme of {self.organisation}"
