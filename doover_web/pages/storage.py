"""Static files under hashed names, imports between our script modules included."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStatic(CompressedManifestStaticFilesStorage):
    """A page asks for exactly the version it was drawn with, down to the modules that modules import."""

    support_js_module_import_aggregation = True
