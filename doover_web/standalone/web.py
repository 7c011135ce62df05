"""The web server process, on a socket the supervisor opened and keeps: a restart refuses nobody."""

import socket
import sys

import uvicorn
from django.core.exceptions import ImproperlyConfigured

GRACE_SECONDS = 4


def main(descriptor: int) -> None:
    try:
        from doover_web.asgi import application
    except ImproperlyConfigured as problem:
        sys.exit(str(problem))
    config = uvicorn.Config(
        application,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=16 * 1024 * 1024,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        backlog=2048,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    main(int(sys.argv[1]))
