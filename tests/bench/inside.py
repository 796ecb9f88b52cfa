"""What the bench does with a portal's rows: ``python -m tests.bench.inside NAME ...`` in the portal's environment."""

from __future__ import annotations

import gc
import hashlib
import json
import logging
import os
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.db.models import F, Max  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from dubbing import tasks, uploads  # noqa: E402
from dubbing.minutes import settlement  # noqa: E402
from dubbing.models import (  # noqa: E402
    Asset,
    Batch,
    BatchRow,
    Dubbing,
    Event,
    Mail,
    Notice,
    Project,
    Result,
    Submission,
    Upload,
)
from dubbing.models.sessions import SessionStore  # noqa: E402
from dubbing.platform import storage  # noqa: E402
from dubbing.submissions.sender import hash_token  # noqa: E402
from portal import warm_up  # noqa: E402
from tests.bench import configuring, million  # noqa: E402
from tests.bench.measuring import Memory  # noqa: E402
from tests.support import rows  # noqa: E402
from tests.support.guessing import guess  # noqa: E402
from tests.support.journey import make_wish  # noqa: E402
from tests.support.programs import token_text  # noqa: E402


def wish(name: str) -> int:
    """Submit a stored film; nobody is told. The submission's id."""
    return make_wish(*_team(), source=Upload.objects.get(name=name), auto_generate="off").pk


def wishes(number: str, link: str, between: str, auto_generate: str = "no_lips") -> None:
    """Submit a film so many times, so many seconds apart, and wake a worker as the page does."""
    for _ in range(int(number)):
        submission = make_wish(*_team(), media_url=link, auto_generate=auto_generate)
        tasks.submit.enqueue(submission.pk)
        time.sleep(float(between))


def guesses(number: str) -> dict[str, Any]:
    """Guess API tokens so many times; what came of it, and the seconds that it took."""
    logging.disable()  # each guess is a warning
    text, begun = token_text(_team()[1]), time.monotonic()
    told = guess(text, int(number))
    seconds = time.monotonic() - begun
    refused, used = told.right.total() - told.right[200], told.right.total()
    return {
        "found": len(told.accepted), "refused": refused, "used": used, "looked_at": told.looked_at,
        "addresses": told.addresses, "seconds": seconds,
    }  # fmt: skip


def source(key: str, size: str, seconds: str) -> None:
    """The row of a file that lies in the storage already."""
    told: dict[str, Any] = {"key": key, "size": int(size), "duration": float(seconds), "name": Path(key).name}
    Upload.objects.create(owner=_team()[1], kind="video", status="complete", content_type="video/mp4", **told)


def sending_time(pk: str) -> float:
    """Seconds from the claim of an accepted submission to the provider's answer written down."""
    sent = Submission.objects.get(pk=int(pk))
    answered = Event.objects.get(asset=sent.asset, kind=Event.Kind.ACCEPTED).at
    assert sent.sent_at
    return (answered - sent.sent_at).total_seconds()


def submissions(number: str) -> list[tuple[int, str]]:
    """So many that the provider accepted: the id and the provider's name of the asset. The token is ``token<id>``."""
    project, user = _team()
    names = [f"{at:024x}" for at in range(int(number))]
    common: dict[str, Any] = {"project": project, "created_by": user, "status": "dubbing", "last_ok_at": timezone.now()}
    Asset.objects.bulk_create(Asset(name=f"Film {name}", remote_id=name, **common) for name in names)
    found = {asset.remote_id: asset for asset in Asset.objects.filter(remote_id__in=names)}
    Submission.objects.bulk_create(
        Submission(
            asset=found[name],
            asked_by=user,
            status="accepted",
            remote_id=name,
            reference=f"DUB-{name[-10:]}",
            token_hash=hash_token(f"token{name}"),
        )
        for name in names
    )
    return list(Submission.objects.order_by("pk").values_list("pk", "remote_id"))


def kept() -> dict[str, float]:
    """When each result was there to be played, by the provider's name of its version."""
    rows = Result.objects.annotate(name=F("version__remote_id"), at=Max("kept_at")).values_list("name", "at")
    return {name: at.timestamp() for name, at in rows}


def assets(number: str) -> None:
    """So many in two languages each: two years of history, and on top of it what is being worked on."""
    million.make(int(number), *_team())
    User.objects.filter(username="owner").update(is_staff=True, is_superuser=True)  # to see the admin's lists as well


def files(number: str) -> None:
    """So many old files that rows name: as ``million`` calls them, half of them sources and half of them results."""
    for folder in (
        Path(settings.MEDIA_ROOT) / kind / str(at + 100) for kind in ("sources", "results") for at in range(256)
    ):
        folder.mkdir(parents=True, exist_ok=True)
    for name in range(int(number) // 2):
        for kind in ("sources", "results"):
            file = Path(settings.MEDIA_ROOT, kind, str(name % 256 + 100), f"f{name}")
            file.touch()
            os.utime(file, (1, 1))


def configured() -> dict[str, int]:
    """Somebody in the middle of configuring; ids by what they are."""
    return configuring.make(*_team())


def pages_to_follow(number: str) -> dict[str, list[str]]:
    """Addresses that open pages ask again and again: of assets that are being dubbed, and of a batch; and sessions."""
    # Not the newest of all: those are drafts, which have no languages that could change.
    dubbed = Asset.objects.filter(pk__in=Dubbing.objects.values("asset")).order_by("-pk")
    owner, dubbing = _team()[1], list(dubbed.values_list("pk", flat=True)[: int(number)])
    Asset.objects.filter(pk__in=dubbing).update(status="dubbing")
    batch = Batch.objects.latest("pk").pk
    with transaction.atomic():
        sessions = [_session(owner) for _ in range(int(number))]
    paths = {"asset": [f"/assets/{pk}/status/" for pk in dubbing], "batch": [f"/batches/{batch}/status/"]}
    return paths | {"sessions": sessions}


def _session(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = "dubbing.accounts.authentication.PersonBackend"
    session.create()
    return str(session.session_key)


def change(path: str) -> None:
    """Something that the page at this address shows."""
    _, noun, pk, _ = path.split("/", 3)
    if noun == "assets":
        assert Dubbing.objects.filter(asset=int(pk)).update(status="preparing")
    else:
        assert BatchRow.objects.filter(batch=int(pk), number=1).update(milliseconds=F("milliseconds") + 60_000)


def visitor() -> None:
    """Visit each path that comes in: out go the seconds that it took, or the number of queries, or the page itself."""
    warm_up.load_pages()  # as the web process does before its first visit
    gc.freeze()
    client = Client()
    client.force_login(User.objects.get(username="owner"), "dubbing.accounts.authentication.PersonBackend")
    for line in sys.stdin:
        what, path = line.split(maxsplit=1)
        print(json.dumps(VISITS[what](client, path.strip())))
        sys.stdout.flush()


def _visited(client: Client, path: str) -> tuple[HttpResponse, float]:
    """A GET, or for ``POST /assets/1/...`` a post of all that was typed there; and the seconds that it took."""
    method, path = path.split() if " " in path else ("GET", path)
    typed = Asset.objects.get(pk=path.split("/")[2]).typed if method == "POST" else {}
    data = {name: value for name, value in typed.items() if name not in {"files", "checked"}}
    visit: Any = client.post if method == "POST" else client.get
    began = time.perf_counter()
    answer = visit(path, data, headers={"Host": "localhost"})
    took = time.perf_counter() - began
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return answer, took


def _timed(client: Client, path: str) -> float:
    return _visited(client, path)[1]


def _counted(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        _visited(client, path)
    return len(queries)


def _text(client: Client, path: str) -> str:
    return _visited(client, path)[0].content.decode()


def _due(client: Client, what: str) -> float:
    """Seconds for knowing what is due, or what has to be closed, when nothing is."""
    began = time.perf_counter()
    if what == "closing":
        settlement.close_due()
    else:
        assert len(list(tasks.due())) <= 1
    return time.perf_counter() - began


def _poll(client: Client, what: str) -> list[float]:
    """Seconds of the processor for one look of an open page at which nothing moved, and the pause after it."""
    if what == "batch":
        path = f"/batches/{Batch.objects.latest('pk').pk}/status/"
    else:
        path = f"/assets/{Asset.objects.filter(status='dubbing').latest('pk').pk}/status/"
    etag = client.get(path, headers={"Host": "localhost"})["ETag"]
    headers = {"Host": "localhost", "If-None-Match": etag, "X-Look": "again"}
    began = time.process_time()
    for _ in range(POLLS):
        answer = client.get(path, headers=headers)
        assert answer.status_code == 304
    return [(time.process_time() - began) / POLLS, float(answer["Poll-After"])]


def _sweep(client: Client, what: str) -> list[float]:
    """MB by which memory grew while files without a row were looked for, and the seconds that it took."""
    memory, began = Memory(os.getpid()), time.perf_counter()
    uploads.sweep_abandoned()
    return [memory.growth(), time.perf_counter() - began]


POLLS = 100
VISITS: dict[str, Callable[[Client, str], Any]] = {
    "time": _timed,
    "count": _counted,
    "text": _text,
    "due": _due,
    "poll": _poll,
    "sweep": _sweep,
}


def failures(number: str, seconds: str) -> None:
    """So many languages fail within so many seconds, of one person's videos; a worker is told as after any sync."""
    project, owner = _team()
    asset = Asset.objects.create(project=project, created_by=owner, name="Harbour", status=Asset.Status.DUBBING)
    began = time.monotonic()
    for at in range(int(number)):
        data: dict[str, Any] = {"to": Dubbing.Status.FAILED}
        Event.objects.record(asset, Event.Kind.DUBBING_STATUS, cause="sync", locale="es-ES", **data)
        tasks.enqueue_notices()
        time.sleep(max(0.0, began + float(seconds) * (at + 1) / int(number) - time.monotonic()))


def notices() -> dict[str, Any]:
    """How each failure was told: seconds until its notice was there, keys told twice, and the mails that follow."""
    events = {str(pk): at for pk, at in Event.objects.filter(cause="sync").values_list("pk", "at")}
    rows = list(Notice.objects.values_list("key", "created_at"))
    told = {key: at for key, at in rows if key in events}
    mails = [[mail.status, mail.notices.count()] for mail in Mail.objects.order_by("pk")]
    return {
        "seconds": [(told[key] - at).total_seconds() for key, at in events.items() if key in told],
        "lost": len(events.keys() - told.keys()),
        "twice": len(rows) - len(told),
        "mails": mails,
    }


def delivery(number: str, size: str) -> int:
    """A delivery of so many results of this size, which take no room on the disk: zeros, and a number at the end."""
    project, owner = _team()
    sums, zeros = storage.Checksums(), bytes(2**24)
    for at in range(0, int(size) - 8, len(zeros)):
        sums.update(zeros[: int(size) - 8 - at])
    results = [_sparse_result(project, owner, at, int(size), sums) for at in range(int(number))]
    return rows.make_delivery(owner, *results, srt=True).pk


def _sparse_result(project: Project, owner: User, number: int, size: int, before: storage.Checksums) -> Result:
    key, end = storage.new_key(storage.Kind.RESULT, ".mp4"), number.to_bytes(8, "big")
    path = storage.path(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.seek(size - len(end))
        file.write(end)
    asset = rows.make_asset(project, owner, status="completed", locales=[], name=f"Film {number}")
    version = rows.make_version(rows.make_dubbing(asset, "es-ES", status="completed"))
    crc32 = zlib.crc32(end, before.crc32)
    # What its hash is nobody asks here: it is large, and told apart by its key.
    sha256 = hashlib.sha256(key.encode()).hexdigest()
    return Result.objects.create(version=version, key=key, sha256=sha256, size=size, crc32=crc32, duration=60.0)


def _team() -> tuple[Project, User]:
    return Project.objects.earliest("pk"), User.objects.get(username="owner")


if __name__ == "__main__":
    answer = globals()[sys.argv[1]](*sys.argv[2:])
    if answer is not None:
        print(json.dumps(answer))
