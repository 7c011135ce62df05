"""One line per event: readable text, or JSON for a log collector. Queries and tokens never reach a log."""

import logging
from typing import Any

import structlog

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
# Loggers that say less than the others.
QUIETER = {
    "django.request": "ERROR",
    "uvicorn.access": "WARNING",
    # Anybody can send a Host that is not ours; the answer, 400, says it all.
    "django.security.DisallowedHost": "CRITICAL",
    # It writes the query of every socket, and a query may hold a token.
    "uvicorn.error": "WARNING",
    "httpx": "WARNING",
    # It writes codes and tokens when it explains itself.
    "oauthlib": "WARNING",
    # It writes a traceback for every attempt to reach a broker that is away; the gateway says so once.
    "channels_redis.pubsub": "CRITICAL",
}


def configuration(*, as_json: bool, level: str) -> dict[str, Any]:
    """`LOGGING` of the settings."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "doover_web.pages.logs.formatter", "as_json": as_json}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {name: {"level": least} for name, least in QUIETER.items()},
    }


def formatter(as_json: bool) -> logging.Formatter:
    """The formatter that `configuration` names."""
    # Plain tracebacks: the pretty ones print local variables, tokens among them, and would query the database for it.
    text = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    renderer = structlog.processors.JSONRenderer() if as_json else text
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            renderer,
        ],
    )
