"""Sending files that were given to the control plane."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from doover_web.data.api.serving import send_file
from doover_web.data.files import StoredFile

from ..models import Upload


def send_upload(request: HttpRequest, upload: Upload) -> HttpResponseBase:
    """A stored file, so that nothing in it can act as this site."""
    file = StoredFile(upload.id, upload.filename, upload.content_type, upload.size, upload.name)
    return send_file(request, file)
