"""Attachments on the local disk."""

import os

from django.core.files.storage import FileSystemStorage


class LocalStorage(FileSystemStorage):
    """Files that only the server reads, on the disk for good once `save` returns."""

    def __init__(self, location=None):
        super().__init__(location, file_permissions_mode=0o600, directory_permissions_mode=0o700)

    def _save(self, name, content):
        name = super()._save(name, content)
        path = self.path(name)
        for one in (path, os.path.dirname(path)):
            handle = os.open(one, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        return name
