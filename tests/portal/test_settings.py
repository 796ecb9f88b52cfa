"""Settings come from the environment alone; each is named in .env.example."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.support.people import People, client_of
from tests.support.rows import make_asset, make_done

ROOT = Path(__file__).resolve().parents[2]


def started_with(tmp_path: Path, *names: str, **environment: str) -> dict[str, Any]:
    """The settings that a fresh process has with this environment."""
    code = (
        "import json, sys; from django.conf import settings as s; "
        "print('=>' + json.dumps({n: getattr(s, n) for n in sys.argv[1:]}, default=str))"
    )
    base = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "portal.settings", "VAR_DIR": str(tmp_path)}
    # A developer's own .env must not answer for the environment.
    base |= {"SECRET_KEY": "x", "PANJAYA_API_KEY": "", "PORTAL_URL": "http://localhost:8000", "DATABASE_URL": ""}
    base["DATABASE_URL"] = f"sqlite:///{tmp_path / 'portal.sqlite3'}"
    command = [sys.executable, "-c", code, *names]
    done = subprocess.run(command, cwd=ROOT, env=base | environment, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.partition("=>")[2])
    return found


def test_sqlite_waits_for_its_turn_and_survives_a_power_cut(tmp_path: Path) -> None:
    options = started_with(tmp_path, "DATABASES")["DATABASES"]["default"]["OPTIONS"]
    assert (options["transaction_mode"], options["timeout"]) == ("IMMEDIATE", 20)
    assert "synchronous=FULL" in options["init_command"]


def test_an_old_sqlite_has_no_write_ahead_log(tmp_path: Path) -> None:
    found = started_with(tmp_path, "DATABASES", "SQLITE_WAL_IS_SAFE")
    journal = "WAL" if found["SQLITE_WAL_IS_SAFE"] else "TRUNCATE"
    assert f"journal_mode={journal}" in found["DATABASES"]["default"]["OPTIONS"]["init_command"]


def test_postgresql_bounds_every_statement_and_lock(tmp_path: Path) -> None:
    found = started_with(tmp_path, "DATABASES", DATABASE_URL="postgres://u:p@db.example:5433/portal")["DATABASES"]
    assert (found["default"]["HOST"], found["default"]["PORT"]) == ("db.example", 5433)
    assert "lock_timeout=5000" in found["default"]["OPTIONS"]["options"]
    assert found["default"]["CONN_HEALTH_CHECKS"] is True


def test_no_request_holds_a_transaction(tmp_path: Path) -> None:
    assert not started_with(tmp_path, "DATABASES")["DATABASES"]["default"].get("ATOMIC_REQUESTS")


def modes(folder: Path) -> dict[str, str]:
    """Everything below the folder, with who may do what to it."""
    return {str(path.relative_to(folder)): f"{path.stat().st_mode & 0o777:o}" for path in folder.rglob("*")}


USE_FILES = """
import django; django.setup()
from pathlib import Path
from django.core.mail import send_mail
from django.core.management import call_command
from dubbing.platform import storage
call_command("migrate", "axes", verbosity=0)
with storage.open_temporary(storage.Kind.RESULT, ".mp4") as incoming:
    incoming.write(b"film"); incoming.keep()
with storage.Partial("uploads/ab/abc.mp4", create=True):
    pass
send_mail("A", "B", "a@example.com", ["b@example.com"])
from portal.celery import app
app.connection_for_write().connect()
"""


@pytest.mark.parametrize(("given", "file", "folder"), [({}, "600", "700"), ({"UMASK": "027"}, "640", "750")])
def test_nobody_else_on_the_machine_reads_the_database_or_a_file(
    tmp_path: Path, given: dict[str, str], file: str, folder: str
) -> None:
    base = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "portal.settings", "ENV_FILE": os.devnull}
    base |= {"SECRET_KEY": "x", "PANJAYA_API_KEY": "x", "VAR_DIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", USE_FILES], cwd=ROOT, env=base | given, check=True, umask=0o022)
    found = modes(tmp_path)
    assert {"portal.sqlite3", "media/results", "mail", "broker/queue"} <= set(found)
    assert {mode for path, mode in found.items() if (tmp_path / path).is_file()} == {file}
    assert {mode for path, mode in found.items() if (tmp_path / path).is_dir()} == {folder}


def test_files_of_earlier_releases_are_closed_to_others_at_start(tmp_path: Path) -> None:
    database, media = tmp_path / "portal.sqlite3", tmp_path / "media"
    database.touch()
    media.mkdir()
    database.chmod(0o644)
    media.chmod(0o755)
    base = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "portal.settings", "ENV_FILE": os.devnull}
    base |= {"SECRET_KEY": "".join(map(str, range(40))), "PANJAYA_API_KEY": "x", "VAR_DIR": str(tmp_path)}
    code = "import portal.wsgi"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=base, check=True, capture_output=True, umask=0o022)
    assert modes(tmp_path) == {"portal.sqlite3": "640", "media": "750"}


@pytest.mark.parametrize("https", [True, False])
def test_https_at_the_address_makes_everything_secure(tmp_path: Path, https: bool) -> None:
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS")
    found = started_with(tmp_path, *names, PORTAL_URL=f"http{'s' * https}://dubbing.example.com/")
    assert [bool(found[name]) for name in names] == [https] * 4


@pytest.mark.parametrize(
    ("address", "given", "both"),
    [
        ("https://dubbing.example.com", {}, [False, False]),
        ("https://dubbing.example.com", {"HSTS_SUBDOMAINS": "true"}, [True, False]),
        ("https://dubbing.example.com", {"HSTS_SUBDOMAINS": "true", "HSTS_PRELOAD": "true"}, [True, True]),
        ("http://localhost:8000", {"HSTS_SUBDOMAINS": "true", "HSTS_PRELOAD": "true"}, [False, False]),
    ],
)
def test_nobody_speaks_for_a_whole_domain_by_default(
    tmp_path: Path, address: str, given: dict[str, str], both: list[bool]
) -> None:
    names = ("SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD")
    assert list(started_with(tmp_path, *names, PORTAL_URL=address, **given).values()) == both


def test_a_forwarded_protocol_is_believed_only_behind_a_proxy(tmp_path: Path) -> None:
    assert started_with(tmp_path, "SECURE_PROXY_SSL_HEADER")["SECURE_PROXY_SSL_HEADER"] is None
    behind = started_with(tmp_path, "SECURE_PROXY_SSL_HEADER", PROXIES="1")
    assert behind["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]


def test_debug_is_off_and_no_secret_has_a_default(tmp_path: Path) -> None:
    assert started_with(tmp_path, "DEBUG", "PANJAYA_API_KEY") == {"DEBUG": False, "PANJAYA_API_KEY": ""}
    with pytest.raises(subprocess.CalledProcessError):
        started_with(tmp_path, "SECRET_KEY", SECRET_KEY="")


@pytest.mark.parametrize("broker", ["filesystem://localhost", "redis://127.0.0.1:1/0", "amqp://127.0.0.1"])
def test_no_broker_is_asked_for_results_or_to_redeliver(tmp_path: Path, broker: str) -> None:
    names = ("CELERY_TASK_IGNORE_RESULT", "CELERY_TASK_ACKS_LATE", "CELERY_BROKER_TRANSPORT_OPTIONS")
    found = started_with(tmp_path, *names, CELERY_BROKER_URL=broker)
    assert (found["CELERY_TASK_IGNORE_RESULT"], found["CELERY_TASK_ACKS_LATE"]) == (True, False)
    assert bool(found["CELERY_BROKER_TRANSPORT_OPTIONS"])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "LocMemCache"),
        ({"CELERY_BROKER_URL": "redis://127.0.0.1:1/0"}, "redis://127.0.0.1:1/0"),
        ({"CELERY_BROKER_URL": "amqp://127.0.0.1"}, "LocMemCache"),
        ({"CELERY_BROKER_URL": "amqp://127.0.0.1", "REDIS_URL": "redis://127.0.0.1:2/0"}, "redis://127.0.0.1:2/0"),
    ],
)
def test_web_processes_count_together_where_there_is_a_redis(
    tmp_path: Path, given: dict[str, str], expected: str
) -> None:
    shared = started_with(tmp_path, "CACHES", **given)["CACHES"]["shared"]
    assert expected in (shared["LOCATION"], shared["BACKEND"].rpartition(".")[2])


def test_strangers_bodies_are_judged_before_anything_reads_them() -> None:
    order = [name.rpartition(".")[2] for name in settings.MIDDLEWARE]
    gate = order.index("BodyGate")
    assert order.index("AuthenticationMiddleware") < gate
    for reader in ("LoginRequiredMiddleware", "CommonMiddleware", "CsrfViewMiddleware"):
        assert gate < order.index(reader)


def test_mails_are_files_until_a_server_is_named(tmp_path: Path) -> None:
    names = ("EMAIL_BACKEND", "EMAIL_FILE_PATH", "EMAIL_HOST", "EMAIL_PORT", "EMAIL_USE_TLS", "EMAIL_HOST_PASSWORD")
    found = started_with(tmp_path, *names)
    assert found["EMAIL_BACKEND"] == "django.core.mail.backends.filebased.EmailBackend"
    assert found["EMAIL_FILE_PATH"] == str(tmp_path / "mail")
    named = started_with(tmp_path, *names, EMAIL_URL="smtp+tls://portal:s3cr3t@mail.example.com:587")
    assert named["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    server = (named["EMAIL_HOST"], named["EMAIL_PORT"], named["EMAIL_USE_TLS"], named["EMAIL_HOST_PASSWORD"])
    assert server == ("mail.example.com", 587, True, "s3cr3t")


def policy_of(answer: Any) -> dict[str, list[str]]:
    """The directives of an answer's Content-Security-Policy."""
    parts = [part.split() for part in answer["Content-Security-Policy"].split(";")]
    return {name: sources for name, *sources in parts}


@pytest.mark.parametrize(
    "path", ["/", "/sign-in/", "/admin/login/", "/no/such/page/", "/projects/9/", "/callbacks/a/b/"]
)
def test_every_answer_says_that_scripts_come_from_us_alone(people: People, path: str) -> None:
    for client in (Client(), client_of(people.editor)):
        policies = [policy_of(client.get(path, follow=True)) for _ in range(2)]
        nonces = set()
        for policy in policies:
            for kind in ("script-src", "style-src"):
                own, *nonce = policy.pop(kind)
                assert own == "'self'"
                nonces |= set(nonce)
        assert policies[0] == {
            "default-src": ["'self'"],
            "img-src": ["'self'", "data:"],
            "media-src": ["'self'"],
            "connect-src": ["'self'"],
            "object-src": ["'none'"],
            "base-uri": ["'none'"],
            "frame-ancestors": ["'none'"],
            "form-action": ["'self'"],
        }
        assert all(nonce.startswith("'nonce-") for nonce in nonces)
        assert len(nonces) in {0, 2}  # one that is guessed once is no good the next time


def test_no_page_is_kept_by_a_browser_or_a_proxy(people: People) -> None:
    asset = make_asset(people.project, people.editor)
    project = f"/projects/{people.project.pk}/"
    paths = ["/", "/projects/", project, f"{project}members/", f"{project}usage/", f"{project}usage.csv", "/account/"]
    paths += [f"/assets/{asset.pk}/", "/no/such/page/", "/projects/new/", "/sign-in/", "/admin/", "/healthz"]
    for client in (client_of(people.editor), Client()):
        kept = {path: client.get(path).headers.get("Cache-Control", "") for path in paths}
        assert [path for path, words in kept.items() if "no-store" not in words or "private" not in words] == []


def test_polled_pages_still_get_not_modified(people: People) -> None:
    result = make_done(people.project, people.editor)
    asset = result.version.dubbing.asset
    client = client_of(people.editor)
    for path in (f"/assets/{asset.pk}/status/", f"/files/results/{result.pk}/"):
        first = client.get(path)
        assert "no-store" not in first["Cache-Control"]
        list(first)  # to its end: a file that is not read stays open
        assert client.get(path, headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_no_answer_is_guessed_framed_or_told_to_others(people: People) -> None:
    answer = client_of(people.editor).get("/")
    told = {name: answer[name] for name in ("X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy")}
    assert told == {
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
    }
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
