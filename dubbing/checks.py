"""System checks of the configuration: what is wrong, and what to set."""

from __future__ import annotations

import logging
import stat
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from dubbing import software
from dubbing.media import BARRIERS, Decoder
from dubbing.platform import bucket, storage
from dubbing.providers import REGISTRATIONS, default_registration, open_provider
from dubbing.providers.addresses import acceptable
from dubbing.providers.registration import CallbackReader

log = logging.getLogger(__name__)

Finding = list[CheckMessage]
LARGEST_WEIGHT = 100
IDLE_LEAST = 5
TOKEN_LEAST = 20
START = "start"
OLDEST_LIBAVCODEC = 62
"""That of FFmpeg 8.0."""
# As in Django's own deployment check.
KEY_CHARACTERS, KEY_DISTINCT, _GENERATED_BY_DJANGO = 50, 5, "django-insecure-"
_NEW_KEY = "Set SECRET_KEY to 50 random characters: python -c 'import secrets; print(secrets.token_urlsafe(50))'"
# Names that only exist within a machine or a private network.
_PRIVATE_NAMES = (".localhost", ".local", ".internal", ".home.arpa", ".lan", ".test")


def _error(number: int, what: str, hint: str) -> Finding:
    return [Error(what, hint=hint, id=f"dubbing.E{number:03}")]


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:
        return SplitResult("", "", "", "", "")


def secret_key() -> Finding:
    """Check SECRET_KEY, which signs sessions and tokens."""
    try:
        missing = not settings.SECRET_KEY
    except ImproperlyConfigured:
        missing = True
    return _error(1, "SECRET_KEY is not set.", _NEW_KEY) if missing else []


def provider_key() -> Finding:
    """Check the key of the provider that every installation needs."""
    provider = default_registration()
    name = provider.key_setting
    hint = f"Set {name} to the key from your {provider.label} account (or to any text if you use the sandbox)."
    return [] if getattr(settings, name).strip() else _error(2, f"{name} is not set.", hint)


def provider_address() -> Finding:
    """Check the provider's address, since the key is sent there."""
    provider = default_registration()
    name = provider.address_setting
    parts = _split(getattr(settings, name))
    hint = f"Set {name} to an https address, for example {provider.example_address}"
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        return _error(3, f"{name} is not a valid address.", hint)
    return []


def provider() -> Finding:
    """Check address and key together, to find now what the provider would refuse at the first request."""
    if provider_key() or provider_address():
        return []
    provider = default_registration()
    try:
        open_provider(provider.name)
    except ValueError as problem:
        hint = f"Correct {provider.address_setting} or {provider.key_setting}."
        return _error(8, f"The provider cannot be used: {problem}.", hint)
    return []


def callback_keys() -> Finding:
    """Check the pinned keys under which callbacks are accepted."""
    readers = [provider.callbacks for provider in REGISTRATIONS.values() if provider.callbacks]
    return [finding for reader in readers for finding in _callback_key(reader)]


def _callback_key(reader: CallbackReader) -> Finding:
    try:
        reader.check_key()
    except ValueError as problem:
        name = reader.key_setting
        hint = f"Set {name} to the provider's public key (PEM text or the path of a file), or leave it out."
        return _error(4, f"{name} cannot be used: {problem}", hint)
    return []


def portal_address() -> Finding:
    """Check PORTAL_URL: callbacks arrive there, and links and cookies depend on it."""
    parts = _split(settings.PORTAL_URL)
    if parts.scheme in {"http", "https"} and parts.hostname:
        return []
    hint = "Set PORTAL_URL to the address that people open, for example https://dubbing.example.com"
    return _error(5, f"PORTAL_URL is not a valid address: {settings.PORTAL_URL!r}.", hint)


def file_storage() -> Finding:
    """Check that the folder for results exists and is writable."""
    try:
        settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
        probe = settings.MEDIA_ROOT / ".writable"
        probe.touch()
        probe.unlink(missing_ok=True)  # several processes may start at once
    except OSError as problem:
        return _error(6, f"MEDIA_ROOT is not writable: {problem}.", "Set MEDIA_ROOT to a writable folder.")
    return []


def bucket_settings() -> Finding:
    """Check what is said about the bucket, without asking it."""
    if settings.STORAGE not in {storage.FOLDER, storage.BUCKET}:
        return _error(41, f"STORAGE is {settings.STORAGE!r}.", "Set STORAGE to local or s3.")
    if not settings.S3_BUCKET:
        missing = settings.STORAGE == storage.BUCKET
        return _error(41, "STORAGE is s3, but there is no S3_BUCKET.", "Set S3_BUCKET.") if missing else []
    parts = _split(settings.S3_ENDPOINT_URL)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or "@" in parts.netloc:
        hint = "Set S3_ENDPOINT_URL to the address of the service alone, for example https://s3.example.com"
        return _error(42, "S3_ENDPOINT_URL is not a valid address.", hint)
    if parts.scheme == "http" and settings.PORTAL_URL.startswith("https:"):
        hint = "Set S3_ENDPOINT_URL to an https address: on an https page, browsers load no videos from http."
        return _error(42, "S3_ENDPOINT_URL is not an https address.", hint)
    if bool(settings.S3_ACCESS_KEY_ID) != bool(settings.S3_SECRET_ACCESS_KEY):
        hint = "Set both S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY, or neither to use the role of the machine."
        return _error(43, "Only half of the bucket's key is set.", hint)
    return []


def numbers() -> Finding:
    """Check that waits and limits are positive."""
    names = "SETTLE_SECONDS SETTLE_UPLOAD_SECONDS POLL_FIRST_SECONDS POLL_LONGEST_SECONDS LATE_SECONDS UPLOAD_MAX_BYTES"
    names += " UPLOAD_CHUNK_BYTES DRAFT_QUOTA_BYTES PROJECTS_PER_HOUR LEASE_SECONDS NOTICE_MAIL_SECONDS API_TOKEN_DAYS"
    names += " API_REQUESTS_PER_MINUTE SESSION_HOURS"
    wrong = [name for name in names.split() if getattr(settings, name) <= 0]
    return _error(7, f"Not above 0: {', '.join(wrong)}.", "Set them to whole numbers above 0.") if wrong else []


def allowances() -> Finding:
    """Check that minutes are not negative."""
    names = ("NEW_PROJECT_MINUTES", "ORGANISATION_MINUTES")
    wrong = [name for name in names if (getattr(settings, name) or 0) < 0]
    return _error(21, f"Below 0: {', '.join(wrong)}.", "Set them to 0 or more minutes.") if wrong else []


def daily_hour() -> Finding:
    """Check that daily emails are sent at an hour of the day."""
    if 0 <= settings.NOTICE_DAILY_HOUR <= 23:
        return []
    return _error(25, "NOTICE_DAILY_HOUR is not an hour of the day.", "Set NOTICE_DAILY_HOUR to a number from 0 to 23.")


def weights() -> Finding:
    """Check the weights of minutes: zero would make dubbing free, and a huge one would use up a month at once."""
    names = ("WEIGHT_NO_LIPS", "WEIGHT_REAL_FACE", "WEIGHT_REAL_FACE_TURBO")
    wrong = [name for name in names if not 0 < getattr(settings, name) <= LARGEST_WEIGHT]
    hint = f"Set them to numbers above 0 and at most {LARGEST_WEIGHT}. With 1, each minute counts as one."
    return _error(20, f"Not valid as weights of minutes: {', '.join(wrong)}.", hint) if wrong else []


def idle_sessions() -> Finding:
    """Check that sessions do not end before anybody can use them."""
    if settings.SESSION_IDLE_MINUTES == 0 or settings.SESSION_IDLE_MINUTES >= IDLE_LEAST:
        return []
    hint = f"Set SESSION_IDLE_MINUTES to 0 (never) or to at least {IDLE_LEAST}."
    return _error(37, "SESSION_IDLE_MINUTES is too short: a session's use is noted once a minute.", hint)


def single_sign_on() -> Finding:
    """Check the identity provider: passwords and tokens pass through its address."""
    issuer, client = settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID
    if not issuer and not client:
        return []
    parts = _split(issuer)
    if not parts.hostname or parts.query or parts.fragment or "@" in parts.netloc:
        return _error(33, "OIDC_ISSUER is not a valid address.", _ISSUER)
    if parts.scheme != "https" and (parts.scheme != "http" or _is_public(parts.hostname)):
        return _error(33, "OIDC_ISSUER is not an https address.", _ISSUER)
    if not client:
        return _error(34, "OIDC_CLIENT_ID is not set.", "Set it to the ID that the provider of OIDC_ISSUER knows.")
    if settings.OIDC_TENANT and not all(settings.OIDC_TENANT.partition("=")):
        return _error(35, "OIDC_TENANT is not of the form claim=value.", "Set it to, for example, hd=example.com")
    return []


def metrics_token() -> Finding:
    """Check that the token for metrics cannot be guessed."""
    if not settings.METRICS_TOKEN or len(settings.METRICS_TOKEN) >= TOKEN_LEAST:
        return []
    hint = "Set METRICS_TOKEN: python -c 'import secrets; print(secrets.token_urlsafe(30))'"
    return _error(45, f"METRICS_TOKEN is shorter than {TOKEN_LEAST} characters.", hint)


def alert_webhook() -> Finding:
    """Check the address that is called about alerts: what is sent names what does not work."""
    url = settings.ALERT_WEBHOOK_URL
    if not url or acceptable(url, near=url):
        return []
    hint = "Set ALERT_WEBHOOK_URL to an https address, or to one on a private network."
    return _error(40, "ALERT_WEBHOOK_URL is not a valid address.", hint)


def redis_address() -> Finding:
    """Check the address of the Redis in which limits are counted."""
    url = settings.REDIS_URL
    if not url or (_split(url).scheme in {"redis", "rediss"} and _split(url).hostname):
        return []
    return _error(46, "REDIS_URL is not a valid address.", "Set REDIS_URL, for example redis://:password@redis:6379/0")


def log_format() -> Finding:
    """Check that the form of log lines is one that exists."""
    if settings.LOG_FORMAT in {"text", "json"}:
        return []
    return _error(39, "LOG_FORMAT is neither text nor json.", "Set LOG_FORMAT to text or json.")


_ISSUER = "Set OIDC_ISSUER to the issuer (https://login.example.com/realms/company), and OIDC_CLIENT_ID beside it."


def ways_in() -> Finding:
    """Check that somebody can sign in."""
    if settings.PASSWORD_SIGN_IN or (settings.OIDC_ISSUER and settings.OIDC_CLIENT_ID):
        return []
    hint = "Set OIDC_ISSUER and OIDC_CLIENT_ID, or PASSWORD_SIGN_IN=true."
    return _error(36, "PASSWORD_SIGN_IN is off, and no identity provider is configured: nobody can sign in.", hint)


CHECKS: tuple[Callable[[], Finding], ...] = (
    secret_key,
    provider_key,
    provider_address,
    provider,
    callback_keys,
    portal_address,
    file_storage,
    bucket_settings,
    numbers,
    weights,
    allowances,
    daily_hour,
    idle_sessions,
    single_sign_on,
    ways_in,
    metrics_token,
    log_format,
    alert_webhook,
    redis_address,
)


@register
def configuration(**_: Any) -> Finding:
    """Run every check of the environment."""
    return [finding for check in CHECKS for finding in check()]


def debugging() -> Finding:
    """Refuse DEBUG on an address that others can reach: error pages show code, settings and rows."""
    if not settings.DEBUG or not (_is_public(_host()) or settings.PORTAL_URL.startswith("https:")):
        return []
    hint = "Set DEBUG=false. DEBUG is only for a portal that nobody else can reach."
    return _error(22, f"DEBUG is on, but other people can reach {settings.PORTAL_URL}.", hint)


def strong_secret_key() -> Finding:
    """Refuse a SECRET_KEY that can be guessed."""
    key = settings.SECRET_KEY
    weak = len(key) < KEY_CHARACTERS or len(set(key)) < KEY_DISTINCT or key.startswith(_GENERATED_BY_DJANGO)
    if settings.DEBUG or not weak:
        return []
    return _error(23, f"SECRET_KEY is too easy to guess ({len(key)} characters).", _NEW_KEY)


def passport_key() -> Finding:
    """Check PASSPORT_KEY: an invalid one would only be noticed when something is delivered."""
    if not settings.PASSPORT_KEY or _is_key(settings.PASSPORT_KEY):
        return []
    hint = "Set PASSPORT_KEY: python -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())'"
    return _error(32, "PASSPORT_KEY is not 32 bytes in base64.", hint)


def _is_key(text: str) -> bool:
    with suppress(ValueError):
        return len(b64decode(text, validate=True)) == 32
    return False


def bucket_access() -> Finding:
    """Check that the bucket exists and that our key may use it. A service that is down may be up again soon."""
    if not bucket.is_configured() or bucket_settings():
        return []
    try:
        bucket.try_out()
    except bucket.Unavailable as problem:
        if problem.is_refusal:
            return _error(44, problem.detail, problem.hint)
        return [Warning(problem.detail, hint=problem.hint, id="dubbing.W041")]
    return []


def encrypted() -> Finding:
    """Refuse plain http on a public name: passwords and cookies would be sent in the clear."""
    if settings.PORTAL_URL.startswith("https:"):
        return []
    public = [name for name in (_host(), *settings.ALLOWED_HOSTS) if _is_public(name)]
    if not public:
        return []
    hint = "Set PORTAL_URL to an https address, with a TLS proxy in front (see docs/operating/install.md)."
    return _error(24, f"PORTAL_URL is not https, but people reach {public[0]} over a network.", hint)


def _host() -> str:
    return _split(settings.PORTAL_URL).hostname or ""


def _is_public(host: str) -> bool:
    """Whether this is a public address or name, at which strangers can reach us."""
    name = host.strip("[].").lower()
    try:
        return ip_address(name).is_global
    except ValueError:
        return "." in name and not name.endswith(_PRIVATE_NAMES)


def shared_limits() -> Finding:
    """Warn if limits are multiplied by the number of web processes: RabbitMQ cannot count."""
    if not settings.RABBITMQ or settings.REDIS_URL:
        return []
    what = (
        "The broker is RabbitMQ and there is no Redis: each web process counts callbacks and API requests for itself."
    )
    hint = "Set REDIS_URL to a Redis that all web processes reach, on however many machines they run."
    return [Warning(what, hint=hint, id="dubbing.W008")]


def observers() -> Finding:
    """Check where errors and spans are sent, and that there is a package to send them."""
    if missing := software.settings_without_package():
        hint = "Run pip install --require-hashes -r requirements-observability.lock, or leave the settings out."
        return _error(47, f"{' and '.join(missing)}: the package for it is not installed.", hint)
    dsn, endpoint = _split(settings.SENTRY_DSN), _split(settings.OTEL_EXPORTER_OTLP_ENDPOINT)
    if settings.SENTRY_DSN and not (_is_web(dsn) and dsn.username and dsn.path.rpartition("/")[2].isdigit()):
        return _error(48, "SENTRY_DSN is not valid.", "Set SENTRY_DSN as Sentry shows it under “Client Keys (DSN)”.")
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT and not _is_web(endpoint):
        hint = "Set OTEL_EXPORTER_OTLP_ENDPOINT to an address for OTLP over HTTP, for example http://collector:4318"
        return _error(49, "OTEL_EXPORTER_OTLP_ENDPOINT is not a valid address.", hint)
    return []


def _is_web(parts: SplitResult) -> bool:
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


START_CHECKS: tuple[Callable[[], Finding], ...] = (
    debugging,
    strong_secret_key,
    passport_key,
    encrypted,
    bucket_access,
    shared_limits,
    observers,
)


@register(START, deploy=True)
def start(**_: Any) -> Finding:
    """Checks that only a developer's own commands may fail."""
    return [finding for check in START_CHECKS for finding in check()]


@register(START, deploy=True)
def versions(**_: Any) -> Finding:
    """Check what the portal runs on, and log it in one line."""
    found = software.observe()
    log.info("Running on %s.", found)
    return [*_database_version(found.database), *_decoder_version(found.decoder)]


def _database_version(database: software.Database) -> Finding:
    if database.too_old:
        hint = "Use PostgreSQL 14 or later, or a Python whose SQLite is 3.34 or later and has FTS5."
        return _error(38, f"The database cannot be used: {database.too_old}", hint)
    if database.silent:
        hint = "If it does not start by itself, check DATABASE_URL. PostgreSQL has to be version 14 or later."
        return [Warning("The database does not respond; its version was not checked.", hint=hint, id="dubbing.W002")]
    if database.without_wal:
        what = f"{database.name} can corrupt a write-ahead log, so the portal uses a rollback journal: readers wait."
        hint = "Use PostgreSQL for more than a small team, or a Python with SQLite 3.51.3 or later."
        return [Info(what, hint=hint, id="dubbing.I001")]
    return []


def _decoder_version(decoder: Decoder | None) -> Finding:
    if decoder is None:
        hint = "Run python -m dubbing.media about /dev/null, which shows the error. PyAV may be missing."
        return [Warning("The process that reads videos does not start.", hint=hint, id="dubbing.W003")]
    found: Finding = []
    if decoder.libavcodec < OLDEST_LIBAVCODEC:
        what = (
            f"FFmpeg {decoder.ffmpeg} is older than 8.0, with which the portal is tested. Videos may be misread, and "
        )
        what += "flaws that were fixed since are open to every uploaded file."
        hint = "Install PyAV (av) from requirements.lock, which contains its own FFmpeg."
        found += [Warning(what, hint=hint, id="dubbing.W004")]
    if "files" in decoder.open:
        hint = "Use Linux 5.13 or later with Landlock, and a container runtime that allows it."
        found += [Warning(BARRIERS["files"], hint=hint, id="dubbing.W005")]
    if "calls" in decoder.open:
        hint = "Use Linux with seccomp filters, on x86_64 or aarch64, and a container runtime that allows them."
        found += [Warning(BARRIERS["calls"], hint=hint, id="dubbing.W006")]
        # Otherwise the filter keeps it offline, and containers commonly refuse namespaces.
        if "network" in decoder.open:
            hint = "Allow network namespaces (user namespaces, if the portal does not run as root), or seccomp."
            found += [Warning("Nothing keeps the decoder offline.", hint=hint, id="dubbing.W007")]
    return found


def refuse_wrong_start() -> None:
    """Run these checks in web, worker and scheduler first. Raises SystemCheckError, which says what to set."""
    call_command("check")
    call_command("check", deploy=True, tags=[START])
    _close_to_others()


def _close_to_others() -> None:
    """Close files of earlier releases to other users. Skips files that belong to somebody else."""
    database = settings.DATABASES["default"]
    paths = [settings.MEDIA_ROOT]
    if database["ENGINE"].endswith("sqlite3"):
        paths.append(Path(database["NAME"]))
    for path in paths:
        with suppress(OSError):
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~stat.S_IRWXO)


@register(deploy=True)
def public_address(**_: Any) -> Finding:
    """Check that people and providers reach production over https."""
    if settings.PORTAL_URL.startswith("https://"):
        return []
    hint = (
        "Set PORTAL_URL to the public https address. Without it, callbacks cannot reach us and cookies are not secure."
    )
    return [Warning("PORTAL_URL is not https.", hint=hint, id="dubbing.W001")]
