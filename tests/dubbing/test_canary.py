"""The key, the callback addresses and the signed links of a whole dub are nowhere: no row, no log, no page, no file."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.urls import reverse
from pytest_django import Settings

from dubbing.models import Asset, Hold, Project, Submission, Upload
from dubbing.providers.base import Provider
from dubbing.sync import revise_requests
from portal.logs import Redact
from tests.dubbing.conftest import KEY
from tests.support.journey import fresh, look, look_and_keep, make_wish, only_version, reconcile, send
from tests.support.people import People, client_of, make_user
from tests.support.sandbox import SandboxProcess
from tests.support.signing import Signer

pytestmark = pytest.mark.django_db
BARE_KEY = KEY.removeprefix("panjaya-")


class Written(logging.Handler):
    """What a handler of ours would have written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.addFilter(Redact())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.lines.append(logging.Formatter("%(name)s %(message)s").format(record))


@pytest.fixture
def written() -> Iterator[Written]:
    handler, root = Written(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


def everything_stored() -> str:
    """All rows of all tables, as text."""
    rows = [str(list(model._default_manager.values())) for model in apps.get_models()]
    return "\n".join(rows)


def everything_shown(people: People, asset: Asset) -> str:
    """Every page about the asset, for people and for ops."""
    version = only_version(asset)
    editor = client_of(people.editor)
    paths = ["/", f"/projects/{asset.project_id}/", f"/assets/{asset.pk}/", f"/assets/{asset.pk}/status/"]
    pages = [editor.get(path) for path in [*paths, f"/versions/{version.pk}/"]]
    ops = client_of(make_user("ops", is_staff=True, is_superuser=True))
    for model in ("asset", "version", "submission", "callback", "event", "result", "dubbing"):
        pages.append(ops.get(reverse(f"admin:dubbing_{model}_changelist")))
        rows = apps.get_model("dubbing", model)._default_manager.all()
        pages += [ops.get(reverse(f"admin:dubbing_{model}_change", args=[row.pk])) for row in rows]
    return "\n".join(page.content.decode() for page in pages)


@pytest.mark.long
def test_secrets_of_a_whole_dub_are_nowhere(
    people: People,
    project: Project,
    source: Upload,
    sandbox: SandboxProcess,
    panjaya: Provider,
    settings: Settings,
    written: Written,
    capfd: pytest.CaptureFixture[str],
) -> None:
    signer = Signer()
    settings.PANJAYA_PUBLIC_KEY = signer.public_pem
    echo = {"detail": f"Authorization: Bearer {KEY} is not valid, see https://x.example/?signature=s3cr3t"}
    sandbox.fault("upload", "respond", status=401, body=echo)
    sandbox.fault("upload", "create_then", status=500, body=echo)
    sandbox.fault("get_asset", "respond", status=500, body=echo)
    sandbox.fault("result", "respond", status=403, body=echo, times=3)
    submission = send(make_wish(project, people.editor, source=source), panjaya)
    Hold.objects.all().delete()
    send(submission, panjaya)
    reconcile(submission, panjaya)
    asset = fresh(submission).asset
    assert asset.remote_id
    (entry,) = sandbox.ledger()
    token = entry["callback_path"].split("/")[-2]
    signer.post(token, {"event": "version_ready", "asset_id": asset.remote_id})
    Signer().post(token, {"event": "version_ready", "asset_id": asset.remote_id})
    asset = finished(asset, panjaya)
    revise_requests.ask_to_revise(only_version(asset), people.editor)
    revise_requests.revise(only_version(asset).pk, provider=panjaya)
    shown = everything_shown(people, look(asset, panjaya))
    for place, text in {"rows": everything_stored(), "pages": shown, "log": "\n".join(written.lines)}.items():
        for canary in (BARE_KEY, token, "signature=", "s3cr3t"):
            assert canary not in text, f"{canary} in the {place}"
    out, err = capfd.readouterr()
    assert BARE_KEY not in out + err
    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("*") if BARE_KEY in path.name or token in path.name]


def finished(asset: Asset, panjaya: Provider) -> Asset:
    """Look and keep until it is done."""
    for _ in range(400):
        asset = look_and_keep(asset, panjaya)
        if asset.status == Asset.Status.COMPLETED:
            return asset
        Submission.objects.update(next_at=asset.created_at)
        only = asset.dubbings.first()
        if only:
            only.versions.update(next_keep_at=asset.created_at)
    raise AssertionError(f"{asset.status}: {list(asset.events.values_list('kind', 'data'))}")
