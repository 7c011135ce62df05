"""The web server: the fast lane ahead of Django, and the gateway beside it."""

import os

from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doover_web.settings")
pages_and_apis = get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402  Django must be set up first

from doover_web.data.ingest import FastLane  # noqa: E402
from doover_web.gateway.consumers import application as gateway  # noqa: E402
from doover_web.gateway.hub import hub_here  # noqa: E402
from doover_web.pages.body_limit import BodyLimit  # noqa: E402

http = FastLane(BodyLimit(pages_and_apis, settings.MAX_BODY_BYTES, more=settings.MAX_UPLOAD_BYTES))
doors = ProtocolTypeRouter({"http": http, "websocket": gateway})


async def application(scope, receive, send):
    """Every request, with the hub running: it also hears of rights that were taken away."""
    hub_here()
    await doors(scope, receive, send)
