"""Attachments in a bucket: the same doors, against a small object store that speaks S3 over HTTP."""

import asyncio
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from doover_web.data.models import Blob
from doover_web.data.publish import apply_with, update_aggregate
from doover_web.data.writes import ChangeAggregate


class Bucket(BaseHTTPRequestHandler):
    """PUT, GET, HEAD and DELETE of objects, in memory."""

    def do_PUT(self):
        assert "aws-chunked" not in self.headers.get("Content-Encoding", "")
        self.server.objects[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200)

    def do_GET(self):
        found = self.server.objects.get(self.path.partition("?")[0])
        self._answer(404 if found is None else 200, found or b"")

    do_HEAD = do_GET

    def do_DELETE(self):
        self.server.objects.pop(self.path, None)
        self._answer(204)

    def _answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"x"')
        self.send_header("Last-Modified", "Sun, 22 Nov 2026 00:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def bucket(settings, monkeypatch):
    """A bucket as the settings of an installation make it; the objects in it."""
    monkeypatch.setenv("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    server.objects = {}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    options = {
        "bucket_name": "tank",
        "endpoint_url": f"http://127.0.0.1:{server.server_port}",
        "region_name": "here",
        "access_key": "key",
        "secret_key": "secret",
        "location": "attachments",
        "file_overwrite": True,
    }
    backend = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "attachments": backend}
    yield server.objects
    server.shutdown()
    server.server_close()


def test_a_file_goes_there_comes_back_and_goes(bucket, itself, api, pump, level, django_capture_on_commit_callbacks):
    apply_with(ChangeAggregate(itself, "level", {}), [SimpleUploadedFile("photo.png", b"0123456789", "image/png")])
    [path] = bucket
    assert path.endswith("/attachments/" + Blob.objects.get().name)

    async def gather(response):
        return b"".join([piece async for piece in response.streaming_content])

    response = api(pump).get(f"{level.aggregate}/attachments/photo.png", range="bytes=2-4")
    assert (response.status_code, asyncio.run(gather(response))) == (206, b"234")
    bucket.clear()
    assert api(pump).get(f"{level.aggregate}/attachments/photo.png").status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        apply_with(ChangeAggregate(itself, "level", {}, drops_files=True), [])
    assert not Blob.objects.exists()
    assert update_aggregate(reach=itself, name="level", data={}).attached == ()
