"""Refuses a wrong setting and says what to write instead."""

import re
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from ipaddress import ip_network
from urllib.parse import SplitResult, urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.http.request import validate_host

OLDEST_POSTGRES = 16
SHORTEST_KEY = 32
SHORTEST_TURN_SECRET = 16
TURN_URI = re.compile(r"(turns?|stuns?):[^\s,?]+(\?transport=(udp|tcp))?")
TILE_URL = re.compile(
    r"https?://(\{s\}\.)?[A-Za-z0-9.-]+(:[0-9]+)?/(?=[^\s;,]*\{z\})(?=[^\s;,]*\{x\})(?=[^\s;,]*\{y\})[^\s;,]+"
)
LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]", "testserver", ".localhost"}
SERVICE = "Use bin/serve or bin/manage, which bring their own, or set it to"


class Platform(AppConfig):
    """The first app: nothing starts with a wrong setting, and every process knows the task queue."""

    name = "doover_web"
    label = "doover_web"

    def ready(self) -> None:
        if wrong := wrong_settings():
            raise ImproperlyConfigured("\n".join(["doover_web cannot start:", *(f"- {one}" for one in wrong)]))
        checks.register(postgres_is_new_enough, checks.Tags.database)
        checks.register(public_url_is_a_known_host)
        import_module("doover_web.celery")


def wrong_settings() -> list[str]:
    """What is wrong with the settings, each with what to write instead."""
    return [
        *_secret_key(),
        *_services(),
        *_addresses(),
        *_numbers(),
        *_files(),
        *_publishers(),
        *_device_hooks(),
        *_turn(),
        *_tiles(),
        *_senders(),
    ]


def parts(address: str) -> SplitResult:
    """All empty for what is no address at all."""
    try:
        found = urlsplit(address)
        found.port  # noqa: B018  reading it is what notices a wrong one
    except ValueError:
        return urlsplit("")
    return found


def _secret_key() -> Iterable[str]:
    try:
        key = settings.SECRET_KEY
    except ImproperlyConfigured:  # Django's way to say that it is empty
        key = ""
    if len(key) < SHORTEST_KEY:
        what = "is missing" if not key else f"has only {len(key)} characters"
        yield f"DOOVER_SECRET_KEY {what}. Set it to {SHORTEST_KEY} or more random characters: openssl rand -base64 48"


def _services() -> Iterable[str]:
    database, valkey = parts(settings.DATABASE_URL), parts(settings.VALKEY_URL)
    if not settings.DATABASE_URL:
        yield f"DATABASE_URL is missing. {SERVICE} postgres://user:password@host:5432/name"
    elif database.scheme not in ("postgres", "postgresql") or not database.path.strip("/"):
        yield "DATABASE_URL is not the address of a PostgreSQL database. Write postgres://user:password@host:5432/name"
    if not settings.VALKEY_URL:
        yield f"VALKEY_URL is missing. {SERVICE} redis://:password@host:6379"
    elif valkey.scheme not in ("redis", "rediss") or not valkey.hostname or valkey.path.strip("/"):
        yield "VALKEY_URL is not the address of a server. Write redis://:password@host:6379, without a database number"


def _addresses() -> Iterable[str]:
    public = parts(settings.PUBLIC_URL)
    if public.scheme not in ("http", "https") or not public.hostname or public.path or public.query:
        yield f"DOOVER_PUBLIC_URL is {settings.PUBLIC_URL!r}. Write scheme and host only: https://iot.example.com"
    if settings.DEBUG and (open_to := set(settings.ALLOWED_HOSTS) - LOCAL_HOSTS):
        yield f"DOOVER_DEBUG shows secrets to {', '.join(sorted(open_to))}. Leave it off, or DOOVER_HOSTS at localhost"


def _tiles() -> Iterable[str]:
    if settings.TILE_URL and not TILE_URL.fullmatch(settings.TILE_URL):
        yield (
            f"DOOVER_TILE_URL is {settings.TILE_URL!r}."
            " Write an address with {z}, {x} and {y} in its path: https://tile.example.com/{z}/{x}/{y}.png"
        )


def _numbers() -> Iterable[str]:
    if not 60 <= settings.ACCESS_TOKEN_SECONDS <= 366 * 86400:
        yield f"DOOVER_ACCESS_TOKEN_SECONDS is {settings.ACCESS_TOKEN_SECONDS}. Write 60 to 31622400, for example 3600"
    if not 3600 <= settings.REFRESH_TOKEN_SECONDS <= 3660 * 86400:
        yield f"DOOVER_REFRESH_TOKEN_SECONDS is {settings.REFRESH_TOKEN_SECONDS}. Write 3600 to 316224000"
    if settings.SESSION_IDLE_SECONDS and not 300 <= settings.SESSION_IDLE_SECONDS <= settings.SESSION_COOKIE_AGE:
        yield f"DOOVER_SESSION_IDLE_SECONDS is {settings.SESSION_IDLE_SECONDS}. Write 300 to 1209600, or 0"
    if settings.MAX_BODY_BYTES < 65536:
        yield f"DOOVER_MAX_BODY_BYTES is {settings.MAX_BODY_BYTES}. Write 65536 or more, for example 10485760"
    if not 0 <= settings.MESSAGE_RETENTION_DAYS <= 36500:
        yield f"DOOVER_MESSAGE_RETENTION_DAYS is {settings.MESSAGE_RETENTION_DAYS}. Write days up to 36500, 0 for ever"
    if not 10 <= settings.MAX_JSON_DEPTH <= 500:
        yield f"DOOVER_MAX_JSON_DEPTH is {settings.MAX_JSON_DEPTH}. Write 10 to 500, for example 100"
    if not 1 <= settings.CONNECTION_DAYS <= 3660:
        yield f"DOOVER_CONNECTION_DAYS is {settings.CONNECTION_DAYS}. Write 1 to 3660, for example 30"
    if not -1 <= settings.INSTANCE <= 1023:
        yield f"DOOVER_INSTANCE is {settings.INSTANCE}. Write 0 to 1023, different in every process, or leave it out"


def _turn() -> Iterable[str]:
    uris, secret = settings.TURN_URIS, settings.TURN_SECRET
    if bool(uris) != bool(secret):
        yield "DOOVER_TURN_URIS and DOOVER_TURN_SECRET belong together. Set both, or neither"
    if wrong := [uri for uri in uris if not TURN_URI.fullmatch(uri)]:
        yield f"DOOVER_TURN_URIS holds {wrong[0]!r}. Write turn:turn.example.com:3478?transport=udp, or turns:…"
    if secret and len(secret) < SHORTEST_TURN_SECRET:
        yield f"DOOVER_TURN_SECRET has only {len(secret)} characters. Write {SHORTEST_TURN_SECRET} or more"
    if not 600 <= settings.TURN_SECONDS <= 7 * 86400:
        yield f"DOOVER_TURN_SECONDS is {settings.TURN_SECONDS}. Write 600 to 604800, for example 21600"


def _files() -> Iterable[str]:
    if settings.MAX_UPLOAD_BYTES < 65536:
        yield f"DOOVER_MAX_UPLOAD_BYTES is {settings.MAX_UPLOAD_BYTES}. Write 65536 or more, for example 52428800"
    endpoint = parts(settings.S3_ENDPOINT)
    if settings.S3_ENDPOINT and (endpoint.scheme not in ("http", "https") or not endpoint.hostname):
        yield f"DOOVER_S3_ENDPOINT is {settings.S3_ENDPOINT!r}. Write https://objects.example.com"
    if not settings.S3_BUCKET and (settings.S3_ENDPOINT or settings.S3_KEY):
        yield "DOOVER_S3_BUCKET is missing. Name the bucket, or leave the other DOOVER_S3_… settings out as well"
    if bool(settings.S3_KEY) != bool(settings.S3_SECRET):
        yield "DOOVER_S3_KEY and DOOVER_S3_SECRET belong together. Set both, or leave both out"


def _publishers() -> Iterable[str]:
    example = (
        """[{"provider": "GH", "issuer": "https://…", "jwks_url": "https://…", "publishers": [{"claims": {…}, …}]}]"""
    )
    trusted = settings.TRUSTED_PUBLISHERS
    if not isinstance(trusted, list) or not all(_is_publisher(one) for one in trusted):
        yield f"DOOVER_TRUSTED_PUBLISHERS is not a list of issuers. Write {example}, see docs/protocol/sign-in.md"


def _device_hooks() -> Iterable[str]:
    example = """{"mqtt": "our_package.devices.register"}"""
    for name, path in settings.DEVICE_HOOKS.items():
        if not isinstance(path, str) or not _is_module(path.rpartition(".")[0]):
            yield f"DOOVER_DEVICE_HOOKS names {path!r} as {name!r}, which is in no module. Write {example}"


def _is_module(name: str) -> bool:
    try:
        return bool(name) and find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _senders() -> Iterable[str]:
    mail, sms = settings.ANYMAIL, settings.SMS_SERVICE
    if not isinstance(mail, dict) or (mail and not _is_mail_service(mail.get("provider"))):
        yield """DOOVER_ANYMAIL names no mail service. Write {"provider": "postmark", "POSTMARK_SERVER_TOKEN": "…"}"""
    if not isinstance(sms, dict) or (sms and not _is_sms_service(sms)):
        example = """{"url": "https://…", "body": {"to": "{number}", "text": "{text}"}}"""
        yield f"DOOVER_SMS describes no service. Write {example}"
    for network in settings.OUTGOING_ALLOWED_NETWORKS:
        try:
            ip_network(network)
        except ValueError:
            yield f"DOOVER_OUTGOING_ALLOW holds {network!r}, which is no network. Write 10.20.0.0/16"


def _is_mail_service(name: object) -> bool:
    return isinstance(name, str) and name.isidentifier() and bool(find_spec(f"anymail.backends.{name}"))


def _is_sms_service(sms: dict) -> bool:
    return (
        parts(str(sms.get("url"))).scheme in ("http", "https")
        and isinstance(sms.get("body"), dict)
        and isinstance(sms.get("headers", {}), dict)
        and all(isinstance(value, str) for value in sms.get("headers", {}).values())
        and sms.get("type", "json") in ("form", "json")
    )


def _is_publisher(one: object) -> bool:
    if not isinstance(one, dict) or not all(isinstance(one.get(key), str) for key in ("provider", "issuer")):
        return False
    listed = one.get("publishers", [])
    return (
        isinstance(one.get("keys", one.get("jwks_url")), dict | str)
        and isinstance(listed, list)
        and all(
            isinstance(entry, dict)
            and isinstance(entry.get("claims"), dict)
            and bool(entry["claims"])
            and str(entry.get("agent", "")).lstrip("-").isdecimal()
            for entry in listed
        )
    )


def postgres_is_new_enough(app_configs=None, databases=None, **_) -> list[checks.CheckMessage]:
    """Asked where a command works with the database."""
    if not databases:
        return []
    try:
        with connection.cursor():
            version = connection.pg_version
    except OperationalError as problem:
        return [checks.Error(f"PostgreSQL does not answer: {problem}", hint="Is DATABASE_URL right?", id="doover.E001")]
    if version // 10000 >= OLDEST_POSTGRES:
        return []
    hint = f"Use PostgreSQL {OLDEST_POSTGRES} or newer."
    return [checks.Error(f"PostgreSQL {version // 10000} is too old.", hint=hint, id="doover.E002")]


def public_url_is_a_known_host(app_configs=None, **_) -> list[checks.CheckMessage]:
    """Only a warning: a proxy in front may write another host name."""
    host = urlsplit(settings.PUBLIC_URL).hostname or ""
    if validate_host(host, settings.ALLOWED_HOSTS):
        return []
    hint = f"Add {host} to DOOVER_HOSTS."
    return [checks.Warning(f"DOOVER_PUBLIC_URL names {host}, which this server refuses.", hint=hint, id="doover.W001")]
