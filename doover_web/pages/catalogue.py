"""The words of the scripts in the viewer's language: `/words.js`, a file that a browser keeps until it changes."""

import hashlib
from functools import cache

from django.conf import settings
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.views.i18n import JavaScriptCatalog

A_YEAR = 365 * 24 * 3600


@cache
def version_of(language: str) -> str:
    """A short hash of the scripts' catalogue; empty where the language has none, as the one of the code."""
    folders = [folder / translation.to_locale(language) / "LC_MESSAGES" for folder in settings.LOCALE_PATHS]
    files = [folder / "djangojs.mo" for folder in folders if (folder / "djangojs.mo").is_file()]
    if not files:
        return ""
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


class Words(JavaScriptCatalog):
    """The catalogue of the language in the address, so that a shared cache never gives one for another."""

    packages: list[str] = []

    def get(self, request, language: str):
        known = dict(settings.LANGUAGES)
        with translation.override(language if language in known else settings.LANGUAGE_CODE):
            response = super().get(request)
        patch_cache_control(response, public=True, max_age=A_YEAR if request.GET.get("v") else 0)
        return response
