"""A client that was generated from the OpenAPI document alone dubs a video, end to end."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import Client

from dubbing import tasks, uploads
from dubbing.models import Asset, Submission, Upload
from tests.support.people import People
from tests.support.programs import token_text
from tests.support.sandbox import SandboxProcess

pytestmark = [pytest.mark.django_db, pytest.mark.long]
PACKAGE = "generated_portal_client"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of the package with the client."""
    (tmp_path / "openapi.json").write_text(Client().get("/api/v1/openapi.json").content.decode())
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", "openapi.json"]
    bin_folder = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        [*command, "--output-path", PACKAGE, "--meta", "none"], cwd=tmp_path, check=True, capture_output=True,
        env=os.environ | {"PATH": bin_folder},
    )  # fmt: skip
    monkeypatch.syspath_prepend(str(tmp_path))
    yield PACKAGE
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


def test_it_submits_twice_with_one_key_and_one_request_is_paid(
    people: People, film: Path, sandbox: SandboxProcess, package: str, application: Any
) -> None:
    def operation(name: str) -> Any:
        return importlib.import_module(f"{package}.api.{name}").sync

    models = importlib.import_module(f"{package}.models")
    transport = httpx.WSGITransport(app=application)
    client = importlib.import_module(f"{package}.client").AuthenticatedClient(
        base_url="http://testserver", token=token_text(people.editor), httpx_args={"transport": transport}
    )
    upload = uploads.add_file(film, people.editor, kind=Upload.Kind.VIDEO)
    wanted = models.AssetIn(
        name="Harbour", source_upload=upload.pk, source_language="en-US",
        languages=[models.LanguageIn(language="es-ES")],
    )  # fmt: skip
    made = operation("videos.create_asset")(people.project.pk, client=client, body=wanted)
    assert operation("videos.quote_asset")(made.id, client=client).valid is True
    answers = [operation("paid.submit_asset")(made.id, client=client, idempotency_key="harbour-1") for _ in range(2)]
    assert answers[0] == answers[1]
    assert Submission.objects.count() == 1
    work_until_done(made.id)
    shown = operation("videos.read_asset")(made.id, client=client)
    assert shown.status.value == "completed"
    result = shown.languages[0].result
    download = importlib.import_module(f"{package}.api.files.download_result").sync_detailed
    assert len(download(result.id, client=client).content) == result.size


def work_until_done(pk: int) -> None:
    """As a worker does."""
    for _ in range(50):
        for item in tasks.due(asset=Asset.objects.get(pk=pk)):
            item.run()
        if Asset.objects.get(pk=pk).status in Asset.FINAL:
            return
        Asset.objects.mark(pk)
