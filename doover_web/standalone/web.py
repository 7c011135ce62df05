"""The web server process, on a socket the supervisor opened and keeps: a restart refuses nobody."""

import gc
import socket
import sys

import uvicorn
from django.core.exceptions import ImproperlyConfigured

GRACE_SECONDS = 4


def main(descriptor: int) -> None:
    config = uvicorn.Config(
        "doover_web.asgi:application",
        loop="uvloop",
        http="httptools",
        ws="doover_web.standalone.pings:WithPulse",
        ws_per_message_deflate=False,
        ws_max_size=2 * 1024 * 1024,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        # Django decides whether a proxy in front is to be believed.
        proxy_headers=False,
        ws_ping_interval=25,
        ws_ping_timeout=25,
        backlog=2048,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    try:
        config.load()
    except ImproperlyConfigured as problem:
        sys.exit(str(problem))
    # What is loaded now stays for good: the collector need not walk it, which would hold up every socket each time.
    gc.collect()
    gc.freeze()
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    main(int(sys.argv[1]))
