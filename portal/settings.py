"""Configuration, from the environment alone (see ``.env.example``). ``dubbing/checks.py`` finds wrong values."""

from __future__ import annotations

import os
import sqlite3
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONCE, NONE, SELF

BASE_DIR = Path(__file__).resolve().parent.parent
# The portal's version, as in pyproject.toml, which the image does not contain.
VERSION = "0.1.0"

env = environ.Env()
environ.Env.read_env(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))

# --- the essentials -------------------------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="only-for-debugging" if DEBUG else "")
# Signs passports of delivered videos: 32 random bytes in base64. By default, a key derived from SECRET_KEY.
PASSPORT_KEY = env.str("PASSPORT_KEY", default="")
PORTAL_URL = env.str("PORTAL_URL", default="http://localhost:8000").rstrip("/")
PORTAL_HOST = urlsplit(PORTAL_URL).hostname or ""
# Health checks come from the machine itself.
ALLOWED_HOSTS = [*env.list("ALLOWED_HOSTS", default=[PORTAL_HOST]), "localhost", "127.0.0.1"]
CSRF_TRUSTED_ORIGINS = [PORTAL_URL]
PROXIES = env.int("PROXIES", default=0)
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True
LANGUAGE_CODE = "en-gb"
USE_I18N = True
# Each language is named in itself. Texts are written in English, and translated in LOCALE_PATHS.
LANGUAGES = [("en-gb", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "dubbing" / "locale"]

# --- the provider ---------------------------------------------------------------------------------------------------

PANJAYA_API_URL = env.str("PANJAYA_API_URL", default="https://api.panjaya.ai")
PANJAYA_API_KEY = env.str("PANJAYA_API_KEY", default="")
PANJAYA_PUBLIC_KEY = env.str("PANJAYA_PUBLIC_KEY", default="", multiline=True)

MODELSLAB_API_URL = env.str("MODELSLAB_API_URL", default="https://modelslab.com/api/v6")
MODELSLAB_API_KEY = env.str("MODELSLAB_API_KEY", default="")
VOICECHANGER_API_URL = env.str("VOICECHANGER_API_URL", default="")
VOICECHANGER_API_KEY = env.str("VOICECHANGER_API_KEY", default="")

# The provider's list of locales changes: codes to offer in addition to those we know.
EXTRA_LOCALES = env.list("EXTRA_LOCALES", default=[])
# After a lost answer, how long the provider may take to show an asset before its absence counts. Seconds.
SETTLE_SECONDS = env.int("SETTLE_SECONDS", default=15 * 60)
SETTLE_UPLOAD_SECONDS = env.int("SETTLE_UPLOAD_SECONDS", default=60 * 60)
# How many paid requests to one provider may be in progress at the same time, over all workers.
SENDS_AT_ONCE = env.int("SENDS_AT_ONCE", default=32)
# How long a row stays with a process that was killed, before another one takes it up. Seconds.
LEASE_SECONDS = env.float("LEASE_SECONDS", default=45.0)
# First and longest wait between two syncs of something open. Seconds.
POLL_FIRST_SECONDS = env.int("POLL_FIRST_SECONDS", default=30)
POLL_LONGEST_SECONDS = env.int("POLL_LONGEST_SECONDS", default=15 * 60)
# An asset still open after this long, plus ten times its length, is shown as late. Seconds.
LATE_SECONDS = env.int("LATE_SECONDS", default=60 * 60)
# How many times a minute counts against a team's minutes, depending on how the final video is made.
WEIGHT_NO_LIPS = env.float("WEIGHT_NO_LIPS", default=1.0)
WEIGHT_REAL_FACE = env.float("WEIGHT_REAL_FACE", default=1.0)
WEIGHT_REAL_FACE_TURBO = env.float("WEIGHT_REAL_FACE_TURBO", default=1.0)
# Monthly minutes of a new project until somebody changes them in the admin: none.
NEW_PROJECT_MINUTES = env.int("NEW_PROJECT_MINUTES", default=0)
# Monthly minutes of all projects together; None: only the projects' own limits apply.
ORGANISATION_MINUTES = env.int("ORGANISATION_MINUTES", default=None)
# How many projects one person may create in an hour.
PROJECTS_PER_HOUR = env.int("PROJECTS_PER_HOUR", default=10)

# --- files: nobody else on this machine reads them -------------------------------------------------------------------

COLLECTING = "collectstatic" in sys.argv
# For the database, uploads, results and mails. Collected static files remain readable for the web server.
UMASK = int(env.str("UMASK", default="077"), 8)
if not COLLECTING:
    os.umask(UMASK)
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o666 & ~UMASK, 0o777 & ~UMASK
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(VAR_DIR / "media")))
# A bucket at an S3-compatible service, in which files can be kept instead (docs/operating/storage.md).
S3_BUCKET = env.str("S3_BUCKET", default="").strip()
S3_REGION = env.str("S3_REGION", default="").strip() or "us-east-1"
S3_ENDPOINT_URL = env.str("S3_ENDPOINT_URL", default="").rstrip("/") or f"https://s3.{S3_REGION}.amazonaws.com"
S3_ACCESS_KEY_ID = env.str("S3_ACCESS_KEY_ID", default="").strip()
S3_SECRET_ACCESS_KEY = env.str("S3_SECRET_ACCESS_KEY", default="").strip()
# Amazon has a host name for each bucket; others expect the bucket in the path.
S3_ADDRESSING = "virtual" if S3_ENDPOINT_URL.endswith(".amazonaws.com") and "." not in S3_BUCKET else "path"
# Where new files are kept: "local" (MEDIA_ROOT) or "s3". Files in the other place are still read.
STORAGE = env.str("STORAGE", default="").strip() or ("s3" if S3_BUCKET else "local")
# Browsers send files to the bucket themselves. It needs CORS rules for that.
S3_DIRECT_UPLOADS = env.bool("S3_DIRECT_UPLOADS", default=False)
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=20 * 1024**3)
# The largest body that browsers send in one request; a proxy in front has to let it through.
UPLOAD_CHUNK_BYTES = env.int("UPLOAD_CHUNK_BYTES", default=64 * 1024**2)
# Maximum total size of a person's files that no sent asset uses.
UPLOAD_QUOTA_BYTES = env.int("UPLOAD_QUOTA_BYTES", default=200 * 1024**3)
# Maximum total size of the texts in a person's drafts.
DRAFT_QUOTA_BYTES = env.int("DRAFT_QUOTA_BYTES", default=64_000_000)
# Per web process. Each upload takes a thread as long as it lasts (see portal/run.py).
UPLOADS_AT_ONCE = env.int("UPLOADS_AT_ONCE", default=24)
DISK_LOW_WATER_BYTES = env.int("DISK_LOW_WATER_BYTES", default=1024**3)
# Behind an nginx that sends files itself (see deploy/nginx.conf): its internal address for MEDIA_ROOT.
X_ACCEL_PREFIX = env.str("X_ACCEL_PREFIX", default="").rstrip("/")
SAMPLES_DIR = Path(env.str("SAMPLES_DIR", default=str(VAR_DIR / "samples")))
DATA_UPLOAD_MAX_MEMORY_SIZE = 30 * 1024**2
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024**2

# --- database -------------------------------------------------------------------------------------------------------

# SQLite before 3.51.3 can corrupt a write-ahead log if several processes write.
SQLITE_WAL_IS_SAFE = sqlite3.sqlite_version_info >= (3, 51, 3) and sqlite3.sqlite_version_info[:2] != (3, 52)


def _database() -> dict[str, Any]:
    config: dict[str, Any] = env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'portal.sqlite3'}")
    if config["ENGINE"].endswith("sqlite3"):
        journal = "WAL" if SQLITE_WAL_IS_SAFE else "TRUNCATE"
        config["CONN_MAX_AGE"] = 60  # opening the file and reading its schema costs more than most requests
        config["OPTIONS"] = {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": f"PRAGMA journal_mode={journal}; PRAGMA synchronous=FULL;",
        }
        # An in-memory test database cannot be shared with worker processes.
        config["TEST"] = {"NAME": env.str("TEST_SQLITE", default="") or None}
    else:
        # jit, parallel workers: our statements are done long before those would start, whatever the planner expects.
        # random_page_cost: a disk without moving parts.
        # plan_cache_mode: what is prepared (dubbing/models/prepared.py) is planned once, not again for each of its ids.
        planner = "-c jit=off -c max_parallel_workers_per_gather=0 -c random_page_cost=1.1"
        planner += " -c plan_cache_mode=force_generic_plan"
        limits = "-c statement_timeout=30000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=60000"
        options = {"options": f"{planner} {limits}", "prepare_threshold": 1}
        config |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "OPTIONS": options}
    return config


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Celery: the broker only wakes workers, the rows are the memory -------------------------------------------------

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="filesystem://localhost")
CELERY_BROKER_DIR = VAR_DIR / "broker"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False  # leases and the sweep are the only way in which work is repeated
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.2}
# Nobody steers workers through the broker: whoever reached it could end them.
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
RABBITMQ = CELERY_BROKER_URL.startswith(("amqp:", "amqps:", "pyamqp:"))
if RABBITMQ:
    # A queue has to be made with as many priorities as it will ever have, so it is not that of another program.
    CELERY_TASK_DEFAULT_QUEUE = "portal"
    CELERY_TASK_QUEUE_MAX_PRIORITY = 9
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    {
        "data_folder_in": str(CELERY_BROKER_DIR / "queue"),
        "data_folder_out": str(CELERY_BROKER_DIR / "queue"),
        "control_folder": str(CELERY_BROKER_DIR / "control"),
        "polling_interval": 0.1,
    }
    if CELERY_BROKER_URL.startswith("filesystem:")
    else {
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.1,
        "interval_max": 0.2,
        "socket_connect_timeout": 1,
        "socket_timeout": 30,
        "socket_keepalive": True,
        "health_check_interval": 25,
    }
    if CELERY_BROKER_URL.startswith("redis")
    # Without confirmations, a message that the broker does not take is lost without an error. Without limits, RabbitMQ
    # answers nothing to whoever sent one while its memory or disk is short, not even that the connection is closed.
    else {"confirm_publish": True, "read_timeout": 5, "write_timeout": 5}
    if RABBITMQ
    else {}
)

# --- caches ----------------------------------------------------------------------------------------------------------

# In each process separately: it only saves queries.
_OWN_CACHE = {
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "OPTIONS": {"MAX_ENTRIES": 10_000},
}
# Where all web processes count together: callbacks of a submission, requests of a token. By default the broker, if it
# is a Redis; otherwise each process counts for itself.
REDIS_URL = env.str("REDIS_URL", default="").strip() or (
    CELERY_BROKER_URL if CELERY_BROKER_URL.startswith("redis") else ""
)
_REDIS_CACHE = {
    "BACKEND": "django.core.cache.backends.redis.RedisCache",
    "LOCATION": REDIS_URL,
    "KEY_PREFIX": "portal",
    "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
}
CACHES = {"default": _OWN_CACHE, "shared": _REDIS_CACHE if REDIS_URL else _OWN_CACHE | {"LOCATION": "shared"}}

# --- errors and spans, collected elsewhere (portal/observability.py) --------------------------------------------------

# Errors go to this project of a Sentry.
SENTRY_DSN = env.str("SENTRY_DSN", default="").strip()
# Spans of requests and jobs go to this collector, by OTLP over HTTP, with headers such as authorization=Bearer…
OTEL_EXPORTER_OTLP_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="").strip().rstrip("/")
OTEL_EXPORTER_OTLP_HEADERS = env.str("OTEL_EXPORTER_OTLP_HEADERS", default="").strip()

# --- the application ------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    # Before ours, which takes their pages out of the admin site.
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "dubbing",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "axes",
    "csp",
    "django_htmx",
]
MIDDLEWARE = [
    *(["portal.observability.SpanMiddleware"] if OTEL_EXPORTER_OTLP_ENDPOINT else []),
    # First of all: most requests are polls for which nothing has changed, and an empty answer needs none of the others.
    "portal.page_polling.PollMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.no_store.NoStore",
    # Before anything that produces text.
    "django.middleware.locale.LocaleMiddleware",
    "portal.zones.ReaderZone",
    # From here on, every refusal of a program's request becomes a problem document.
    "dubbing.api.problem_answers.ProblemAnswers",
    "portal.input_gate.HeadGate",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.session_age.SessionAge",
    "portal.languages.PersonLanguage",
    "dubbing.api.token_gate.TokenGate",
    # Before anything that reads a body, so that strangers cannot fill the disk.
    "portal.body_gate.BodyGate",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "portal.second_step_gate.SecondStepGate",
    "portal.input_gate.FormGate",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    # After everything that may refuse a request without calling a view, and before what may still replace the answer.
    "portal.audit_trail.AuditTrail",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
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
            ]
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
# If collected (in the image), files have their hash in their name and are cached for ever; else they are served as is.
COLLECTED = STATIC_ROOT.exists() or COLLECTING
WHITENOISE_USE_FINDERS = not COLLECTED
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "portal.staticfiles.HashedStaticFiles"
        if COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage",
        "OPTIONS": {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755},
    },
}

# --- people and security --------------------------------------------------------------------------------------------

# Mails (lost passwords, notices) go to a folder, unless EMAIL_URL names a server:
# smtp+tls://user:password@mail.example.com:587
vars().update(env.email_url("EMAIL_URL", default=f"filemail:///{VAR_DIR / 'mail'}"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default=f"Dubbing Portal <no-reply@{PORTAL_HOST or 'localhost'}>")
# Notices that come within this many seconds of the first one share its email.
NOTICE_MAIL_SECONDS = env.int("NOTICE_MAIL_SECONDS", default=2 * 60)
# The hour of the day (TIME_ZONE) at which daily emails are sent.
NOTICE_DAILY_HOUR = env.int("NOTICE_DAILY_HOUR", default=7)
PASSWORD_RESET_TIMEOUT = 60 * 60
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "work"
LOGOUT_REDIRECT_URL = "sign-in"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "dubbing.accounts.authentication.PersonBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
# Wrong passwords lock a name from one address, and an address with very many of them (portal/sign_in_locks.py).
AXES_FAILURE_LIMIT = 5
SIGN_IN_FAILURES_PER_ADDRESS = 50
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_USE_ATTEMPT_EXPIRATION = True
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # trying again does not prolong it
AXES_CLIENT_IP_CALLABLE = "portal.addresses.client_address"
AXES_HANDLER = "portal.sign_in_locks.Locks"
AXES_LOCKOUT_CALLABLE = "portal.sign_in_locks.locked_out"
AXES_VERBOSE = False

# --- single sign-on: an OpenID Connect provider (docs/operating/sign-in.md) ------------------------------------------

OIDC_ISSUER = env.str("OIDC_ISSUER", default="").strip().rstrip("/")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", default="").strip()
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", default="").strip()
# What people call it, on the button.
OIDC_NAME = env.str("OIDC_NAME", default="")
OIDC_SCOPES = env.list("OIDC_SCOPES", default=["openid", "profile", "email"])
OIDC_GROUPS_CLAIM = env.str("OIDC_GROUPS_CLAIM", default="groups")
# "claim=value": whoever has another value is of another organization.
OIDC_TENANT = env.str("OIDC_TENANT", default="")
# The provider confirms every email address, but does not say so.
OIDC_TRUST_EMAIL = env.bool("OIDC_TRUST_EMAIL", default=False)
# Off: only the emergency account signs in with a password, for when the provider is down.
PASSWORD_SIGN_IN = env.bool("PASSWORD_SIGN_IN", default=True)
BREAK_GLASS_USER = env.str("BREAK_GLASS_USER", default="").strip()
ACCOUNT_ADAPTER = "dubbing.web.account.identity_provider.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "dubbing.web.account.identity_provider.ProviderAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*"]
# Emails and names are joined in dubbing/sign_in/single_sign_on.py alone, and no token of the provider is kept.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = SOCIALACCOUNT_STORE_TOKENS = SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10

# Staff and administrators have to set up a second step before anything else.
SECOND_STEP_FOR_ADMINS = env.bool("SECOND_STEP_FOR_ADMINS", default=False)
MFA_ADAPTER = "dubbing.sign_in.second_step.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1
# Ours are in rows, which all processes share: dubbing/sign_in/second_step.py.
ACCOUNT_RATE_LIMITS = False

# The longest life of a program's token, and the requests that each may make in a minute.
API_TOKEN_DAYS = env.int("API_TOKEN_DAYS", default=365)
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=300)

_HTTPS = PORTAL_URL.startswith("https://")
SECURE_SSL_REDIRECT = _HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
# These two apply to a whole domain, and browsers remember them for a year: only for those who want that.
SECURE_HSTS_INCLUDE_SUBDOMAINS = _HTTPS and env.bool("HSTS_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = _HTTPS and env.bool("HSTS_PRELOAD", default=False)
# W005, W021: Django's deployment check would require both from everybody.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REDIRECT_EXEMPT = [r"^healthz(?:/live|/ready)?$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _HTTPS
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LANGUAGE_COOKIE_HTTPONLY = True
# The longest life of a session, and how long it may be unused; 0: as long as it lives.
SESSION_HOURS = env.int("SESSION_HOURS", default=12)
SESSION_IDLE_MINUTES = env.int("SESSION_IDLE_MINUTES", default=0)
SESSION_COOKIE_AGE = SESSION_HOURS * 60 * 60
SESSION_ENGINE = "dubbing.models.sessions"
SESSION_SAVE_EVERY_REQUEST = False
X_FRAME_OPTIONS = "DENY"


def _bucket_origin() -> list[str]:
    """From where browsers get pictures and videos if they are in a bucket."""
    address = urlsplit(S3_ENDPOINT_URL)
    host = f"{S3_BUCKET}.{address.netloc}" if S3_ADDRESSING == "virtual" else address.netloc
    return [f"{address.scheme}://{host}"] if S3_BUCKET else []


CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        # The waveform draws its own style sheet into a shadow tree, marked with the page's nonce.
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", *_bucket_origin()],
        "media-src": [SELF, *_bucket_origin()],
        "connect-src": [SELF, *(_bucket_origin() if S3_DIRECT_UPLOADS else [])],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

# --- monitoring -----------------------------------------------------------------------------------------------------

# Who sends it as a bearer token reads /metrics. Without it, that address does not exist.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="").strip()
# Called with JSON about each alert and its end, besides the emails. Often a secret: such addresses contain a key.
ALERT_WEBHOOK_URL = env.str("ALERT_WEBHOOK_URL", default="").strip()

# --- logs: to standard error, without keys and signed links ---------------------------------------------------------

# "text" for people, "json" for programs. dubbing/checks.py refuses anything else.
LOG_FORMAT = env.str("LOG_FORMAT", default="text").strip().lower()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"redact": {"()": "portal.logs.Redact"}, "context": {"()": "portal.logs.Context"}},
    "formatters": {
        "text": {
            "()": "portal.logs.TextFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
        "json": {"()": "portal.logs.JsonFormatter"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "filters": ["redact", "context"],
            "formatter": "json" if LOG_FORMAT == "json" else "text",
        }
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
        "django.server": {"handlers": ["stderr"], "propagate": False},
    },
}
