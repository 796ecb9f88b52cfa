from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dubbing.providers import base
from dubbing.providers.base import AssetOrder, LocalFile, RemoteVersion, Sought, Target, VersionState
from dubbing.providers.panjaya import PanjayaProvider
from tests.support.http_server import Server
from tests.support.media import make_film
from tests.support.sandbox import SandboxProcess

MakeOrder = Callable[..., AssetOrder]


@pytest.fixture(scope="module")
def running() -> Iterator[SandboxProcess]:
    with SandboxProcess() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: SandboxProcess) -> SandboxProcess:
    running.reset()
    running.control("policy", engine="stub")
    return running


@pytest.fixture
def panjaya(sandbox: SandboxProcess) -> PanjayaProvider:
    return PanjayaProvider(sandbox.url, sandbox.api_key)


@pytest.fixture
def film(tmp_path: Path) -> LocalFile:
    return LocalFile(make_film(tmp_path / "film.mp4"), "film.mp4", "video/mp4")


def settled(panjaya: PanjayaProvider, remote_id: str, *states: VersionState) -> RemoteVersion:
    until = time.monotonic() + 80
    while time.monotonic() < until:
        version = panjaya.fetch_version(remote_id)
        if version.state in states:
            return version
        time.sleep(0.05)
    raise AssertionError(f"still {version.status}")


def test_an_uploaded_video_is_dubbed_and_its_result_downloaded(
    panjaya: PanjayaProvider, make_order: MakeOrder, film: LocalFile
) -> None:
    told: list[int] = []
    order = make_order(video=film, auto_generate="no_lips", name="Ü" * 300)
    asset = panjaya.create_asset(order, progress=told.append)
    assert told[0] == 0
    assert told[-1] > film.path.stat().st_size
    assert asset.name == "Ü" * 255
    version_id = panjaya.fetch_asset(asset.remote_id).dubbings[0].version_ids[0]
    version = settled(panjaya, version_id, VersionState.COMPLETED)
    with panjaya.open_result(version) as stream:
        data = b"".join(stream)
    assert stream.size == len(data)
    assert data[4:8] == b"ftyp"


def test_a_video_is_fetched_from_its_link(
    panjaya: PanjayaProvider, make_order: MakeOrder, film: LocalFile, server: Server
) -> None:
    server.answers((200, film.path.read_bytes()))
    asset = panjaya.create_asset(
        make_order(
            media_url=f"{server.url}/film.mp4",
            callback_url=f"{server.url}/callback",
            targets=(Target("es-ES"), Target("fr-FR")),
            speakers=1,
            start=0.0,
            end=1.0,
            voice_anonymization=0.5,
            lips_model="real_face",
            source_srt="words",
        )
    )
    assert [dubbing.locale for dubbing in asset.dubbings] == ["es-ES", "fr-FR"]
    (version_id,) = panjaya.fetch_asset(asset.remote_id).dubbings[0].version_ids
    assert settled(panjaya, version_id, VersionState.READY).result_url is None


def test_locales_are_added_to_an_asset(panjaya: PanjayaProvider, make_order: MakeOrder, film: LocalFile) -> None:
    asset = panjaya.create_asset(make_order(video=film))
    more = panjaya.add_locales(asset.remote_id, (Target("fr-FR"),), auto_generate="off")
    assert [dubbing.locale for dubbing in more.dubbings] == ["es-ES", "fr-FR"]


def test_all_assets_are_listed(panjaya: PanjayaProvider, make_order: MakeOrder, film: LocalFile) -> None:
    created = {panjaya.create_asset(make_order(video=film, name=f"Film {n}")).remote_id for n in range(5)}
    found = panjaya.find(Sought(references=("Film",), since="", conclusive=True))
    assert {asset.remote_id for asset in found.assets} == created
    assert found.complete


def test_a_revised_version_has_no_result_any_more(
    panjaya: PanjayaProvider, make_order: MakeOrder, film: LocalFile
) -> None:
    asset = panjaya.create_asset(make_order(video=film, auto_generate="with_lips"))
    version_id = panjaya.fetch_asset(asset.remote_id).dubbings[0].version_ids[0]
    before = settled(panjaya, version_id, VersionState.COMPLETED)
    panjaya.revise(version_id)
    assert panjaya.fetch_version(version_id).result_url is None
    with pytest.raises(base.LinkExpired), panjaya.open_result(before):
        pass


def test_a_wrong_key_an_unknown_id_and_a_bad_locale_are_distinguished(
    sandbox: SandboxProcess, panjaya: PanjayaProvider, make_order: MakeOrder, film: LocalFile
) -> None:
    with pytest.raises(base.KeyRejected):
        PanjayaProvider(sandbox.url, "wrong").find(Sought(references=("Film",), since=""))
    with pytest.raises(base.NotFound):
        panjaya.fetch_asset("0" * 24)
    with pytest.raises(base.Rejected):
        panjaya.create_asset(make_order(video=film, targets=(Target("xx-XX"),)))


def test_an_answer_cut_after_creating_is_lost_but_listed(
    sandbox: SandboxProcess, panjaya: PanjayaProvider, make_order: MakeOrder, film: LocalFile
) -> None:
    sandbox.fault("upload", "cut_after")
    with pytest.raises(base.AnswerLost):
        panjaya.create_asset(make_order(video=film, name="Film [pj-1]"))
    found = panjaya.find(Sought(references=("[pj-1]",), since="", conclusive=True))
    assert [asset.name for asset in found.assets] == ["Film [pj-1]"]
