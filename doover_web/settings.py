"""Everything that can be set, from the environment.

`bin/serve`, `bin/manage` and `bin/test` set the addresses of the embedded services by themselves; a production set-up
names its own. A wrong value stops the start with a message (see `checks.py`).
"""

import os
from pathlib import Path

from doover_web.common.environment import Environment
from doover_web.pages import logs
from doover_web.pages.addresses import CONTROL

env = Environment()
BASE_DIR = Path(__file__).resolve().parent.parent

# Where bin/serve keeps its database, broker, secrets and logs.
DATA_DIR = Path(env.str("DOOVER_DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
# Signs sessions and links. bin/serve generates one and keeps it in the data directory.
SECRET_KEY = env.str("DOOVER_SECRET_KEY", default="")
# Detailed error pages; never on a public host.
DEBUG = env.bool("DOOVER_DEBUG", default=False)
# Host names this server answers to.
ALLOWED_HOSTS = env.list("DOOVER_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
# The address people and devices reach this server at; used in profile blocks, mails and signed links.
PUBLIC_URL = env.str("DOOVER_PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
# True behind a proxy that sets X-Forwarded-Proto and X-Forwarded-For itself.
BEHIND_PROXY = env.bool("DOOVER_BEHIND_PROXY", default=False)
# Other origins whose pages may call the APIs with cookies, for example https://app.example.com.
CORS_ALLOWED_ORIGINS = env.list("DOOVER_CORS_ORIGINS", default=[])
# Anybody may create an account; otherwise people are invited.
SIGN_UP_OPEN = env.bool("DOOVER_SIGN_UP_OPEN", default=False)
# How long an access token is valid, in seconds.
ACCESS_TOKEN_SECONDS = env.int("DOOVER_ACCESS_TOKEN_SECONDS", default=3600)
# How long an application stays signed in for a person without asking again, in seconds.
REFRESH_TOKEN_SECONDS = env.int("DOOVER_REFRESH_TOKEN_SECONDS", default=365 * 24 * 3600)
GITHUB = {
    "provider": "GH",
    "issuer": "https://token.actions.githubusercontent.com",
    "jwks_url": "https://token.actions.githubusercontent.com/.well-known/jwks",
}
# Build servers whose proof of a repository is exchanged for a token, as JSON; see docs/protocol/sign-in.md.
TRUSTED_PUBLISHERS = env.json("DOOVER_TRUSTED_PUBLISHERS", default=[GITHUB])
# Routines that set a new device up, which its type names in `hooks`, as JSON: {"name": "package.module.function"}; each
# is called with `device` and `by`, in the transaction that makes the device.
DEVICE_HOOKS = {
    "rotate_tokens": "doover_web.control.provisioning.rotate_tokens",
    **env.json("DOOVER_DEVICE_HOOKS", default={}),
}
# Largest request body after decompression, in bytes.
MAX_BODY_BYTES = env.int("DOOVER_MAX_BODY_BYTES", default=10 * 1024 * 1024)
# Largest sum of the files in one upload, in bytes.
MAX_UPLOAD_BYTES = env.int("DOOVER_MAX_UPLOAD_BYTES", default=50 * 1024 * 1024)
# Where attachments are kept, unless an S3 bucket is named.
ATTACHMENTS_DIR = Path(env.str("DOOVER_ATTACHMENTS_DIR", default=str(DATA_DIR / "attachments")))
# A bucket of an S3-compatible object store that keeps attachments instead of the local disk.
S3_BUCKET = env.str("DOOVER_S3_BUCKET", default="")
# The address of the object store; Amazon's own when not set.
S3_ENDPOINT = env.str("DOOVER_S3_ENDPOINT", default="")
# The region of the bucket, where the object store knows regions.
S3_REGION = env.str("DOOVER_S3_REGION", default="")
# The credentials for the bucket; those of the machine it runs on when not set.
S3_KEY = env.str("DOOVER_S3_KEY", default="")
S3_SECRET = env.str("DOOVER_S3_SECRET", default="")
# The largest body of a first-generation publish, in bytes: packages travel as base64 text.
LEGACY_MAX_BODY_BYTES = env.int("DOOVER_LEGACY_MAX_BODY_BYTES", default=50 * 1024 * 1024)
# How many messages the first generation gets at most: of a list without a number, and of one with a number.
LEGACY_MOST_MESSAGES = env.int("DOOVER_LEGACY_MOST_MESSAGES", default=100_000)
LEGACY_MOST_NEWEST = env.int("DOOVER_LEGACY_MOST_NEWEST", default=10_000)
# A single message carries its payload as JSON text there, for old bundled processors that decode it themselves.
LEGACY_TEXT_PAYLOAD = env.bool("DOOVER_LEGACY_TEXT_PAYLOAD", default=False)
# Days that messages are kept where their channel does not say otherwise; 0 keeps them for ever.
MESSAGE_RETENTION_DAYS = env.int("DOOVER_MESSAGE_RETENTION_DAYS", default=0)
# Deepest nesting of a JSON document that is stored.
MAX_JSON_DEPTH = env.int("DOOVER_MAX_JSON_DEPTH", default=100)
# Most messages one request may ask for.
MAX_PAGE = 1500
# The 10 bits in every id that keep two processes apart; chosen at random when not set.
INSTANCE = env.int("DOOVER_INSTANCE", default=-1)
# The zone that pages show times in until a viewer chooses another.
TIME_ZONE = env.str("DOOVER_TIME_ZONE", default="UTC")
# Where mail goes, for example smtp+tls://user:password@mail.example.com:587; printed to the log when not set.
EMAIL_CONFIG = env.email_url("DOOVER_EMAIL_URL", default="consolemail://")
# The sender of mails.
DEFAULT_FROM_EMAIL = env.str("DOOVER_EMAIL_FROM", default="doover_web <noreply@localhost>")
# For how many days the connections that ended, and what they watched, stay in the history.
CONNECTION_DAYS = env.int("DOOVER_CONNECTION_DAYS", default=30)
# TURN servers (coturn) for camera streams, for example turn:turn.example.com:3478?transport=udp, more after a comma.
TURN_URIS = env.list("DOOVER_TURN_URIS", default=[])
# The secret that the TURN servers share with this one (coturn: static-auth-secret).
TURN_SECRET = env.str("DOOVER_TURN_SECRET", default="")
# How long credentials for the TURN servers are valid, in seconds.
TURN_SECONDS = env.int("DOOVER_TURN_SECONDS", default=6 * 3600)
# A mail service with an interface of its own instead, as JSON: {"provider": "postmark", "POSTMARK_SERVER_TOKEN": "…"}.
ANYMAIL = env.json("DOOVER_ANYMAIL", default={})
# Who sends text messages, as JSON: {"url", "type": "form" or "json", "headers"?, "body"}; see docs/settings.md.
SMS_SERVICE = env.json("DOOVER_SMS", default={})
# Private networks that webhooks may reach all the same, for example 10.20.0.0/16.
OUTGOING_ALLOWED_NETWORKS = env.list("DOOVER_OUTGOING_ALLOW", default=[])
# How long a deployment waits for its device to answer, in seconds; then it has failed.
DEPLOYMENT_SECONDS = env.int("DOOVER_DEPLOYMENT_SECONDS", default=7 * 24 * 3600)
# Where maps get their pictures from, for example https://tile.example.com/{z}/{x}/{y}.png; a plain grid when not set.
TILE_URL = env.str("DOOVER_TILE_URL", default="")
# Whom the pictures of maps are from, as their licence asks for.
TILE_ATTRIBUTION = env.str("DOOVER_TILE_ATTRIBUTION", default="")
# Write one line per request and job as JSON; plain text otherwise.
LOG_JSON = env.bool("DOOVER_LOG_JSON", default=False)

# --- services ---

# PostgreSQL 16 or newer, for example postgres://user:password@host:5432/doover.
DATABASE_URL = env.str("DATABASE_URL", default="")
# Valkey or Redis 7 or newer, for example redis://:password@host:6379.
VALKEY_URL = env.str("VALKEY_URL", default="").rstrip("/")

DATABASES = {
    "default": {
        **(env.db_url("DATABASE_URL") if DATABASE_URL else {"NAME": "", "ENGINE": ""}),
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 16, "timeout": 10}},
    }
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": f"{VALKEY_URL}/0"}}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [f"{VALKEY_URL}/1"], "prefix": env.str("DOOVER_LAYER_PREFIX", default="doover")},
    }
}
CELERY_BROKER_URL = f"{VALKEY_URL}/2"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# --- the platform ---

INSTALLED_APPS = [
    "doover_web.checks.Platform",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "channels",
    "corsheaders",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.idp.oidc",
    "django_celery_beat",
    "doover_web.pages",
    "doover_web.identity",
    "doover_web.data",
    "doover_web.gateway",
    "doover_web.processors",
    "doover_web.notifications",
    "doover_web.control",
    "doover_web.fences",
    "doover_web.deployments",
    "portal",
    "admin_site",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "doover_web.pages.compress.CompressPages",
    "doover_web.pages.middleware.RequestLog",
    "corsheaders.middleware.CorsMiddleware",
    "doover_web.pages.middleware.OneSlash",
    "doover_web.control.middleware.ControlDoor",
    "doover_web.pages.middleware.ApiBody",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "doover_web.identity.middleware.CallerMiddleware",
    "doover_web.pages.middleware.ViewerLanguage",
    "doover_web.pages.middleware.ViewerZone",
    "csp.middleware.CSPMiddleware",
]
# Woken in this order after every committed change to a channel; each takes the list of events.
CHANNEL_EVENT_LISTENERS = [
    "doover_web.gateway.fanout.deliver",
    "doover_web.gateway.connection.config_changed",
    "doover_web.gateway.words.heard",
    "doover_web.notifications.rules.heard",
    "doover_web.processors.triggers.heard",
    "doover_web.control.tunnel_reports.heard",
    "doover_web.fences.watch.heard",
    "doover_web.deployments.reports.heard",
]

# Told whose rights may have changed, after the commit; nobody named means everybody.
RIGHTS_LISTENERS = ["doover_web.gateway.fanout.rights_changed"]
# Told which devices came to hang elsewhere in the groups, or back into use, in the transaction of the change.
MOVE_LISTENERS = ["doover_web.fences.watch.moved"]
# Asked who publishes for a repository that a build server proved to build: (provider, claims) → agent or None.
PUBLISHER_FINDER = "doover_web.control.publishers.agent_for"
# Asked how a sentence of a device is put to people, who know its values by their names: (agent id, text) → text.
NOTIFICATION_WORDS = "portal.told.told_of"
# Asked what the values of devices are called in a file: agent ids → by id and place the heading, the name and the unit.
VALUE_NAMES = "portal.told.called_at"
# Told what shall run, stop or come back, in the transaction of the change that says so.
FLEET_LISTENERS = ["doover_web.deployments.wishes.heard", "doover_web.control.report_schedules.heard"]

ROOT_URLCONF = "doover_web.urls"
ASGI_APPLICATION = "doover_web.asgi.application"
APPEND_SLASH = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES
# A read over 1,000 agents names each of them, and a cursor for each, in its query.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2500
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "doover_web.pages.context.frame",
                "doover_web.identity.frame.place",
                "doover_web.control.look.look",
                "doover_web.notifications.frame.bell",
                "portal.frame.side",
            ],
            "builtins": ["doover_web.pages.components"],
        },
    }
]

# --- people and sign-in ---

AUTH_USER_MODEL = "identity.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "doover_web.identity.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
# An open sign-up must prove its address, or the answer would tell which addresses are known.
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if SIGN_UP_OPEN else "optional"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
# How often, per address, account or key (for example an e-mail address); what is above gets 429.
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/300s/key",
    "signup": "20/m/ip",
    "reset_password": "20/m/ip,5/m/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
    "manage_email": "10/m/user",
    "confirm_email": "1/180s/key",
    "open_invitation": "30/m/ip",
    "invite": "60/h/user",
}
# Behind a proxy the last address it added is the client's; what the client wrote before that counts for nothing.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {"login_webauthn": "doover_web.identity.forms.PasskeyForm"}
MFA_TOTP_ISSUER = "doover_web"
# The neighbouring half minutes count too: clocks of telephones are never exact.
MFA_TOTP_TOLERANCE = 1
MFA_RATE_LIMITS = {"webauthn_login": "10/m/ip"}
# Addresses come from an administrator or an invitation; an open sign-up proves its own before the first sign-in.
MFA_ALLOW_UNVERIFIED_EMAIL = True
ACCOUNT_SESSION_REMEMBER = None
IDP_OIDC_ADAPTER = "doover_web.identity.oauth.adapter.Adapter"
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = ACCESS_TOKEN_SECONDS
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/accounts/login/"

# --- trust ---

SECURE_HTTPS = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_NAME = "doover_session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_HTTPS
SESSION_COOKIE_AGE = 14 * 24 * 3600
# A browser that asked for no page so long is signed out; 0 for never before its two weeks are over.
SESSION_IDLE_SECONDS = env.int("DOOVER_SESSION_IDLE_SECONDS", default=0)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL, *CORS_ALLOWED_ORIGINS]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_HTTPS else 0
X_FRAME_OPTIONS = "DENY"
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        # The pictures of maps come from exactly the host that the setting names.
        "img-src": ["'self'", "data:", *(["/".join(TILE_URL.split("/")[:3]).replace("{s}", "*")] if TILE_URL else [])],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
# Signed links of attachments answer for themselves: any origin may use one.
CORS_URLS_REGEX = rf"^/(api/(?!attachments/)|gateway/|oauth2/(token|userinfo|revoke)$)|^{CONTROL.pattern}"
CORS_ALLOW_CREDENTIALS = True
CORS_ALLOW_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
CORS_ALLOW_HEADERS = [
    "authorization",
    "content-type",
    "content-encoding",
    "x-doover-organisation",
    "x-doover-sharing",
    "x-doover-assume",
]

# --- language, files, logs ---

# What is written in the code; the others are catalogues of `doover_web/locale`, kept by bin/messages.
LANGUAGE_CODE = "en-au"
LANGUAGES = [("en-au", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "doover_web" / "locale"]
FORMAT_MODULE_PATH = "doover_web.pages.formats"
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("DOOVER_STATIC_ROOT", default=str(DATA_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "doover_web.pages.storage.HashedStatic"},
    "attachments": {
        "BACKEND": "doover_web.data.storage.LocalStorage",
        "OPTIONS": {"location": ATTACHMENTS_DIR},
    },
}
if S3_BUCKET:
    # Stores other than Amazon's own do not know the checksums that its library would send unasked.
    os.environ.setdefault("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")
    STORAGES["attachments"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": S3_ENDPOINT or None,
            "region_name": S3_REGION or None,
            "access_key": S3_KEY or None,
            "secret_key": S3_SECRET or None,
            "location": "attachments",
            "default_acl": None,
            "file_overwrite": True,  # names are random, so it need not ask first
        },
    }
EMAIL_BACKEND = EMAIL_CONFIG["EMAIL_BACKEND"]
for _key in ("EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD", "EMAIL_USE_TLS", "EMAIL_USE_SSL"):
    if EMAIL_CONFIG.get(_key):
        globals()[_key] = EMAIL_CONFIG[_key]
EMAIL_TIMEOUT = 20
if isinstance(ANYMAIL, dict) and ANYMAIL:
    EMAIL_BACKEND = f"anymail.backends.{ANYMAIL.get('provider')}.EmailBackend"

LOGGING = logs.configuration(as_json=LOG_JSON, level=os.environ.get("DOOVER_LOG_LEVEL", "INFO"))
